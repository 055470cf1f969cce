// What rewards teach, and what is expected of models that have none.
#include <mutex>

#include "pilotage/errors.hpp"
#include "pilotage/router.hpp"

namespace pilotage {

namespace {

constexpr double kShortest = 1e-12;  // x'x of a first context; of a shorter one nothing is concluded

}  // namespace

bool Router::follows(Index k) const { return settings_.like_pool && bank_[k].updates() == 0; }

bool Router::leads(Index k) const {
  return enabled_[static_cast<std::size_t>(k)] != 0 && bank_[k].updates() > 0;
}

void Router::means(const ConstVectorRef& x, VectorRef means_out) const {
  bank_.means(x, settings_.score, means_out);
  if (followers_ == 0) {
    return;
  }
  // (mean of theta_j)'x = mean of theta_j'x
  double sum = 0.0;
  double leaders = 0.0;
  for (Index k = 0; k < bank_.size(); ++k) {
    if (leads(k)) {
      sum += means_out[k];
      leaders += 1.0;
    }
  }
  for (Index k = 0; leaders > 0.0 && k < bank_.size(); ++k) {
    if (follows(k)) {
      means_out[k] = sum / leaders;
    }
  }
}

Vector Router::like_pool(const Vector& before, const ConstVectorRef& x, double reward) const {
  const std::lock_guard lock(mutex_);
  Vector theta = Vector::Zero(dim());
  double leaders = 0.0;
  for (Index k = 0; k < bank_.size(); ++k) {
    if (leads(k)) {
      theta += bank_[k].theta();
      leaders += 1.0;
    }
  }
  if (leaders > 0.0) {
    return theta / leaders;
  }
  // theta'x = reward, the shortest that there is
  const double squared = x.squaredNorm();
  return squared > kShortest ? Vector(reward / squared * x) : before;
}

Status Router::feedback(DecisionId id, double reward) {
  require_unit_interval("reward", reward);
  const std::lock_guard learning(learning_);
  return learn_reward(id, reward);
}

std::optional<Status> Router::refused_reward(DecisionId id, double reward) {
  const PendingDecision* pending = pending_.find(id);
  if (pending == nullptr) {
    return absent(id);
  }
  if (pending->outcome == Outcome::kReleased) {
    return Status::kConflict;
  }
  if (pending->reward) {
    return *pending->reward == reward ? Status::kDuplicate : Status::kConflict;
  }
  return std::nullopt;
}

Status Router::learn_reward(DecisionId id, double reward) {
  std::unique_lock lock(mutex_);
  if (const std::optional<Status> refused = refused_reward(id, reward)) {
    return *refused;
  }
  const Index k = pending_.find(id)->model;
  heard_ = pending_.context(id);
  lock.unlock();
  if (follows(k)) {
    return learn_first(k, id, reward);
  }
  bank_.prepare(k, heard_, reward);
  return take_prepared(k, heard_, id, reward);
}

Status Router::learn_first(Index k, DecisionId id, double reward) {
  const Vector before = bank_[k].theta();
  const auto start_at = [&](const ConstVectorRef& theta) {
    const std::lock_guard lock(mutex_);
    bank_.start_at(k, theta);
  };
  start_at(like_pool(before, heard_, reward));
  try {
    bank_.prepare(k, heard_, reward);
    const Status status = take_prepared(k, heard_, id, reward);
    if (status != Status::kApplied) {
      start_at(before);
    }
    return status;
  } catch (...) {
    start_at(before);
    throw;
  }
}

Status Router::take_prepared(Index k, const ConstVectorRef& x, DecisionId id, double reward) {
  const double predicted = bank_[k].mean(x);
  std::unique_lock lock(mutex_);
  if (const std::optional<Status> refused = refused_reward(id, reward)) {  // released meanwhile, or forgotten
    return *refused;
  }
  pending_.find(id)->reward = reward;
  followers_ -= follows(k) ? 1 : 0;
  bank_.commit(k);
  if (!prior_in_doubt()) {
    lock.unlock();
  }
  bank_.conclude(k);
  if (lock.owns_lock()) {
    doubt_prior(k, predicted, reward);
  }
  return Status::kApplied;
}

bool Router::prior_in_doubt() const {
  return settings_.fallback && !prior_test_.refuted() && !ageing_.over();
}

void Router::doubt_prior(Index k, double predicted, double reward) {
  if (!settings_.fallback) {
    return;
  }
  if (ageing_.tested()) {
    prior_test_.observe(k, predicted, reward);
  }
  if (prior_test_.refuted()) {
    bank_.exchange(*settings_.fallback);
  } else if (const Index older = ageing_.tick(bank_.size()); older >= 0) {
    bank_.exchange(older, *settings_.fallback, 0.5);
  }
}

std::unique_lock<SpinningMutex> Router::learning_if_models_forget() {
  return settings_.forgetting < 1.0 ? std::unique_lock(learning_) : std::unique_lock<SpinningMutex>();
}

}  // namespace pilotage
