// How many tokens a call really reads, where its prompt's tokens were estimated and not counted.
//
// An estimate knows the prompt alone: what a gateway adds, a system prompt, a conversation so far or tools,
// and how a model's tokenizer differs from the estimate's, only the settlements tell. The first adds tokens,
// the second multiplies them, so the mean is a line,
//
//   tokens(e) = a + b e,   at least e / 8
//
// fitted to the calls settled, each with weight 1 / e since errors grow with length, from a = 0, b = 1, which
// count two calls, and forgotten like the lengths of answers (lengths.hpp). What a call reads at most is read
// from the last 64 settlements, with what is known of the line by now, so that a change is over in 64 calls:
//
//   high(e) = min(factor tokens(e), tokens(e) + excess),   at least e
//
// where 19 of 20 calls read no more than factor tokens(e), and 19 of 20 no more than tokens(e) + excess. The
// second bounds what a long conversation behind a short prompt does to long prompts. Not the largest seen:
// one odd prompt must not refuse everybody, and calls that read more than was set aside for are made up for
// by those that wrote less.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "pilotage/factorisation.hpp"
#include "pilotage/posterior.hpp"
#include "pilotage/types.hpp"

namespace pilotage {

struct InputTokens {
  double expected;  // >= 0
  double high;      // what the call does not exceed, 19 times out of 20, >= the estimate
};

class InputEstimates {
 public:
  InputEstimates();

  /// estimate: tokens, >= 0. O(1).
  [[nodiscard]] InputTokens of(double estimate) const;

  /// Learns what a call read, >= 0, whose prompt was estimated. Nothing from an estimate below 1, nor from
  /// what is beyond 1e9 or cannot be summed.
  void observe(double estimate, double actual);

 private:
  struct Seen {
    double estimate;
    double actual;
  };

  [[nodiscard]] double expected(double estimate) const;
  void measure();

  Posterior line_;  // theta = (a / kUsualPrompt, b)
  Factorisation workspace_;
  double weight_ = 1.0;  // gamma^-n, n settlements after the last fresh factor
  std::array<Seen, 64> seen_{};
  std::size_t count_ = 0;  // of all settlements
  double factor_ = 1.0;
  double excess_ = 0.0;
};

}  // namespace pilotage
