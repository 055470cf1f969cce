#include "pilotage/lock.hpp"

#include <algorithm>
#include <chrono>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace pilotage {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::microseconds kLongest{40};  // a reward at d = 384 takes 30
constexpr int kMostPauses = 8;                     // between two looks

/// Leaves the core's units to whoever shares them.
void pause() {
#if defined(__SSE2__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

void SpinningMutex::wait() {
  const auto until = Clock::now() + kLongest;
  for (int pauses = 1; Clock::now() < until; pauses = std::min(2 * pauses, kMostPauses)) {
    for (int i = 0; i < pauses; ++i) {
      pause();
    }
    if (mutex_.try_lock()) {
      return;
    }
  }
  mutex_.lock();
}

}  // namespace pilotage
