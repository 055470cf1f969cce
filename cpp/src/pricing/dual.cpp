#include "pilotage/pricing/dual.hpp"

#include <algorithm>
#include <cmath>

#include "pilotage/errors.hpp"
#include "pilotage/pricing/at_price.hpp"

namespace pilotage {

Dual::Dual(const DualSettings& settings, Index models)
    : left_(static_cast<double>(settings.budget)),
      requests_left_(settings.requests),
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
  const std::int64_t requests_left = std::max<std::int64_t>(1, requests_left_);
  requests_left_ = requests_left - 1;
  if (std::ranges::find(eligible, std::uint8_t{1}) == eligible.end()) {
    return {Reason::kInsufficientBudget, 0.0};
  }
  hull_.build(reward, cost, eligible, unserved_);
  curve_.add(hull_.cheapest_usd(), hull_.steps());

  const double left = left_ / kNanoDollarsPerDollar;
  // S(price) = B / Q
  const double price = curve_.price(left / static_cast<double>(requests_left));
  // cap_k <= B - (Q - 1) m - 2 sqrt(Q - 1) s
  const auto others = static_cast<double>(requests_left - 1);
  const double most =
      left - others * curve_.cheapest() - 2.0 * std::sqrt(others) * curve_.cheapest_deviation();
  const Verdict verdict = at_price(price, most, hull_.cheapest(), cap, eligible);
  return unserved_ ? unless_priced_out(verdict, *unserved_, reward, cost, eligible) : verdict;
}

void Dual::commit(NanoDollars expected) { left_ -= static_cast<double>(expected); }

void Dual::correct(NanoDollars expected, NanoDollars actual) {
  left_ -= static_cast<double>(actual - expected);
}

}  // namespace pilotage
