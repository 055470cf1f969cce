#include "pilotage/select.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pilotage {

Index select(const ConstVectorRef& score, const ConstVectorRef& cost,
             std::span<const std::uint8_t> eligible) {
  double best = -std::numeric_limits<double>::infinity();
  for (Index k = 0; k < score.size(); ++k) {
    if (eligible[static_cast<std::size_t>(k)] != 0) {
      best = std::max(best, score[k]);
    }
  }
  const double tied = best - kTieTolerance * std::max(1.0, std::abs(best));
  Index winner = -1;
  for (Index k = 0; k < score.size(); ++k) {
    if (eligible[static_cast<std::size_t>(k)] == 0 || score[k] < tied) {
      continue;
    }
    if (winner < 0 || cost[k] < cost[winner]) {
      winner = k;
    }
  }
  return winner;
}

}  // namespace pilotage
