#include "pilotage/forgetting.hpp"

#include <algorithm>
#include <cmath>

#include "pilotage/errors.hpp"

namespace pilotage {

namespace {

constexpr double kLongest = 1e9;  // decisions, of an interval

std::int64_t interval_of(double gamma, Index dim) {
  require_discount("forgetting", gamma);
  require_at_least("dim", 1, dim);
  const double memory = gamma < 1.0 ? -1.0 / std::log(gamma) : kLongest;
  const double apart = std::max(memory / 8.0, std::min(static_cast<double>(dim), memory / 2.0));
  return static_cast<std::int64_t>(std::clamp(apart, 1.0, kLongest));
}

}  // namespace

Forgetting::Forgetting(double gamma, Index dim) : gamma_(gamma), interval_(interval_of(gamma, dim)) {}

std::pair<Index, Index> Forgetting::tick() {
  if (gamma_ == 1.0) {
    return {0, 0};
  }
  // Model k's turn is at the decisions that are floor(k interval / K) modulo the interval.
  const std::int64_t now = decisions_++ % interval_;
  const auto models = static_cast<std::int64_t>(up_to_date_.size());
  const auto first_from = [&](std::int64_t time) { return (time * models + interval_ - 1) / interval_; };
  return {first_from(now), first_from(now + 1)};
}

double Forgetting::kept(Index k) const {
  if (gamma_ == 1.0) {
    return 1.0;  // most routers: a power costs 120 instructions
  }
  return std::pow(gamma_, static_cast<double>(decisions_ - up_to_date_[static_cast<std::size_t>(k)]));
}

}  // namespace pilotage
