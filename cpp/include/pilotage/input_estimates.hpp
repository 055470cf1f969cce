// How many tokens a call really reads, where its prompt's tokens were estimated and not counted.
//
// An estimate knows the prompt alone: what a gateway adds, a system prompt, a conversation so far or tools,
// only the settlements tell. With the differences d = read - estimate of the last 64 settlements, d_19/20 the
// one that 19 of 20 do not exceed,
//
//   expected(e) = e + max(0, mean of min(d, d_19/20)),   high(e) = e + max(0, d_19/20)
//
// where two calls that read what was estimated stand before the first ones. Of fewer than 20 calls d_19/20 is
// the largest. It bounds what one odd call does to the mean, and to all others: calls that read more than was
// set aside for are made up for by those that wrote less. Never below the estimate: what calls read less they
// may read again. All models and tenants share it, so where theirs differ they had better count.
#pragma once

#include <array>
#include <cstddef>

namespace pilotage {

struct InputTokens {
  double expected;  // >= the estimate
  double high;      // what the call does not exceed, 19 times out of 20, >= expected
};

class InputEstimates {
 public:
  /// estimate: tokens, >= 0. O(1).
  [[nodiscard]] InputTokens of(double estimate) const { return {estimate + mean_, estimate + high_}; }

  /// Learns what a call read, >= 0, whose prompt was estimated, >= 0. Nothing where either is beyond 1e9.
  void observe(double estimate, double actual);

 private:
  static constexpr std::size_t kRemembered = 64;

  std::array<double, kRemembered> recent_{};  // d, a ring
  std::array<double, kRemembered> sorted_{};  // the same, ascending
  std::size_t count_ = 0;                     // of all settlements
  double mean_ = 0.0;
  double high_ = 0.0;
};

}  // namespace pilotage
