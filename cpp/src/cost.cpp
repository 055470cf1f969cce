#include "pilotage/cost.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "pilotage/errors.hpp"

namespace pilotage {

namespace {

constexpr double kUnknownFactor = 2.0;  // until so many calls are known:
constexpr std::uint64_t kEnoughErrors = 20;
constexpr std::int64_t kManyErrors = 1'000;
constexpr double kLargestWeight = 1.125;

CostSettings validated(Index context_dim, const CostSettings& settings) {
  require_at_least("cost_components", 0, settings.components);
  if (settings.components > context_dim) {
    throw std::invalid_argument("cost_components must be <= dim = " + std::to_string(context_dim) + ", got " +
                                std::to_string(settings.components));
  }
  require_positive("cost_strength", settings.strength);
  require_discount("cost_forgetting", settings.forgetting);
  require_unit_interval("cost_quantile", settings.quantile);
  return settings;
}

void validate(const Prices& prices) {
  require_nonnegative("input_cost_per_token", prices.input);
  require_nonnegative("output_cost_per_token", prices.output);
}

}  // namespace

CostModel::CostModel(Index context_dim, const CostSettings& settings)
    : settings_(validated(context_dim, settings)), workspace_(settings.components + 1) {
  features_.setZero(settings.components + 1);
}

void CostModel::add(const Prices& prices, double expected_output_tokens) {
  validate(prices);
  require_positive("expected_output_tokens", expected_output_tokens);
  Vector prior_mean = Vector::Zero(settings_.components + 1);
  prior_mean[settings_.components] = expected_output_tokens;
  lengths_.emplace_back(prior_mean, settings_.strength);
  weight_.push_back(1.0);
  prices_.push_back(prices);
  shortest_.push_back(expected_output_tokens);
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
  const ConstVectorRef z = features(x);
  for (Index k = 0; k < size(); ++k) {
    const auto index = static_cast<std::size_t>(k);
    tokens_out[k] = std::max(lengths_[index].mean(z), shortest_[index]);
  }
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
  const auto index = static_cast<std::size_t>(k);
  const ConstVectorRef z = features(x);
  const double predicted = std::max(lengths_[index].mean(z), shortest_[index]);
  if (!learn_length(index, z, output_tokens)) {
    return false;
  }
  const bool cut = output_tokens > max_tokens - 0.5;
  learn_error(index, (cut ? 2.0 : 1.0) * output_tokens / predicted);
  if (output_tokens > 0.0) {
    shortest_[index] = std::min(shortest_[index], output_tokens);
  }
  return true;
}

bool CostModel::learn_length(std::size_t k, const ConstVectorRef& z, double tokens) {
  try {
    lengths_[k].update(z, tokens, weight_[k]);
  } catch (const std::invalid_argument&) {  // not finite, or its sums are not
    return false;
  } catch (const NumericalError&) {
    return false;
  }
  weight_[k] /= settings_.forgetting;
  // If it cannot, for want of a Cholesky factor, it tries again with the next.
  if (weight_[k] > kLargestWeight && lengths_[k].forget(1.0 / weight_[k], workspace_)) {
    weight_[k] = 1.0;
  }
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

ConstVectorRef CostModel::features(const ConstVectorRef& x) const {
  // z = [x_1 ... x_m, 1]
  features_.head(settings_.components) = x.head(settings_.components);
  features_[settings_.components] = 1.0;
  return features_;
}

}  // namespace pilotage
