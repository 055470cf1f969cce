// Batches: what `decide` and `feedback` do, each model's memory read once for several.
#include <algorithm>
#include <numeric>
#include <vector>

#include "pilotage/caps.hpp"
#include "pilotage/errors.hpp"
#include "pilotage/router.hpp"

namespace pilotage {

void Router::decide_many(const ConstMatrixRef& contexts, const ConstVectorRef& input_tokens,
                         std::optional<double> max_tokens, bool explore, std::span<Decision> decisions_out,
                         Eigen::Ref<Eigen::Array<std::uint8_t, -1, -1>> eligible, std::string_view tenant,
                         bool estimated) {
  const Index n = contexts.cols();
  require_size("x", dim(), contexts.rows());
  require_size("input_tokens", n, input_tokens.size());
  require_size("decisions", n, static_cast<Index>(decisions_out.size()));
  for (Index i = 0; i < n; ++i) {
    require_finite(kContext, contexts.col(i));
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
    means(contexts.col(i), mean.col(i));
    require_finite(kScore, mean.col(i) + settings_.alpha * width.col(i));  // the widest bound
    foresee(contexts.col(i), input_of(input_tokens[i], estimated).tokens.expected);
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
        decide_weighed(contexts.col(i), input_of(input_tokens[i], estimated), limit, explore,
                       {eligible.col(i).data(), static_cast<std::size_t>(models)}, scope);
  }
  for (const Decision& decision : decisions_out) {
    if (!refuses(decision.reason)) {
      bank_.tick();
    }
  }
}

void Router::feedback_many(std::span<const DecisionId> ids, const ConstVectorRef& rewards,
                           std::span<Status> statuses_out) {
  require_size("rewards", static_cast<Index>(ids.size()), rewards.size());
  require_size("statuses", rewards.size(), static_cast<Index>(statuses_out.size()));
  for (const double reward : rewards) {
    require_unit_interval("reward", reward);
  }
  std::vector<std::size_t> order(ids.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<Index> called(ids.size(), -1);
  // While priors are in doubt, or one of the models starts like the pool, what one model's reward says may
  // change another's.
  if (const std::scoped_lock both(learning_, mutex_); !prior_in_doubt()) {
    for (const std::size_t i : order) {
      const PendingDecision* pending = pending_.find(ids[i]);
      called[i] = pending == nullptr ? -1 : pending->model;
    }
    if (std::ranges::any_of(called, [&](Index k) { return k >= 0 && follows(k); })) {
      std::ranges::fill(called, Index{-1});
    }
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return called[i]; });
  }
  std::span<const std::size_t> left(order);
  while (!left.empty()) {
    const Index k = called[left.front()];
    std::size_t n = 1;
    while (n < std::min(left.size(), static_cast<std::size_t>(kBatch)) && called[left[n]] == k) {
      ++n;
    }
    const std::lock_guard learning(learning_);
    if (k >= 0 && bank_[k].reads_together()) {
      learn_together(k, left.first(n), ids, rewards, statuses_out);
    } else {
      for (const std::size_t i : left.first(n)) {
        statuses_out[i] = learn_reward(ids[i], rewards[static_cast<Index>(i)]);
      }
    }
    left = left.subspan(n);
  }
}

void Router::learn_together(Index k, std::span<const std::size_t> which, std::span<const DecisionId> ids,
                            const ConstVectorRef& rewards, std::span<Status> statuses_out) {
  Matrix contexts(dim(), static_cast<Index>(which.size()));
  std::vector<std::size_t> heard;
  std::unique_lock lock(mutex_);
  for (const std::size_t i : which) {
    if (const std::optional<Status> refused = refused_reward(ids[i], rewards[static_cast<Index>(i)])) {
      statuses_out[i] = *refused;
    } else {
      contexts.col(static_cast<Index>(heard.size())) = pending_.context(ids[i]);
      heard.push_back(i);
    }
  }
  lock.unlock();
  const auto n = static_cast<Index>(heard.size());
  Matrix products(dim(), n);
  bank_[k].products(contexts.leftCols(n), products);
  for (Index column = 0; column < n; ++column) {
    const std::size_t i = heard[static_cast<std::size_t>(column)];
    const double reward = rewards[static_cast<Index>(i)];
    bank_.prepare(k, contexts.col(column), products.col(column), reward);
    statuses_out[i] = take_prepared(k, contexts.col(column), ids[i], reward);
    if (statuses_out[i] == Status::kApplied) {
      const Index later = n - column - 1;
      bank_[k].follow(contexts.middleCols(column + 1, later), products.rightCols(later));
    }
  }
}

}  // namespace pilotage
