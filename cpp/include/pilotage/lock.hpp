// A mutex that a waiting thread looks at again for a while before it goes to sleep.
//
// What is done under a router's takes 1 to 30 us, and a thread that went to sleep is back some 50 us after it
// was woken. Whoever finds the mutex taken therefore looks again, for about as long as the longest of these
// takes, and sleeps only then: where there are more threads than cores, the one that has it may not be
// running.
#pragma once

#include <mutex>

namespace pilotage {

class SpinningMutex {
 public:
  void lock() {
    if (!mutex_.try_lock()) {
      wait();
    }
  }

  bool try_lock() { return mutex_.try_lock(); }

  void unlock() { mutex_.unlock(); }

 private:
  void wait();

  std::mutex mutex_;
};

}  // namespace pilotage
