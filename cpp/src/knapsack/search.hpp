// The exact search: dynamic programming over the prompts of the core, on a bounded Pareto list of states.
#pragma once

#include <vector>

#include "core.hpp"

namespace pilotage::knapsack {

struct SearchResult {
  std::vector<Swap> swaps;  // turn the centre into the best choice found
  Gain gain;                // of these swaps together
  Gain bound;               // no choice gains more; gain when that is proven
};

SearchResult search(const Core& core, const KnapsackSettings& settings);

}  // namespace pilotage::knapsack
