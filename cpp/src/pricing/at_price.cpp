#include "pilotage/pricing/at_price.hpp"

#include <algorithm>
#include <cmath>

#include "pilotage/select.hpp"

namespace pilotage {

namespace {

bool any(std::span<const std::uint8_t> eligible) {
  return std::ranges::find(eligible, std::uint8_t{1}) != eligible.end();
}

}  // namespace

Verdict at_price(double price, double most, Index cheapest, const ConstVectorRef& cap,
                 std::span<std::uint8_t> eligible) {
  const bool finite = std::isfinite(price);
  for (Index k = 0; k < cap.size(); ++k) {
    if (k != cheapest && !(finite && cap[k] <= most)) {
      eligible[static_cast<std::size_t>(k)] = 0;
    }
  }
  if (!any(eligible)) {
    return {Reason::kInsufficientBudget, 0.0};
  }
  return finite ? Verdict{Reason::kDualPrice, price} : Verdict{Reason::kCheapest, 0.0};
}

Verdict unless_priced_out(const Verdict& verdict, double unserved, const ConstVectorRef& reward,
                          const ConstVectorRef& cost, std::span<std::uint8_t> eligible) {
  if (refuses(verdict.reason)) {
    return verdict;
  }
  for (Index k = 0; k < cost.size(); ++k) {
    // A model that ties with nobody answers.
    const double gain = std::max(reward[k], 0.0) - verdict.dual_price * cost[k] - unserved;
    if (gain < -kTieTolerance) {
      eligible[static_cast<std::size_t>(k)] = 0;
    }
  }
  return any(eligible) ? verdict : Verdict{Reason::kPricedOut, verdict.dual_price};
}

}  // namespace pilotage
