#include "pilotage/pricing/zcl.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <string>

#include "pilotage/errors.hpp"

namespace pilotage {

namespace {

/// Keeps the eligible models that pass; false, and `eligible` untouched, when none does.
template <class Passes>
bool narrow(std::span<std::uint8_t> eligible, const Passes& passes) {
  const auto models = static_cast<Index>(eligible.size());
  bool any = false;
  for (Index k = 0; k < models && !any; ++k) {
    any = eligible[static_cast<std::size_t>(k)] != 0 && passes(k);
  }
  if (!any) {
    return false;
  }
  for (Index k = 0; k < models; ++k) {
    auto& flag = eligible[static_cast<std::size_t>(k)];
    flag = flag != 0 && passes(k) ? 1 : 0;
  }
  return true;
}

}  // namespace

Zcl::Zcl(const ZclSettings& settings) : settings_(settings) {
  require_at_least("budget", 0, settings.budget);
  require_at_least("requests", 1, settings.requests);
  require_at_least("bin_size", 1, settings.bin_size);
  require_unit_interval("lower_quantile", settings.lower_quantile);
  require_unit_interval("upper_quantile", settings.upper_quantile);
  if (settings.lower_quantile > settings.upper_quantile) {
    throw std::invalid_argument(
        "lower_quantile must be <= upper_quantile = " + std::to_string(settings.upper_quantile) + ", got " +
        std::to_string(settings.lower_quantile));
  }
  if (settings.lower) {
    require_positive("lower", *settings.lower);
    lower_ = *settings.lower;
  }
  if (settings.upper) {
    require_positive("upper", *settings.upper);
    upper_ = *settings.upper;
  }
  if (settings.lower && settings.upper && *settings.lower > *settings.upper) {
    throw std::invalid_argument("lower must be <= upper = " + std::to_string(*settings.upper) + ", got " +
                                std::to_string(*settings.lower));
  }
  // N = ceil(Q / S),   B_bin = B / N
  bins_ = 1 + (settings.requests - 1) / settings.bin_size;
  bin_budget_ = static_cast<double>(settings.budget) / static_cast<double>(bins_);
}

double Zcl::threshold(double z, double lower, double upper) {
  // Psi(z) = (UB e / LB)^z (LB / e)
  return std::pow(upper * std::numbers::e / lower, z) * (lower / std::numbers::e);
}

double Zcl::utilisation() const {
  if (bin_budget_ <= 0.0) {
    return 1.0;
  }
  return std::max(0.0, spent_in_bin_ / bin_budget_);
}

void Zcl::start_bin() {
  // B_left <- B_left + B_bin: money that a bin leaves over spills into the next
  left_ += bin_budget_;
  spent_in_bin_ = 0.0;
  left_in_bin_ = std::min(settings_.bin_size, settings_.requests - seen_);
}

void Zcl::observe(const ConstVectorRef& reward, const ConstVectorRef& cost) {
  for (Index k = 0; k < reward.size(); ++k) {
    ratios_.add(reward[k] / cost[k]);
  }
  if (ratios_.count() < reread_at_) {
    return;
  }
  lower_ = settings_.lower.value_or(ratios_.quantile(settings_.lower_quantile));
  upper_ = std::max(lower_, settings_.upper.value_or(ratios_.quantile(settings_.upper_quantile)));
  reread_at_ = ratios_.count() + ratios_.count() / 8 + 1;
}

Verdict Zcl::admit(const ConstVectorRef& reward, const ConstVectorRef& cost, const ConstVectorRef& /*cap*/,
                   std::span<std::uint8_t> eligible) {
  if (!(settings_.lower && settings_.upper)) {
    observe(reward, cost);
  }
  const bool beyond = seen_ >= settings_.requests;
  if (!beyond && left_in_bin_ == 0) {
    start_bin();
  }
  const double requests_left = beyond ? 1.0 : static_cast<double>(left_in_bin_);
  ++seen_;
  left_in_bin_ = std::max<std::int64_t>(0, left_in_bin_ - 1);
  if (stopped_) {
    return {Reason::kInsufficientBudget, 0.0};
  }

  // E = { l : C_l <= reward_l / Psi(z) }
  if (!beyond && lower_ > 0.0) {
    const double psi = threshold(utilisation(), lower_, upper_);
    if (narrow(eligible, [&](Index k) { return reward[k] > 0.0 && cost[k] * psi <= reward[k]; })) {
      return {Reason::kThreshold, 0.0};
    }
  }
  // E = { l : C_l <= B_left / Q_left }
  const double even_share = std::max(0.0, left_) / requests_left / kNanoDollarsPerDollar;
  if (narrow(eligible, [&](Index k) { return cost[k] <= even_share; })) {
    return {Reason::kEvenSplit, 0.0};
  }
  stopped_ = settings_.stop;
  return {Reason::kInsufficientBudget, 0.0};
}

void Zcl::commit(NanoDollars expected) {
  // B_left <- B_left - C,   z <- z + C / B_bin
  left_ -= static_cast<double>(expected);
  spent_in_bin_ += static_cast<double>(expected);
}

void Zcl::correct(NanoDollars expected, NanoDollars actual) {
  const auto error = static_cast<double>(actual - expected);
  left_ -= error;
  spent_in_bin_ += error;
}

void Zcl::extend(NanoDollars more) {
  // An equal share for every bin that is not over yet, the running one at once.
  const bool running = left_in_bin_ > 0;
  if (seen_ >= settings_.requests) {
    left_ += static_cast<double>(more);
    return;
  }
  const std::int64_t over = (running ? seen_ - 1 : seen_) / settings_.bin_size;
  const double share = static_cast<double>(more) / static_cast<double>(bins_ - over);
  bin_budget_ += share;
  left_ += running ? share : 0.0;
}

}  // namespace pilotage
