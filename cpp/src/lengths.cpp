#include "pilotage/lengths.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "pilotage/errors.hpp"

namespace pilotage {

namespace {

constexpr double kLargestWeight = 1.125;
constexpr double kShortest = 0.02;  // the least of long(x): answers are never less than nothing
// Beside long(x), which is 1 on average, the constant is nearly the same again: it is to explain the rest.
constexpr double kConstantStrength = 5.0;
// As 3 settled calls would on unit embeddings, of which a context of a text has a share of 0.19: of 1, 3 and
// 10 the best on learning halves.
constexpr double kSharedStrength = 0.57;

void require_components(const char* name, Index components, Index context_dim) {
  require_at_least(name, 0, components);
  if (components > context_dim) {
    throw std::invalid_argument(std::string(name) + " must be <= dim = " + std::to_string(context_dim) +
                                ", got " + std::to_string(components));
  }
}

LengthSettings validated(Index context_dim, const LengthSettings& settings) {
  require_components("cost_components", settings.components, context_dim);
  require_components("shared_cost_components", settings.shared_components, context_dim);
  require_positive("cost_strength", settings.strength);
  require_discount("cost_forgetting", settings.forgetting);
  require_discount("shared_cost_forgetting", settings.shared_forgetting);
  return settings;
}

Index own_size(const LengthSettings& settings) {
  return settings.components + (settings.shared_components > 0 ? 2 : 1);
}

/// A multiple of eight, so that columns begin where a cache's line does; the features beyond are zero.
Index shared_size(const LengthSettings& settings) {
  return settings.shared_components > 0 ? (settings.shared_components + 8) / 8 * 8 : 0;
}

}  // namespace

LengthModel::LengthModel(Index context_dim, const LengthSettings& settings)
    : settings_(validated(context_dim, settings)),
      own_workspace_(own_size(settings)),
      shared_workspace_(shared_size(settings)),
      own_features_(Vector::Ones(own_size(settings))),
      shared_features_(Vector::Zero(shared_size(settings))) {
  if (settings_.shared_components > 0) {
    shared_features_[settings_.shared_components] = 1.0;
    const Vector one = shared_features_;
    Vector strength = Vector::Constant(one.size(), kSharedStrength);
    strength[settings_.shared_components] = 1.0;
    const Matrix precision = strength.asDiagonal();
    shared_.push_back({Posterior(ModelPrior(precision, precision * one), kRefactorEvery, Widths::kInFull)});
  }
}

void LengthModel::add(double expected) {
  require_positive("expected_output_tokens", expected);
  if (!std::isfinite(settings_.strength * expected)) {
    throw std::invalid_argument("cost_strength * expected_output_tokens must be finite, got " +
                                std::to_string(settings_.strength) + " * " + std::to_string(expected));
  }
  const Index last = own_features_.size() - 1;
  Vector mean = Vector::Zero(last + 1);
  mean[last] = expected;
  Vector strength = Vector::Constant(last + 1, settings_.strength);
  if (!shared_.empty()) {
    strength[last - 1] *= kConstantStrength;
  }
  const Matrix precision = strength.asDiagonal();
  own_.push_back({Posterior(ModelPrior(precision, precision * mean), kRefactorEvery, Widths::kInFull)});
  levels_.push_back({settings_.strength * expected, settings_.strength});
  shortest_.push_back(expected);
}

void LengthModel::look(const ConstVectorRef& x) const {
  own_features_.head(settings_.components) = x.head(settings_.components);
  if (!shared_.empty()) {
    shared_features_.head(settings_.shared_components) = x.head(settings_.shared_components);
    own_features_[settings_.components + 1] =
        std::max(shared_.front().posterior.mean(shared_features_), kShortest);
  }
}

double LengthModel::predicted(std::size_t k) const {
  return std::max(own_[k].posterior.mean(own_features_), shortest_[k]);
}

void LengthModel::predict(const ConstVectorRef& x, VectorRef tokens_out) const {
  look(x);
  for (Index k = 0; k < size(); ++k) {
    tokens_out[k] = predicted(static_cast<std::size_t>(k));
  }
}

bool LengthModel::observe(Index k, const ConstVectorRef& x, double tokens, double& predicted_out) {
  const auto index = static_cast<std::size_t>(k);
  look(x);
  predicted_out = predicted(index);
  if (!own_[index].update(own_features_, tokens, settings_.forgetting, own_workspace_)) {
    return false;
  }
  if (tokens > 0.0) {
    shortest_[index] = std::min(shortest_[index], tokens);
  }
  if (!shared_.empty()) {
    Level& level = levels_[index];
    level.tokens += tokens;
    level.calls += 1.0;
    shared_.front().update(shared_features_, tokens / (level.tokens / level.calls),
                           settings_.shared_forgetting, shared_workspace_);
    level.tokens *= settings_.forgetting;
    level.calls *= settings_.forgetting;
  }
  return true;
}

bool LengthModel::Fading::update(const ConstVectorRef& z, double y, double gamma, Factorisation& workspace) {
  try {
    posterior.update(z, y, weight);
  } catch (const std::invalid_argument&) {  // not finite, or its sums are not
    return false;
  } catch (const NumericalError&) {
    return false;
  }
  weight /= gamma;
  // If it cannot, for want of a Cholesky factor, it tries again with the next.
  if (weight > kLargestWeight && posterior.forget(1.0 / weight, workspace)) {
    weight = 1.0;
  }
  return true;
}

}  // namespace pilotage
