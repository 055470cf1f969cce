// Batches: what `decide` and `feedback` do, many times under one lock.
#include "pilotage/caps.hpp"
#include "pilotage/errors.hpp"
#include "pilotage/router.hpp"

namespace pilotage {

void Router::decide_many(const ConstMatrixRef& contexts, const ConstVectorRef& input_tokens,
                         std::optional<double> max_tokens, bool explore, std::span<Decision> decisions_out,
                         Eigen::Ref<Eigen::Array<std::uint8_t, -1, -1>> eligible, std::string_view tenant) {
  const Index n = contexts.cols();
  require_size("x", dim(), contexts.rows());
  require_size("input_tokens", n, input_tokens.size());
  require_size("decisions", n, static_cast<Index>(decisions_out.size()));
  for (Index i = 0; i < n; ++i) {
    require_finite("x", contexts.col(i));
    require_nonnegative("input_tokens", input_tokens[i]);
  }
  const std::optional<double> limit = wanted_limit(max_tokens);
  const auto learning = learning_if_models_forget();
  const std::lock_guard lock(mutex_);
  const Index models = bank_.size();
  require_size("eligible", models, eligible.rows());

  // Everything that throws, for all, before anything is decided.
  Matrix width = Matrix::Zero(models, n);
  Matrix error = Matrix::Zero(models, n);
  if (explore) {
    bank_.rough_widths(contexts, width, error);
  }
  Matrix mean(models, n);
  Matrix cost(models, n);
  Matrix high_tokens(models, n);
  for (Index i = 0; i < n; ++i) {
    bank_.means(contexts.col(i), settings_.score, mean.col(i));
    require_finite("score of x", mean.col(i) + settings_.alpha * width.col(i));  // the widest bound
    foresee(contexts.col(i), input_tokens[i], limit);
    cost.col(i) = cost_;
    high_tokens.col(i) = high_tokens_;
  }

  const Accounts::Scope scope = accounts_.scope(tenant);
  for (Index i = 0; i < n; ++i) {
    mean_ = mean.col(i);
    width_ = width.col(i);
    error_ = error.col(i);
    value_ = mean_ + alpha() * width_;
    cost_ = cost.col(i);
    high_tokens_ = high_tokens.col(i);
    decisions_out[static_cast<std::size_t>(i)] =
        decide_weighed(contexts.col(i), input_tokens[i], limit, explore,
                       {eligible.col(i).data(), static_cast<std::size_t>(models)}, scope);
  }
}

void Router::feedback_many(std::span<const DecisionId> ids, const ConstVectorRef& rewards,
                           std::span<Status> statuses_out) {
  require_size("rewards", static_cast<Index>(ids.size()), rewards.size());
  require_size("statuses", rewards.size(), static_cast<Index>(statuses_out.size()));
  for (const double reward : rewards) {
    require_unit_interval("reward", reward);
  }
  const std::lock_guard learning(learning_);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    statuses_out[i] = learn_reward(ids[i], rewards[static_cast<Index>(i)]);
  }
}

}  // namespace pilotage
