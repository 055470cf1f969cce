// What long work asks now and then while it runs without the GIL: is there a Ctrl-C, is the time over.
#pragma once

#include <pybind11/pybind11.h>

#include <chrono>
#include <optional>

/// True from the deadline on; throws what a signal handler raised. Called without the GIL, and takes it only
/// now and then: another thread may hold it for milliseconds.
class Watch {
 public:
  explicit Watch(std::optional<double> seconds = std::nullopt) : limit_(seconds) {}

  bool operator()() {
    const Clock::time_point now = Clock::now();
    if (now - checked_ >= kSignalInterval) {
      checked_ = now;
      const pybind11::gil_scoped_acquire gil;
      if (PyErr_CheckSignals() != 0) {
        throw pybind11::error_already_set();
      }
    }
    return limit_ && std::chrono::duration<double>(now - start_).count() >= *limit_;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr auto kSignalInterval = std::chrono::milliseconds(50);
  std::optional<double> limit_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point checked_ = start_;
};
