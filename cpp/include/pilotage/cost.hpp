// What this prompt will cost on each model, in US dollars.
//
//   cost_k(x) = input_tokens * input_price_k + output_tokens_k(x) * output_price_k
//
// Input tokens are known, output tokens are learned (lengths.hpp).
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

#include "pilotage/lengths.hpp"
#include "pilotage/prices.hpp"
#include "pilotage/ratio_quantiles.hpp"
#include "pilotage/types.hpp"

namespace pilotage {

struct CostSettings {
  LengthSettings lengths{};
  bool learn = true;       // false: the expected output length stays what it was, and is high too
  double quantile = 0.95;  // of actual / predicted output tokens, in [0, 1]
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

  /// Expected cost of one request on every model. As `lengths`.
  void predict(const ConstVectorRef& x, double input_tokens,
               VectorRef usd_out) const;  // x (d,), out (K,)

  /// Expected output tokens of one request on every model. As LengthModel::predict.
  void lengths(const ConstVectorRef& x, VectorRef tokens_out) const;  // x (d,), out (K,)

  /// What an answer of model k does not exceed, `quantile` of the time, when `tokens` are expected. O(1).
  [[nodiscard]] double high(Index k, double tokens) const { return factor(k) * tokens; }

  [[nodiscard]] double factor(Index k) const { return factor_[static_cast<std::size_t>(k)]; }

  /// Learns from one settled call, made at these prices and cut at max_tokens, what model k wrote. False, and
  /// nothing is learned, where no finite length explains the cost. As LengthModel::observe.
  bool observe(Index k, const ConstVectorRef& x,  // x (d,)
               const Prices& prices, double input_tokens, double usd,
               double max_tokens = std::numeric_limits<double>::infinity());

  [[nodiscard]] Index size() const { return static_cast<Index>(prices_.size()); }

 private:
  void learn_error(std::size_t k, double ratio);

  CostSettings settings_;
  LengthModel lengths_;  // of output tokens
  std::vector<Prices> prices_;
  std::vector<RatioQuantiles> errors_;  // actual / predicted output tokens
  std::vector<double> factor_;          // their quantile, >= 1
};

}  // namespace pilotage
