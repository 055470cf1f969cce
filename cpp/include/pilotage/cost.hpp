// What this prompt will cost on each model, in US dollars.
//
//   cost_k(x) = input_tokens * input_price_k + output_tokens_k(x) * output_price_k
//
// Input tokens are known. Output tokens of model k are a small Bayesian linear regression on the
// leading components of the context and a constant, learned from settlements: those come for every
// call, rewards seldom, and prices change while token counts do not. With 0 components it is the
// model's mean output length, which is what PILOT charges (section 4.1). Predictions are clipped at the
// shortest output seen, so that nothing that has a price is ever free.
//
// Models come to answer at greater length, or less: at every settlement of model k what was observed of it
// before counts gamma times less, and its prior as much more (posterior.hpp). Its own settlements are the
// clock, so a model that is seldom called is not forgotten. With gamma = 0.998 the error is 1 % larger while
// nothing changes; 900 calls after answers became three times as long the prediction was 0.81 of
// them, and 0.59 without (recorded answers of two models). A fresh factor costs O(components^3), so the steps
// are made together, some 60 at a time, and what is observed in between counts up to 1.125 times.
//
// Answers have long tails. How far actual lengths exceed predicted ones is learned too, as a quantile of
// their ratio per model:
//
//   high_k(x) = factor_k * output_tokens_k(x)
//
// is a length that 19 of 20 answers do not exceed: what to set aside for a call at least (caps.hpp). An
// answer that was cut at its limit would have been longer, nobody knows by how much: it counts as twice as
// long. Whenever 1,000 are known, each counts half from then on.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "pilotage/factorisation.hpp"
#include "pilotage/posterior.hpp"
#include "pilotage/prices.hpp"
#include "pilotage/ratio_quantiles.hpp"
#include "pilotage/types.hpp"

namespace pilotage {

struct CostSettings {
  Index components = 0;       // leading components of the context used, 0 <= components <= d
  double strength = 1.0;      // weight of the expected output length, in settled calls, > 0
  bool learn = true;          // false: the expected output length stays what it was, and is high too
  double forgetting = 0.998;  // gamma in (0, 1]: what a settled call leaves of those before it
  double quantile = 0.95;     // of actual / predicted output tokens, in [0, 1]
};

class CostModel {
 public:
  CostModel(Index context_dim, const CostSettings& settings);

  /// Appends a model. prices: each finite and >= 0. expected_output_tokens: > 0, the mean output length
  /// before any settlement.
  void add(const Prices& prices, double expected_output_tokens);

  /// What model k charges from now on, each finite and >= 0. What is known of its lengths stays.
  void set_prices(Index k, const Prices& prices);

  [[nodiscard]] const Prices& prices(Index k) const { return prices_[static_cast<std::size_t>(k)]; }

  [[nodiscard]] Vector list_prices() const;  // (K,), see Prices::listed

  /// Expected cost of one request on every model. O(K components).
  void predict(const ConstVectorRef& x, double input_tokens,
               VectorRef usd_out) const;  // x (d,), out (K,)

  /// Expected output tokens of one request on every model. O(K components).
  void lengths(const ConstVectorRef& x, VectorRef tokens_out) const;  // x (d,), out (K,)

  /// What an answer of model k does not exceed, `quantile` of the time, when `tokens` are expected. O(1).
  [[nodiscard]] double high(Index k, double tokens) const { return factor(k) * tokens; }

  [[nodiscard]] double factor(Index k) const { return factor_[static_cast<std::size_t>(k)]; }

  /// Learns from one settled call, made at these prices and cut at max_tokens, what model k wrote. False, and
  /// nothing is learned, where no finite length explains the cost. O(components^2).
  bool observe(Index k, const ConstVectorRef& x,  // x (d,)
               const Prices& prices, double input_tokens, double usd,
               double max_tokens = std::numeric_limits<double>::infinity());

  [[nodiscard]] Index size() const { return static_cast<Index>(prices_.size()); }

 private:
  [[nodiscard]] ConstVectorRef features(const ConstVectorRef& x) const;
  bool learn_length(std::size_t k, const ConstVectorRef& z, double tokens);
  void learn_error(std::size_t k, double ratio);

  CostSettings settings_;
  std::vector<Posterior> lengths_;  // of output tokens, (K,)
  std::vector<double> weight_;      // gamma^-n, n settled calls after the last fresh factor
  Factorisation workspace_;
  std::vector<Prices> prices_;
  std::vector<double> shortest_;        // output tokens, > 0
  std::vector<RatioQuantiles> errors_;  // actual / predicted output tokens
  std::vector<double> factor_;          // their quantile, >= 1
  mutable Vector features_;             // workspace (components + 1,)
};

}  // namespace pilotage
