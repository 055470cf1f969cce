// What every online budget policy is: expected rewards, expected costs and the account in; the eligible
// models and a dual price out.
//
// A router asks `admit` once per request, picks the model with the highest score - dual_price * cost
// among the eligible, and then tells the policy what was committed (the expected cost of the chosen call)
// and later what the call cost in truth. One file per policy; each states its cost per decision.
#pragma once

#include <cstdint>
#include <span>

#include "pilotage/money.hpp"
#include "pilotage/types.hpp"

namespace pilotage {

/// Why these models are eligible, or why none is.
enum class Reason : std::uint8_t {
  kBest,                // no pacing: all that can be afforded
  kDualPrice,           // the best reward - dual price * cost
  kCheapest,            // the money left buys no more
  kThreshold,           // cleared the policy's threshold
  kEvenSplit,           // fallback: within an even split of what is left
  kExploration,         // drawn by the exploration floor
  kInsufficientBudget,  // nothing is eligible: the money does not reach
  kPricedOut,           // nothing is eligible: the money earns more elsewhere
  kAdopted,             // chosen by somebody else
};

/// Whether the request goes to no model.
[[nodiscard]] constexpr bool refuses(Reason reason) {
  return reason == Reason::kInsufficientBudget || reason == Reason::kPricedOut;
}

struct Verdict {
  Reason reason;
  double dual_price;  // reward per US dollar, >= 0
};

class BudgetPolicy {
 public:
  BudgetPolicy() = default;
  BudgetPolicy(const BudgetPolicy&) = delete;
  BudgetPolicy& operator=(const BudgetPolicy&) = delete;
  virtual ~BudgetPolicy() = default;

  /// Narrows `eligible` to what may be called for the next request. On entry it holds what the ledger
  /// can afford. When none is left, and only then, the reason refuses.
  virtual Verdict admit(const ConstVectorRef& reward,  // (K,) expected
                        const ConstVectorRef& cost,    // (K,) expected, US dollars, >= 0
                        const ConstVectorRef& cap,  // (K,) at most, 19 times out of 20, US dollars, >= cost
                        std::span<std::uint8_t> eligible  // (K,) in and out
                        ) = 0;

  /// A call was chosen that is expected to cost so much.
  virtual void commit(NanoDollars expected) = 0;

  /// A committed call turned out to cost `actual`: 0 when it never happened.
  virtual void correct(NanoDollars expected, NanoDollars actual) = 0;

  /// The limit was raised by `more`, or lowered where that is below 0. Policies that pace by something else
  /// than what is left of it need do nothing.
  virtual void extend(NanoDollars /*more*/) {}

  /// So many dollars a request from now on; for policies that pace by it.
  virtual void set_rate(double /*usd*/) {}

  /// So many requests are the horizon, those before included; for policies that have one, and say so.
  virtual void set_requests(std::int64_t /*requests*/) {}

  /// Models charge so much from the next request on; said before the first, too. Policies that go by what a
  /// call is expected to cost need do nothing.
  virtual void reprice(const ConstVectorRef& /*list_price*/) {}  // (K,), see Prices::listed
};

}  // namespace pilotage
