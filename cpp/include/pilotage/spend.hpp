// A budget spent over a list of requests whose expected rewards and costs are known: what a router would do
// with these estimates, without the router.
#pragma once

#include <cstdint>
#include <span>

#include "pilotage/budget.hpp"
#include "pilotage/types.hpp"

namespace pilotage {

/// Chooses a model for each of N requests in turn; each call is settled at once. Throws
/// std::invalid_argument when shapes differ, a reward is not finite, or a cost or price is negative or not
/// finite.
void spend(const BudgetSettings& budget,
           const ConstRowMatrixRef& reward,    // (N, K) expected
           const ConstRowMatrixRef& cost,      // (N, K) expected, US dollars
           const ConstRowMatrixRef& actual,    // (N, K) US dollars
           const ConstVectorRef& list_price,   // (K,), see Prices::listed
           std::span<std::int64_t> choice_out  // (N,) model, -1 for none
);

}  // namespace pilotage
