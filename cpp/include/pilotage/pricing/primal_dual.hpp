// ParetoBandit's controller of dollars per request, as published.
//
//   model   = argmax_k reward_k - lambda c~_k   over the models with   c_k <= c_max / (1 + lambda)
//   mean    <- (1 - a) mean + a cost,                         mean_0 = r, US dollars a request
//   lambda  <- clip(lambda + eta (mean / r - 1), 0, 5),       lambda_0 = 0
//
// c_k is a model's list price (prices.hpp), c_max the highest of those that may be called, and c~_k its
// logarithm, scaled to [0, 1] between 1e-4 and 0.10 US dollars. The last two lines are run when a call is
// settled, at what it cost in truth; eta = a = 0.05. Nobody is refused for the pace. O(K).
//
// It is here to be faithful; `Pacer` keeps the same pace without what is wrong with this:
//
// - what a model charges on this prompt plays no part, nor by how many dollars two models differ;
// - the ceiling on c_k counts as soon as lambda > 0, however little, and bars the dearest model at once;
// - where that leaves no model, the ceiling is dropped;
// - calls under way are not counted, and nothing bounds what a stretch of requests may cost.
//
// Its prices are of its own kind, so it leaves one model eligible, its choice.
//
// Reference: Taberner-Miller, ParetoBandit (arXiv 2604.00136), sections 3.1 and 3.2 and its released code.
#pragma once

#include <cstdint>
#include <vector>

#include "pilotage/pricing/policy.hpp"

namespace pilotage {

struct PrimalDualSettings {
  double rate = 0.0;                // r, US dollars a request, finite and > 0
  NanoDollars budget = kUnlimited;  // for all requests together, >= 0
};

class PrimalDual final : public BudgetPolicy {
 public:
  /// Throws std::invalid_argument for settings outside the ranges above.
  explicit PrimalDual(const PrimalDualSettings& settings);

  Verdict admit(const ConstVectorRef& reward, const ConstVectorRef& cost, const ConstVectorRef& cap,
                std::span<std::uint8_t> eligible) override;
  void commit(NanoDollars /*expected*/) override {}
  void correct(NanoDollars expected, NanoDollars actual) override;
  void set_rate(double usd) override;
  void reprice(const ConstVectorRef& list_price) override;

 private:
  double rate_;
  double mean_;                         // US dollars a request
  double lambda_ = 0.0;                 // reward for the whole scale of c~
  Vector list_price_{};                 // c, (K,)
  Vector scaled_price_{};               // c~, (K,)
  Vector score_{};                      // workspaces (K,)
  std::vector<std::uint8_t> within_{};  // the ceiling
};

}  // namespace pilotage
