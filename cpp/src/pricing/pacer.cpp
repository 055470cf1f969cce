#include "pilotage/pricing/pacer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "pilotage/errors.hpp"
#include "pilotage/pricing/at_price.hpp"

namespace pilotage {

Pacer::Pacer(const PacerSettings& settings, Index models)
    : rate_(settings.rate),
      credit_(settings.credit),
      most_(settings.credit * settings.rate),
      unserved_(settings.unserved),
      hull_(models),
      curve_(settings.memory) {
  require_nonnegative("usd_per_request", settings.rate);
  require_at_least("budget", 0, settings.budget);
  if (!(std::isfinite(settings.credit) && settings.credit >= 1.0)) {
    throw std::invalid_argument("credit must be finite and >= 1, got " + std::to_string(settings.credit));
  }
  if (unserved_) {
    require_unit_interval("unserved", *unserved_);
  }
}

Verdict Pacer::admit(const ConstVectorRef& reward, const ConstVectorRef& cost, const ConstVectorRef& cap,
                     std::span<std::uint8_t> eligible) {
  if (std::ranges::find(eligible, std::uint8_t{1}) == eligible.end()) {
    return {Reason::kInsufficientBudget, 0.0};
  }
  saved_ = std::min(saved_ + rate_, most_);
  hull_.build(reward, cost, eligible, unserved_);
  curve_.add(hull_.cheapest_usd(), hull_.steps());
  const bool full = rate_ > 0.0 && saved_ >= most_;
  // S(price) = r / (1 - u^3)
  const double u = rate_ > 0.0 ? saved_ / most_ : 0.0;
  const double price = full ? 0.0 : curve_.price_below(rate_ / (1.0 - u * u * u));
  const double within = full ? std::numeric_limits<double>::infinity() : saved_;
  const Index always = unserved_ ? pays_for_itself(cost, eligible) : hull_.cheapest();
  const Verdict verdict = at_price(price, within, always, cap, eligible);
  return unserved_ ? unless_priced_out(verdict, *unserved_, reward, cost, eligible) : verdict;
}

Index Pacer::pays_for_itself(const ConstVectorRef& cost, std::span<const std::uint8_t> eligible) const {
  Index cheapest = kNobody;
  for (Index k = 0; k < cost.size(); ++k) {
    if (eligible[static_cast<std::size_t>(k)] != 0 && (cheapest == kNobody || cost[k] < cost[cheapest])) {
      cheapest = k;
    }
  }
  return cheapest != kNobody && cost[cheapest] <= rate_ ? cheapest : kNobody;
}

void Pacer::commit(NanoDollars expected) { saved_ -= to_dollars(expected); }

void Pacer::correct(NanoDollars expected, NanoDollars actual) { saved_ -= to_dollars(actual - expected); }

void Pacer::set_rate(double usd) {
  rate_ = usd;
  most_ = credit_ * usd;
}

}  // namespace pilotage
