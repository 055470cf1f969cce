// The linear relaxation: one price for all prompts, and the choices that are whole at that price.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "problem.hpp"

namespace pilotage::knapsack {

struct Relaxation {
  double price = 0.0;                // lambda, value per nano-dollar; 0: the best of every prompt fits
  std::vector<std::int32_t> centre;  // (N,) x*, a choice on every prompt's hull
  NanoDollars left = 0;              // R = B - cost(x*) >= 0
  std::vector<NanoDollars>
      most;  // (N,) what the budget leaves a prompt when all others are at their cheapest
};

/// Nothing when even the cheapest choices exceed the budget.
std::optional<Relaxation> relax(const Problem& problem);

}  // namespace pilotage::knapsack
