// So many dollars a request over a stream without an end.
//
// Every request brings r dollars into an account, every call takes its cost out of it. What was not spent
// stays there for later, but no more than c requests' money, the credit: with G dollars in the account (this
// request's included) G <= c r, and what comes on top is lost. The dual price is where recent requests would
// have cost
//
//   S(price) = r / (1 - u^3),   u = G / (c r)
//
// on average: the pace while the account is near empty, more the fuller it is, and price 0 once it is full,
// so that nothing is lost while a dearer model is better. Where S jumps over that, because many requests are
// alike, the price is the lower one, and the account rations what it buys. A dearer model is eligible only
// where what is set aside for it is in the account, or the account is full,
//
//   cap_k <= G   or   G = c r
//
// so a call of more than the credit leaves a debt, and the requests after it get the cheapest model until it
// is paid. That one is always eligible: nobody is refused for the pace. Any n requests in a row thus cost at
// most
//
//   n r + max(c r, the dearest of them)
//
// and the first n at most n r, or as much more as the dearest costs more than c r; but for calls that cost
// more than was set aside, and for traffic whose cheapest model costs more than r. Where an unserved request
// has a reward of its own, to serve nobody is the cheapest choice: the pace is then kept whatever the models
// cost, and a request is refused where no model earns its cost beside it,
//
//   price * cost_k > reward_k - unserved    for all k
//
// and for a debt only where even the cheapest model is expected to cost more than the request brings: with
// cost_k <= r the debt grows no further, and what is left over pays it, later where little is.
//
// G counts calls at their expected cost when they are chosen, and at their actual cost once
// settled. O(K log K).
//
// c = 50 was chosen on streams of known rewards and costs, five recorded pools at three rates: of the LP
// optimum, c = 25 earns 99.90 %, 50 99.92 %, 100 99.93 %, and an account without bound 99.92 %; less where a
// call costs tens of requests' money. With 50 the cost is at most 5 % above the pace over any 1,000 requests.
//
// Reference: the primal-dual controller of ParetoBandit keeps the same ceiling by a price that takes steps
// against a moving average; here the price is solved for. The account is a token bucket.
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
  double memory = 500.0;             // requests that the price looks back on, >= 1
  double credit = 50.0;              // c, requests' money that may be saved for later, finite and >= 1
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
  void set_rate(double usd) override;

 private:
  /// The cheapest model that is eligible where cost_k <= r, else kNobody.
  [[nodiscard]] Index pays_for_itself(const ConstVectorRef& cost,
                                      std::span<const std::uint8_t> eligible) const;

  double rate_;
  double credit_;       // c
  double most_;         // c r, US dollars
  double saved_ = 0.0;  // G, US dollars; below 0 in debt
  std::optional<double> unserved_;
  Hull hull_;
  SpendCurve curve_;
};

}  // namespace pilotage
