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
  if (now >= 0) {
    turn_ = now + 1 < models ? now + 1 : -1;
  }
  return now;
}

}  // namespace pilotage
