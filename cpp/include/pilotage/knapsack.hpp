// The offline multi-choice knapsack: one model for every prompt of a batch, under one budget.
//
//   maximise    sum_i value(i, x_i)      over x_i in {0, ..., K - 1}, with allow_none also -1 = none
//   subject to  sum_i cost(i, x_i) <= budget
//
// 1. Linear relaxation. On the upper concave hull of each prompt's (cost, value) points every step buys value
//    at a falling rate; the steps of all prompts, best rate first, spend the budget. The rate at which it
//    ends, found by selection in O(N K), is the price lambda of the budget; the whole steps taken before are
//    the centre x*, which leaves R >= 0 of the budget.
// 2. Reduction. Taking k instead of x*_i loses l_ik = (v_i* - v_ik) - lambda (c_i* - c_ik) >= 0, and
//
//      value(x) <= value(x*) + lambda R - sum_i l_ix_i
//
//    so that a choice which loses more than lambda R less what the best known choice gains over x* is out.
// 3. Core. What is left is solved in integers by dynamic programming over prompts, smallest loss first. The
//    states are a Pareto list of (cost, gain) relative to x*; one is dropped when the best rates among the
//    prompts to come cannot lift it above the best known choice. The core ends when no state is left.
//
// Money is whole nano-dollars: a cost is rounded up and the budget down, so the true total never exceeds the
// budget. A cost that is a whole number but for the rounding of a few float64 operations is that number.
//
// Values that are multiples of a simple fraction (0/1, thirds, up to four decimals), again but for float64
// rounding, are solved as integers, exactly. Other values are rounded to multiples of a power of two, so fine
// that no total moves by more than 1e-12 of the prompts' summed ranges of value, and a gain below 1e-12 of
// the largest single gain in the core does not count.
//
// Deterministic. Memory O(N K) plus what max_states allows: where more states than that are alive, those with
// the smallest bounds are dropped, and the largest bound among them is kept. An instance of strongly
// correlated costs and values may then end unproven.
//
// References: Sinha and Zoltners (1979); Dyer (1984) and Zemel (1984), the relaxation in linear time;
// Dudzinski and Walukiewicz (1987); Pisinger, A minimal algorithm for the multiple-choice knapsack problem
// (1995).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "pilotage/money.hpp"
#include "pilotage/types.hpp"

namespace pilotage {

struct KnapsackSettings {
  bool allow_none = false;

  /// Polled every few milliseconds. True ends the search with the best choice so far; the relaxation is
  /// finished first. It may throw: nothing is left behind.
  std::function<bool()> stop = [] { return false; };

  std::size_t max_states = std::size_t{1} << 20U;  // alive at once; up to 300 bytes each
};

struct KnapsackSolution {
  bool feasible;                     // false: no choice fits the budget, and nothing below is set
  std::vector<std::int64_t> choice;  // (N,) -1 = none
  double value;                      // sum of the chosen values
  NanoDollars cost;                  // sum of the chosen costs, each rounded up; <= budget
  double upper_bound;                // no choice within the budget has more value; >= value
  bool optimal;                      // proven; then upper_bound = value
};

inline constexpr double kMaxKnapsackValue = 1e200;  // so that sums over any batch stay finite

/// Throws std::invalid_argument: shapes that differ, K = 0, a value not finite or beyond kMaxKnapsackValue, a
/// cost not finite or < 0, a budget outside [0, kMaxDollars], max_states = 0. Costs above the budget are
/// allowed, and never chosen.
KnapsackSolution solve_knapsack(const ConstRowMatrixRef& values,  // (N, K)
                                const ConstRowMatrixRef& costs,   // (N, K) US dollars
                                double budget,                    // US dollars
                                const KnapsackSettings& settings = {});

}  // namespace pilotage
