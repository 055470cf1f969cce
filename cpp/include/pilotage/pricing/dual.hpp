// One multiplier, kept solved for what is left: the default budget policy.
//
// With B dollars and Q requests left (this one included) a call is weighed against what its money would earn
// in the Q - 1 others,
//
//   model = argmax_k reward_k + (Q - 1) W((B - cost_k) / (Q - 1))
//
// where W(s), what a recent request earns when requests may cost s on average, is the LP relaxation of the
// multi-choice knapsack. Its slope is the dual price at which they cost so much,
//
//   W'(s) = price with S(price) = s
//
// so while one call is little beside B this is argmax_k reward_k - price * cost_k, and towards the end, where
// one call may be half of what is left, it is charged what all of that would have earned. Answers have long
// tails, and the others lose more by a call that costs five times as much as they win by five that cost
// nothing; so where one call may matter that much, W is averaged over what it may cost in truth, a lognormal
// distribution with mean cost_k and 95 % quantile cap_k, at five points (Gauss and Hermite). The curve is
// followed from where it stood at the last request. What was overspent or saved changes B at once, so the
// price corrects itself and the money ends with the requests. Every request is served while there is money: a
// model is eligible only where, after it, the others could most likely still have their cheapest model,
//
//   cap_k <= B - (Q - 1) m - 2 s sqrt((Q - 1) (1 + (Q - 1) / n))
//
// with cap_k the least that is set aside for the call (caps.hpp), m and s the mean and standard deviation of
// the cheapest model's cost over n recent requests: the second term in the root is the error of m. The
// cheapest is always eligible.
//
// Where an unserved request has a reward of its own, to serve nobody is the cheapest choice: m = s = 0, and
// a request is refused where no model earns its cost beside it,
//
//   price * cost_k > reward_k - unserved    for all k
//
// B counts calls at their expected cost when they are chosen, and at
// their actual cost once settled. Beyond the horizon each request may spend what is left. O(K log K), and as
// many steps as the price moves buckets.
//
// References: Bertsimas and Demir (2002) on looking one request ahead; Jasin and Kumar (2012) and Bumpensanti
// and Wang (2020) on re-solving; Balseiro, Lu and Mirrokni (2023) on dual mirror descent.
#pragma once

#include <cstdint>
#include <optional>

#include "pilotage/pricing/hull.hpp"
#include "pilotage/pricing/policy.hpp"
#include "pilotage/pricing/spend_curve.hpp"

namespace pilotage {

struct DualSettings {
  NanoDollars budget = 0;            // for all requests together, >= 0
  std::int64_t requests = 1;         // the horizon Q, >= 1
  double memory = 500.0;             // requests that the price looks back on, >= 1
  std::optional<double> unserved{};  // reward of a request that nobody answers, in [0, 1]; none: serve
};

class Dual final : public BudgetPolicy {
 public:
  /// For at most `models` models. Throws std::invalid_argument for settings outside the ranges above.
  Dual(const DualSettings& settings, Index models);

  Verdict admit(const ConstVectorRef& reward, const ConstVectorRef& cost, const ConstVectorRef& cap,
                std::span<std::uint8_t> eligible) override;
  void commit(NanoDollars expected) override;
  void correct(NanoDollars expected, NanoDollars actual) override;
  void extend(NanoDollars more) override;
  void set_requests(std::int64_t requests) override;

 private:
  /// Leaves the models that cost no more than the one that is best with what it leaves to the others.
  void look_ahead(double left, double others, const ConstVectorRef& reward, const ConstVectorRef& cost,
                  const ConstVectorRef& cap, std::span<std::uint8_t> eligible);

  /// What the others earn less after a call of that cost, on average over what it may cost in truth.
  [[nodiscard]] double lost(double left, double others, double cost, double cap);

  double left_;            // B, nano-dollars; may dip below 0 by estimate errors
  std::int64_t requests_;  // the horizon
  std::int64_t seen_ = 0;  // requests so far
  std::optional<double> unserved_;
  Hull hull_;
  SpendCurve curve_;
};

}  // namespace pilotage
