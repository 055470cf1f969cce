#include "pilotage/pricing/dual.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

#include "pilotage/errors.hpp"
#include "pilotage/pricing/at_price.hpp"
#include "pilotage/select.hpp"

namespace pilotage {

namespace {

// E[f(z)], z standard normal, is about sum_i weight_i f(point_i).
constexpr std::array<double, 5> kPoints{-2.8569700138728056, -1.3556261799742659, 0.0, 1.3556261799742659,
                                        2.8569700138728056};
constexpr std::array<double, 5> kWeights{0.011257411327720691, 0.22207592200561263, 0.53333333333333333,
                                         0.22207592200561263, 0.011257411327720691};
constexpr double kQuantile = 1.644854;  // of z at 95 %
constexpr double kMatters = 0.01;       // of what is left: below, W is as good as straight
constexpr double kAbove = 1.0 + 1e-12;
// exp(s z - s^2 / 2) at the last of the points is largest at the largest s that there is.
constexpr double kFarthest = 28.5;

/// s of a lognormal distribution, exp(s z - s^2 / 2) of its mean, with that 95 % quantile over its mean:
/// log(ratio) = 1.645 s - s^2 / 2, whose right side is largest at s = 1.645.
double spread_of(double ratio) {
  return kQuantile - std::sqrt(std::max(0.0, kQuantile * kQuantile - 2.0 * std::log(std::max(ratio, 1.0))));
}

}  // namespace

Dual::Dual(const DualSettings& settings, Index models)
    : left_(static_cast<double>(settings.budget)),
      requests_(settings.requests),
      unserved_(settings.unserved),
      hull_(models),
      curve_(settings.memory) {
  require_at_least("budget", 0, settings.budget);
  require_at_least("requests", 1, settings.requests);
  if (unserved_) {
    require_unit_interval("unserved", *unserved_);
  }
}

Verdict Dual::admit(const ConstVectorRef& reward, const ConstVectorRef& cost, const ConstVectorRef& cap,
                    std::span<std::uint8_t> eligible) {
  const std::int64_t requests_left = std::max<std::int64_t>(1, requests_ - seen_);
  ++seen_;
  if (std::ranges::find(eligible, std::uint8_t{1}) == eligible.end()) {
    return {Reason::kInsufficientBudget, 0.0};
  }
  hull_.build(reward, cost, eligible, unserved_);
  curve_.add(hull_.cheapest_usd(), hull_.steps());

  const double left = left_ / kNanoDollarsPerDollar;
  const auto others = static_cast<double>(requests_left - 1);
  // S(price) = B / (Q - 1)
  const double price = others > 0.0 ? curve_.price(left / others) : 0.0;
  // cap_k <= B - (Q - 1) m - 2 s sqrt((Q - 1) (1 + (Q - 1) / n))
  const double spread = std::sqrt(others * (1.0 + others / curve_.effective_requests()));
  const double most = left - others * curve_.cheapest() - 2.0 * spread * curve_.cheapest_deviation();
  const Verdict verdict = at_price(price, most, hull_.cheapest(), cap, eligible);
  look_ahead(left, others, reward, cost, cap, eligible);
  return unserved_ ? unless_priced_out(verdict, *unserved_, reward, cost, eligible) : verdict;
}

double Dual::lost(double left, double others, double cost, double cap) {
  if (others <= 0.0) {
    return 0.0;
  }
  // (Q - 1) (W(B / (Q - 1)) - W((B - cost) / (Q - 1)))
  const double expected = others * curve_.earned((left - cost) / others, left / others);
  if (cost * kFarthest < kMatters * left) {
    return expected;
  }
  const double s = cost > 0.0 ? spread_of(cap / cost) : 0.0;
  const double most = cost * std::exp(s * kPoints.back() - 0.5 * s * s);
  if (!std::isfinite(expected) || s == 0.0 || most < kMatters * left) {
    return expected;
  }
  // What is overspent leaves the others their cheapest models, and no less.
  const double least = std::min(left / others, kAbove * curve_.cheapest());
  double mean = 0.0;
  for (std::size_t i = 0; i < kPoints.size(); ++i) {
    const double actual = cost * std::exp(s * kPoints[i] - 0.5 * s * s);
    mean += kWeights[i] * others * curve_.earned(std::max((left - actual) / others, least), left / others);
  }
  return mean;
}

void Dual::look_ahead(double left, double others, const ConstVectorRef& reward, const ConstVectorRef& cost,
                      const ConstVectorRef& cap, std::span<std::uint8_t> eligible) {
  // argmax_k reward_k + (Q - 1) W((B - cost_k) / (Q - 1)), less the same for a call that costs nothing
  double best = unserved_ ? *unserved_ - kTieTolerance : -std::numeric_limits<double>::infinity();
  double best_usd = unserved_ ? 0.0 : std::numeric_limits<double>::infinity();
  for (Index k = 0; k < cost.size(); ++k) {
    if (eligible[static_cast<std::size_t>(k)] == 0) {
      continue;
    }
    const double value =
        (unserved_ ? std::max(reward[k], 0.0) : reward[k]) - lost(left, others, cost[k], cap[k]);
    if (value > best || (value == best && cost[k] < best_usd)) {
      best = value;
      best_usd = cost[k];
    }
  }
  for (Index k = 0; k < cost.size(); ++k) {
    if (cost[k] > best_usd) {
      eligible[static_cast<std::size_t>(k)] = 0;
    }
  }
}

void Dual::commit(NanoDollars expected) { left_ -= static_cast<double>(expected); }

void Dual::correct(NanoDollars expected, NanoDollars actual) {
  left_ -= static_cast<double>(actual - expected);
}

void Dual::extend(NanoDollars more) { left_ += static_cast<double>(more); }

void Dual::set_requests(std::int64_t requests) { requests_ = requests; }

}  // namespace pilotage
