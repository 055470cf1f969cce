// Textbook twin of knapsack.hpp: dynamic programming over every amount of money up to the budget.
//
//   best_i(b) = max_k value(i, k) + best_{i-1}(b - cost(i, k)),   best_0(b) = 0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace pilotage::reference {

/// The largest total value of one choice per prompt within the budget; -inf when there is none.
inline double grid_knapsack(const std::vector<std::vector<double>>& values,       // (N, K)
                            const std::vector<std::vector<std::int64_t>>& costs,  // (N, K) >= 0
                            std::int64_t budget, bool allow_none) {
  constexpr double kNone = -std::numeric_limits<double>::infinity();
  std::vector<double> best(static_cast<std::size_t>(budget) + 1, 0.0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::vector<double> next(best.size(), kNone);
    if (allow_none) {
      next = best;
    }
    for (std::size_t k = 0; k < values[i].size(); ++k) {
      for (auto b = static_cast<std::size_t>(costs[i][k]); b < best.size(); ++b) {
        next[b] = std::max(next[b], values[i][k] + best[b - static_cast<std::size_t>(costs[i][k])]);
      }
    }
    best = next;
  }
  return best.back();
}

}  // namespace pilotage::reference
