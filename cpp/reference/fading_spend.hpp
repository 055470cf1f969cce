// Textbook twins of pricing/hull.hpp and pricing/spend_curve.hpp: the best model at one price by looking at
// all of them, and the fading mean of what those choices cost over a list of requests.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "pilotage/types.hpp"

namespace pilotage::reference {

struct Offer {
  Vector reward;  // (K,)
  Vector cost;    // (K,) US dollars
};

/// argmax_k reward_k - price * cost_k; of several the cheapest.
inline Index best_at(const Offer& offer, double price) {
  Index best = 0;
  for (Index k = 1; k < offer.reward.size(); ++k) {
    const double gain =
        (offer.reward[k] - price * offer.cost[k]) - (offer.reward[best] - price * offer.cost[best]);
    if (gain > 0.0 || (gain == 0.0 && offer.cost[k] < offer.cost[best])) {
      best = k;
    }
  }
  return best;
}

/// S(price) over all offers, the last with weight 1, each earlier one with 1 - 1 / memory of the next.
inline double fading_spend(const std::vector<Offer>& offers, double price, double memory) {
  double weights = 0.0;
  double spend = 0.0;
  for (std::size_t i = 0; i < offers.size(); ++i) {
    const double weight = std::pow(1.0 - 1.0 / memory, static_cast<double>(offers.size() - 1 - i));
    weights += weight;
    spend += weight * offers[i].cost[best_at(offers[i], price)];
  }
  return spend / weights;
}

}  // namespace pilotage::reference
