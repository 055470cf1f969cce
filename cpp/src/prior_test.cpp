#include "pilotage/prior_test.hpp"

#include <algorithm>
#include <cmath>

namespace pilotage {

namespace {

double log_likelihood(double reward, double chance) {
  const double p = std::clamp(chance, kLeastChance, 1.0 - kLeastChance);
  return reward * std::log(p) + (1.0 - reward) * std::log1p(-p);
}

}  // namespace

void PriorTest::observe(Index k, double predicted, double reward) {
  Blind& blind = blind_[static_cast<std::size_t>(k)];
  if (!blind.informed) {
    return;
  }
  // Lambda += r log(p / q) + (1 - r) log((1 - p) / (1 - q))
  evidence_ += log_likelihood(reward, predicted) - log_likelihood(reward, blind.total / blind.weight);
  blind.weight += 1.0;
  blind.total += reward;
  refuted_ = refuted_ || evidence_ < std::log(kRefutation);
}

}  // namespace pilotage
