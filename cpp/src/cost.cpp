#include "pilotage/cost.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "pilotage/errors.hpp"

namespace pilotage {

namespace {

const CostSettings& validated(Index context_dim, const CostSettings& settings) {
  require_at_least("cost_components", 0, settings.components);
  if (settings.components > context_dim) {
    throw std::invalid_argument("cost_components must be <= dim = " + std::to_string(context_dim) + ", got " +
                                std::to_string(settings.components));
  }
  require_positive("cost_strength", settings.strength);
  return settings;
}

}  // namespace

CostModel::CostModel(Index context_dim, const CostSettings& settings)
    : settings_(validated(context_dim, settings)), lengths_(settings.components + 1) {
  features_.setZero(settings.components + 1);
}

void CostModel::add(const Prices& prices, double expected_output_tokens) {
  require_nonnegative("input_cost_per_token", prices.input);
  require_nonnegative("output_cost_per_token", prices.output);
  require_positive("expected_output_tokens", expected_output_tokens);
  Vector prior_mean = Vector::Zero(settings_.components + 1);
  prior_mean[settings_.components] = expected_output_tokens;
  lengths_.add(prior_mean, settings_.strength);
  prices_.push_back(prices);
  shortest_.push_back(expected_output_tokens);
}

void CostModel::predict(const ConstVectorRef& x, double input_tokens, VectorRef usd_out) const {
  lengths_.means(features(x), Score::kLinear, usd_out);
  for (Index k = 0; k < size(); ++k) {
    const double output_tokens = std::max(usd_out[k], shortest_[static_cast<std::size_t>(k)]);
    usd_out[k] = price(k, input_tokens, output_tokens);
  }
}

double CostModel::worst_case(Index k, double input_tokens, double max_tokens) const {
  return price(k, input_tokens, max_tokens);
}

double CostModel::price(Index k, double input_tokens, double output_tokens) const {
  const Prices& prices = prices_[static_cast<std::size_t>(k)];
  // cost = input_tokens * input_price + output_tokens * output_price
  return input_tokens * prices.input + output_tokens * prices.output;
}

void CostModel::observe(Index k, const ConstVectorRef& x, double input_tokens, double usd) {
  const Prices& prices = prices_[static_cast<std::size_t>(k)];
  if (!settings_.learn || prices.output <= 0.0) {
    return;
  }
  // Where the input was the whole bill, what is left of it is rounding, and not the shortest output ever.
  const double output_usd = usd - input_tokens * prices.input;
  const double output_tokens = output_usd > 1e-9 * usd ? output_usd / prices.output : 0.0;
  lengths_.update(k, features(x), output_tokens);
  double& shortest = shortest_[static_cast<std::size_t>(k)];
  if (output_tokens > 0.0) {
    shortest = std::min(shortest, output_tokens);
  }
}

ConstVectorRef CostModel::features(const ConstVectorRef& x) const {
  // z = [x_1 ... x_m, 1]
  features_.head(settings_.components) = x.head(settings_.components);
  features_[settings_.components] = 1.0;
  return features_;
}

}  // namespace pilotage
