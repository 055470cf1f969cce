// How much the prompts still to come can add to a state: the relaxation of what is left of the core.
//
// With rates a/b <= a'/b' (the best upgrade and the cheapest downgrade to come), a state of cost c and gain p
// in a room of R ends at most at
//
//   p + (R - c) a / b     where c <= R: money left buys upgrades at that rate or a lower one
//   p - (c - R) a' / b'   where c > R: downgrades must pay back what is too much
//
// Where rounding has put the rates in the wrong order, both are lambda, the best upgrade of the whole core,
// and the excess  E = sum_prompts max(0, max_swaps p - c lambda)  is added. All in integers, without
// division.
#pragma once

#include <vector>

#include "core.hpp"

namespace pilotage::knapsack {

__extension__ using Int128 = __int128;  // gains are below 2^60 and money below 2^63: no product overflows

/// gain / cost >= 0 with cost > 0.
struct Rate {
  Gain gain;
  NanoDollars cost;
};

/// For the prompts from one row of the core to the last.
struct Bound {
  NanoDollars room;       // R
  Rate upgrade;           // 0 / 1: no upgrade to come
  Rate downgrade;         // kNever: no downgrade to come
  Int128 excess;          // E in units of 1 / upgrade.cost
  NanoDollars most_cost;  // a state that costs more cannot come back within the room

  /// Whether the state may still end above `gain`.
  [[nodiscard]] bool may_exceed(Gain gain, NanoDollars state_cost, Gain state_gain) const {
    const NanoDollars left = room - state_cost;
    const Rate& rate = left >= 0 ? upgrade : downgrade;
    // p + floor(((R - c) a + E) / b) > gain
    return Int128{left} * rate.gain + excess >= Int128{gain - state_gain + 1} * rate.cost;
  }

  /// The largest gain the state may end at.
  [[nodiscard]] Gain of(NanoDollars state_cost, Gain state_gain) const;
};

/// One bound for every row to start from, and one more for after the last: (rows + 1).
std::vector<Bound> bounds(const Core& core);

}  // namespace pilotage::knapsack
