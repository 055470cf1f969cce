#include "pilotage/cost.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "pilotage/errors.hpp"

namespace pilotage {

namespace {

constexpr double kUnknownFactor = 2.0;  // until so many calls are known:
constexpr std::uint64_t kEnoughErrors = 20;
constexpr std::int64_t kManyErrors = 1'000;

CostSettings validated(const CostSettings& settings) {
  require_unit_interval("cost_quantile", settings.quantile);
  return settings;
}

void validate(const Prices& prices) {
  require_nonnegative("input_cost_per_token", prices.input);
  require_nonnegative("output_cost_per_token", prices.output);
}

}  // namespace

CostModel::CostModel(Index context_dim, const CostSettings& settings)
    : settings_(validated(settings)), lengths_(context_dim, settings.lengths) {}

void CostModel::add(const Prices& prices, double expected_output_tokens) {
  validate(prices);
  lengths_.add(expected_output_tokens);
  prices_.push_back(prices);
  errors_.emplace_back();
  factor_.push_back(settings_.learn ? kUnknownFactor : 1.0);
}

void CostModel::set_prices(Index k, const Prices& prices) {
  require_index("model", size(), k);
  validate(prices);
  prices_[static_cast<std::size_t>(k)] = prices;
}

Vector CostModel::list_prices() const {
  Vector listed(size());
  std::ranges::transform(prices_, listed.begin(), &Prices::listed);
  return listed;
}

void CostModel::lengths(const ConstVectorRef& x, VectorRef tokens_out) const {
  lengths_.predict(x, tokens_out);
}

void CostModel::predict(const ConstVectorRef& x, double input_tokens, VectorRef usd_out) const {
  lengths(x, usd_out);
  for (Index k = 0; k < size(); ++k) {
    usd_out[k] = prices(k).of(input_tokens, usd_out[k]);
  }
}

bool CostModel::observe(Index k, const ConstVectorRef& x, const Prices& prices, double input_tokens,
                        double usd, double max_tokens) {
  if (!settings_.learn || prices.output <= 0.0) {
    return true;
  }
  // Where the input was the whole bill, what is left of it is rounding, and not the shortest output ever.
  const double output_usd = usd - prices.of(input_tokens, 0.0);
  const double output_tokens = output_usd > 1e-9 * usd ? output_usd / prices.output : 0.0;
  double predicted = 0.0;
  if (!lengths_.observe(k, x, output_tokens, predicted)) {
    return false;
  }
  const bool cut = output_tokens > max_tokens - 0.5;
  learn_error(static_cast<std::size_t>(k), (cut ? 2.0 : 1.0) * output_tokens / predicted);
  return true;
}

void CostModel::learn_error(std::size_t k, double ratio) {
  RatioQuantiles& errors = errors_[k];
  errors.add(ratio);
  // Read again every power of two of calls that is a sixteenth to a thirty-second of all.
  const auto count = static_cast<std::uint64_t>(errors.count());
  const std::uint64_t every = std::max<std::uint64_t>(1, std::bit_floor(count) / 16);
  if (count >= kEnoughErrors && count % every == 0) {
    factor_[k] = std::max(1.0, errors.quantile(settings_.quantile));
  }
  if (errors.count() >= kManyErrors) {
    errors.halve();
  }
}

}  // namespace pilotage
