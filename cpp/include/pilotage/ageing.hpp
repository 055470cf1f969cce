// When priors lose weight, however right they look: what they say of models that are never tried, no reward
// can refute.
//
// From reward T on, priors count half; from 2 T on a quarter; an eighth from 4 T on, then a sixteenth, which
// they keep. A round takes the models in turn, one with each reward, as each costs O(d^3).
#pragma once

#include <cstdint>

#include "pilotage/types.hpp"

namespace pilotage {

inline constexpr std::int64_t kHalvedAfter = 1000;  // T, in rewards of all models together
inline constexpr int kHalvings = 4;
inline constexpr int kTested = 2;  // halvings until rewards refute a prior no more

class Ageing {
 public:
  explicit Ageing(std::int64_t halved_after = kHalvedAfter) : next_(halved_after) {}

  /// One more reward came, and there are so many models: the one whose prior is halved now, or -1.
  Index tick(Index models);

  /// Whether a prior still weighs so much that it is worth refuting, and its regression little enough of its
  /// own: freed from the prior, it predicts a bit worse than the mean of rewards that no prompt changes.
  [[nodiscard]] bool tested() const { return rounds_ < kTested; }

  /// Whether priors have lost all the weight that they ever will.
  [[nodiscard]] bool over() const { return rounds_ == kHalvings && turn_ < 0; }

 private:
  std::int64_t rewards_ = 0;
  std::int64_t next_;  // round
  int rounds_ = 0;     // begun
  Index turn_ = -1;    // whose it is; -1: nobody's
};

}  // namespace pilotage
