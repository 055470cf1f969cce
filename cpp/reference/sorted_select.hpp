// Textbook twin of select.hpp: lists the ties, sorts them by cost and index, takes the first.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <tuple>
#include <vector>

#include "pilotage/types.hpp"

namespace pilotage::reference {

inline Index sorted_select(const Vector& score, const Vector& cost, const std::vector<std::uint8_t>& eligible,
                           double tolerance) {
  std::vector<double> scores;
  for (Index k = 0; k < score.size(); ++k) {
    if (eligible[static_cast<std::size_t>(k)] != 0) {
      scores.push_back(score[k]);
    }
  }
  if (scores.empty()) {
    return -1;
  }
  const double best = *std::ranges::max_element(scores);
  std::vector<std::tuple<double, Index>> ties;
  for (Index k = 0; k < score.size(); ++k) {
    if (eligible[static_cast<std::size_t>(k)] != 0 &&
        best - score[k] <= tolerance * std::max(1.0, std::abs(best))) {
      ties.emplace_back(cost[k], k);
    }
  }
  return std::get<1>(*std::ranges::min_element(ties));
}

}  // namespace pilotage::reference
