#include "pilotage/pricing/even.hpp"

#include <algorithm>

#include "pilotage/errors.hpp"

namespace pilotage {

Even::Even(const EvenSettings& settings) : settings_(settings), left_(static_cast<double>(settings.budget)) {
  require_at_least("budget", 0, settings.budget);
  require_at_least("requests", 1, settings.requests);
}

Verdict Even::admit(const ConstVectorRef& /*reward*/, const ConstVectorRef& cost,
                    const ConstVectorRef& /*cap*/, std::span<std::uint8_t> eligible) {
  // share = B / Q, or what is left of both
  const std::int64_t requests_left = settings_.requests - seen_;
  ++seen_;
  const bool fixed = !settings_.spill_over && requests_left > 0;
  const double money = fixed ? static_cast<double>(settings_.budget) : std::max(0.0, left_);
  const auto requests =
      static_cast<double>(fixed ? settings_.requests : std::max<std::int64_t>(1, requests_left));
  const double share = money / requests / kNanoDollarsPerDollar;
  bool any = false;
  for (Index k = 0; k < cost.size(); ++k) {
    auto& flag = eligible[static_cast<std::size_t>(k)];
    flag = flag != 0 && cost[k] <= share ? 1 : 0;
    any = any || flag != 0;
  }
  return {any ? Reason::kEvenSplit : Reason::kInsufficientBudget, 0.0};
}

void Even::commit(NanoDollars expected) { left_ -= static_cast<double>(expected); }

void Even::correct(NanoDollars expected, NanoDollars actual) {
  left_ -= static_cast<double>(actual - expected);
}

void Even::extend(NanoDollars more) {
  settings_.budget += more;
  left_ += static_cast<double>(more);
}

void Even::set_requests(std::int64_t requests) { settings_.requests = requests; }

}  // namespace pilotage
