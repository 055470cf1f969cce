#include "pilotage/input_estimates.hpp"

#include <algorithm>
#include <span>

namespace pilotage {

namespace {

constexpr double kMostTokens = 1e9;         // what is said to be longer is no call's input
constexpr std::size_t kBeforeTheFirst = 2;  // calls that read what was estimated

/// The rank, from 0, of what 19 of 20 do not exceed: the last of fewer than 20.
constexpr std::size_t high_rank(std::size_t n) { return (n * 19 + 19) / 20 - 1; }

}  // namespace

void InputEstimates::observe(double estimate, double actual) {
  if (!(estimate <= kMostTokens && actual <= kMostTokens)) {
    return;
  }
  const double difference = actual - estimate;
  double& oldest = recent_[count_ % kRemembered];
  std::size_t n = std::min(count_, kRemembered);
  const auto begin = sorted_.begin();
  auto end = begin + static_cast<std::ptrdiff_t>(n);
  if (n == kRemembered) {
    const auto gone = std::lower_bound(begin, end, oldest);
    end = std::move(gone + 1, end, gone);
    --n;
  }
  const auto place = std::upper_bound(begin, end, difference);
  std::move_backward(place, end, end + 1);
  *place = difference;
  oldest = difference;
  ++n;
  ++count_;

  const double high = sorted_[high_rank(n)];
  double sum = 0.0;
  for (const double each : std::span(sorted_).first(n)) {
    sum += std::min(each, high);
  }
  mean_ = std::max(0.0, sum / static_cast<double>(std::min(n + kBeforeTheFirst, kRemembered)));
  high_ = std::max(0.0, high);
}

}  // namespace pilotage
