#include "pilotage/pricing/pacer.hpp"

#include <algorithm>

#include "pilotage/errors.hpp"
#include "pilotage/pricing/at_price.hpp"

namespace pilotage {

Pacer::Pacer(const PacerSettings& settings, Index models)
    : rate_(settings.rate),
      memory_(settings.memory),
      unserved_(settings.unserved),
      hull_(models),
      curve_(settings.memory) {
  require_nonnegative("usd_per_request", settings.rate);
  require_at_least("budget", 0, settings.budget);
  if (unserved_) {
    require_unit_interval("unserved", *unserved_);
  }
}

Verdict Pacer::admit(const ConstVectorRef& reward, const ConstVectorRef& cost, const ConstVectorRef& cap,
                     std::span<std::uint8_t> eligible) {
  if (std::ranges::find(eligible, std::uint8_t{1}) == eligible.end()) {
    return {Reason::kInsufficientBudget, 0.0};
  }
  saved_ += rate_;
  hull_.build(reward, cost, eligible, unserved_);
  curve_.add(hull_.cheapest_usd(), hull_.steps());
  // S(price) = r + (G - r) / memory
  const double price = curve_.price(rate_ + (saved_ - rate_) / memory_);
  const Verdict verdict = at_price(price, saved_, hull_.cheapest(), cap, eligible);
  return unserved_ ? unless_priced_out(verdict, *unserved_, reward, cost, eligible) : verdict;
}

void Pacer::commit(NanoDollars expected) { saved_ -= to_dollars(expected); }

void Pacer::correct(NanoDollars expected, NanoDollars actual) { saved_ -= to_dollars(actual - expected); }

}  // namespace pilotage
