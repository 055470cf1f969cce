#include "pilotage/pricing/primal_dual.hpp"

#include <algorithm>
#include <cmath>

#include "pilotage/errors.hpp"
#include "pilotage/select.hpp"

namespace pilotage {

namespace {

constexpr double kStep = 0.05;       // eta
constexpr double kSmoothing = 0.05;  // a, half-life 14 requests
constexpr double kLargest = 5.0;     // of lambda
constexpr double kCheap = 1e-4;      // US dollars a thousand tokens, the ends of the scale
constexpr double kDear = 0.10;

}  // namespace

PrimalDual::PrimalDual(const PrimalDualSettings& settings) : rate_(settings.rate), mean_(settings.rate) {
  require_positive("usd_per_request", settings.rate);
  require_at_least("budget", 0, settings.budget);
}

void PrimalDual::reprice(const ConstVectorRef& list_price) {
  list_price_ = list_price;
  // c~ = (ln c - ln 1e-4) / (ln 0.10 - ln 1e-4), clipped to [0, 1]
  scaled_price_ = ((list_price.array().max(kCheap) / kCheap).log() / std::log(kDear / kCheap)).min(1.0);
  score_.resize(list_price.size());
  within_.resize(static_cast<std::size_t>(list_price.size()));
}

Verdict PrimalDual::admit(const ConstVectorRef& reward, const ConstVectorRef& /*cost*/,
                          const ConstVectorRef& /*cap*/, std::span<std::uint8_t> eligible) {
  double dearest = 0.0;
  for (Index k = 0; k < reward.size(); ++k) {
    dearest = std::max(dearest, eligible[static_cast<std::size_t>(k)] != 0 ? list_price_[k] : 0.0);
  }
  const double ceiling = dearest / (1.0 + lambda_);
  for (Index k = 0; k < reward.size(); ++k) {
    const auto index = static_cast<std::size_t>(k);
    within_[index] = eligible[index] != 0 && list_price_[k] <= ceiling ? 1 : 0;
  }
  // argmax_k reward_k - lambda c~_k, without the ceiling where no model is below it
  score_ = reward - lambda_ * scaled_price_;
  Index best = select(score_, list_price_, within_);
  best = best >= 0 ? best : select(score_, list_price_, eligible);
  if (best < 0) {
    return {Reason::kInsufficientBudget, 0.0};
  }
  std::ranges::fill(eligible, std::uint8_t{0});
  eligible[static_cast<std::size_t>(best)] = 1;
  return {Reason::kDualPrice, 0.0};
}

void PrimalDual::correct(NanoDollars /*expected*/, NanoDollars actual) {
  mean_ += kSmoothing * (to_dollars(actual) - mean_);
  lambda_ = std::clamp(lambda_ + kStep * (mean_ / rate_ - 1.0), 0.0, kLargest);
}

void PrimalDual::set_rate(double usd) { rate_ = usd; }

}  // namespace pilotage
