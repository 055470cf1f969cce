#include "pilotage/ageing.hpp"

namespace pilotage {

Index Ageing::tick(Index models) {
  ++rewards_;
  if (turn_ < 0 && rounds_ < kHalvings && rewards_ >= next_) {
    turn_ = 0;
    ++rounds_;
    next_ *= 2;
  }
  const Index now = turn_;
  if (turn_ >= 0 && ++turn_ >= models) {
    turn_ = -1;
  }
  return now;
}

}  // namespace pilotage
