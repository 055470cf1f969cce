#include "pilotage/pricing/dual.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "pilotage/errors.hpp"
#include "pilotage/pricing/at_price.hpp"
#include "pilotage/select.hpp"

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
  const auto others = static_cast<double>(requests_left - 1);
  // S(price) = B / (Q - 1)
  const double price = others > 0.0 ? curve_.price(left / others) : 0.0;
  // cap_k <= B - (Q - 1) m - 2 s sqrt((Q - 1) (1 + (Q - 1) / n))
  const double spread = std::sqrt(others * (1.0 + others / curve_.effective_requests()));
  const double most = left - others * curve_.cheapest() - 2.0 * spread * curve_.cheapest_deviation();
  const Verdict verdict = at_price(price, most, hull_.cheapest(), cap, eligible);
  look_ahead(left, others, reward, cost, eligible);
  return unserved_ ? unless_priced_out(verdict, *unserved_, reward, cost, eligible) : verdict;
}

void Dual::look_ahead(double left, double others, const ConstVectorRef& reward, const ConstVectorRef& cost,
                      std::span<std::uint8_t> eligible) {
  // argmax_k reward_k + (Q - 1) W((B - cost_k) / (Q - 1)), less the same for a call that costs nothing
  double best = unserved_ ? *unserved_ - kTieTolerance : -std::numeric_limits<double>::infinity();
  double best_usd = unserved_ ? 0.0 : std::numeric_limits<double>::infinity();
  for (Index k = 0; k < cost.size(); ++k) {
    if (eligible[static_cast<std::size_t>(k)] == 0) {
      continue;
    }
    const double lost = others > 0.0 ? others * curve_.earned((left - cost[k]) / others, left / others) : 0.0;
    const double value = (unserved_ ? std::max(reward[k], 0.0) : reward[k]) - lost;
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

}  // namespace pilotage
