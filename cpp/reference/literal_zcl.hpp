// Textbook twin of pricing/zcl.hpp: PILOT's algorithm 3 as printed, over a whole list of requests, every
// call costing exactly what was expected of it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

namespace pilotage::reference {

struct Row {
  std::vector<double> values;  // (K,) expected rewards
  std::vector<double> costs;   // (K,) in the unit of the budget
};

/// The model chosen for every row, shorter than `rows` where the budget was insufficient.
inline std::vector<std::size_t> literal_zcl(const std::vector<Row>& rows, double budget, std::size_t bin_size,
                                            double lower, double upper) {
  const std::size_t requests = rows.size();
  const std::size_t bins = (requests + bin_size - 1) / bin_size;  // N = ceil(Q / S)
  const double bin_budget = budget / static_cast<double>(bins);   // B_bin = B / N
  double left = 0.0;                                              // B_left = 0
  std::vector<std::size_t> chosen;
  for (std::size_t first = 0; first < requests; first += bin_size) {
    const std::size_t end = std::min(first + bin_size, requests);
    double z = 0.0;
    left += bin_budget;
    for (std::size_t t = first; t < end; ++t) {
      const Row& row = rows[t];
      const double psi = std::pow(upper * std::numbers::e / lower, z) * (lower / std::numbers::e);
      std::vector<std::size_t> eligible;
      for (std::size_t k = 0; k < row.values.size(); ++k) {
        if (row.costs[k] <= row.values[k] / psi) {
          eligible.push_back(k);
        }
      }
      if (eligible.empty()) {
        const double share = left / static_cast<double>(end - t);  // B' = B_left / Q_left
        for (std::size_t k = 0; k < row.values.size(); ++k) {
          if (row.costs[k] <= share) {
            eligible.push_back(k);
          }
        }
      }
      if (eligible.empty()) {
        return chosen;  // "Insufficient budget"
      }
      std::size_t best = eligible.front();
      for (const std::size_t k : eligible) {
        best = row.values[k] > row.values[best] ? k : best;
      }
      left -= row.costs[best];
      z += row.costs[best] / bin_budget;
      chosen.push_back(best);
    }
  }
  return chosen;
}

}  // namespace pilotage::reference
