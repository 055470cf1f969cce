// Textbook twin of ratio_quantiles.hpp: keeps everything and sorts.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace pilotage::reference {

/// The lower sample quantile: of n sorted values, the one with index floor(q (n - 1)).
inline double sorted_quantile(std::vector<double> values, double q) {
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(std::floor(q * static_cast<double>(values.size() - 1)))];
}

}  // namespace pilotage::reference
