// So many dollars a request over a stream without an end.
//
// Every request brings r dollars into an account, every call takes its cost out of it. With G dollars in
// the account (this request's included) the dual price is where recent requests would have cost
//
//   S(price) = r + (G - r) / memory
//
// on average: what was saved is spent, and what was overspent is saved, over as many requests as the
// price looks back on. A dearer model is eligible only where what is set aside for it is in the account,
//
//   cap_k <= G
//
// and the cheapest always is: nobody is refused for the pace. So the mean cost of a request stays at or
// below r but for calls that cost more than was set aside, and for traffic whose cheapest model costs more
// than r. Where an unserved request has a reward of its own, to serve nobody is the cheapest choice: the pace
// is then kept whatever the models cost, and a request is refused where no model earns its cost beside it,
//
//   price * cost_k > reward_k - unserved    for all k
//
// G counts calls at their expected cost when they are chosen, and at their actual cost once
// settled. O(K log K).
//
// Reference: the primal-dual controller of ParetoBandit keeps the same ceiling by a price that takes steps
// against a moving average; here the price is solved for.
#pragma once

#include <cstdint>
#include <optional>

#include "pilotage/pricing/hull.hpp"
#include "pilotage/pricing/policy.hpp"
#include "pilotage/pricing/spend_curve.hpp"

namespace pilotage {

struct PacerSettings {
  double rate = 0.0;                 // r, US dollars a request, finite and >= 0
  NanoDollars budget = kUnlimited;   // for all requests together, >= 0
  double memory = 500.0;             // requests that the price looks back on, and ahead, >= 1
  std::optional<double> unserved{};  // reward of a request that nobody answers, in [0, 1]; none: serve
};

class Pacer final : public BudgetPolicy {
 public:
  /// For at most `models` models. Throws std::invalid_argument for settings outside the ranges above.
  Pacer(const PacerSettings& settings, Index models);

  Verdict admit(const ConstVectorRef& reward, const ConstVectorRef& cost, const ConstVectorRef& cap,
                std::span<std::uint8_t> eligible) override;
  void commit(NanoDollars expected) override;
  void correct(NanoDollars expected, NanoDollars actual) override;

 private:
  double rate_;
  double memory_;
  double saved_ = 0.0;  // G, US dollars; below 0 where calls cost more than expected
  std::optional<double> unserved_;
  Hull hull_;
  SpendCurve curve_;
};

}  // namespace pilotage
