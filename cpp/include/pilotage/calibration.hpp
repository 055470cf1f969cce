// How well one model's costs were foreseen: what settled calls cost, beside what was expected of them.
#pragma once

#include <cstdint>

#include "pilotage/money.hpp"
#include "pilotage/pending.hpp"

namespace pilotage {

struct CostCalibration {
  std::int64_t settled = 0;    // calls
  double expected = 0.0;       // what was expected of them together, US dollars
  double actual = 0.0;         // what they cost together, US dollars
  std::int64_t above = 0;      // calls that cost more than `high`, see cost.hpp
  std::int64_t unlearned = 0;  // calls too dear for any length of an answer: charged, and not learned from
  double quantile = 0.0;       // share of calls that should cost no more than `high`
  double factor = 1.0;         // by which an answer exceeds its expected length at that quantile, as of now

  /// Counts one settled call.
  void add(const PendingDecision& call, NanoDollars cost, bool learned) {
    ++settled;
    expected += to_dollars(call.expected);
    actual += to_dollars(cost);
    above += cost > call.high ? 1 : 0;
    unlearned += learned ? 0 : 1;
  }
};

}  // namespace pilotage
