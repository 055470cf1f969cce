#include "pilotage/router.hpp"

#include <algorithm>
#include <string>

#include "pilotage/errors.hpp"
#include "pilotage/select.hpp"

namespace pilotage {

Router::Router(const RouterSettings& settings, std::span<const ModelSettings> models,
               const BudgetSettings& budget)
    : settings_(settings),
      bank_(settings.dim, settings.refactor_every),
      cost_model_(settings.dim, settings.cost),
      ledger_(make_ledger(budget)),
      policy_(make_policy(budget, static_cast<Index>(models.size()))),
      pending_(settings.dim, settings.capacity, settings.epoch),
      random_(settings.seed) {
  require_nonnegative("alpha", settings.alpha);
  require_unit_interval("exploration", settings.exploration);
  require_at_least("models", 1, static_cast<std::int64_t>(models.size()));
  for (const ModelSettings& model : models) {
    append(model);
  }
}

void Router::append(const ModelSettings& model) {
  require_size("prior_mean", dim(), model.prior_mean.size());
  CostModel cost_model = cost_model_;
  cost_model.add(model.prices, model.expected_output_tokens);
  bank_.add(model.prior_mean, model.strength);
  cost_model_ = std::move(cost_model);
  enabled_.push_back(1);
  for (Vector* workspace : {&mean_, &width_, &cost_, &cap_, &value_}) {
    workspace->setZero(bank_.size());
  }
}

Index Router::add(const ModelSettings& model) {
  const std::lock_guard lock(mutex_);
  append(model);
  return bank_.size() - 1;
}

void Router::enable(Index k, bool enabled) {
  const std::lock_guard lock(mutex_);
  require_index("model", bank_.size(), k);
  auto& flag = enabled_[static_cast<std::size_t>(k)];
  if (!enabled && flag != 0 && std::ranges::count(enabled_, std::uint8_t{1}) == 1) {
    throw std::invalid_argument("models must keep at least one enabled, got none");
  }
  flag = enabled ? 1 : 0;
}

void Router::set_prices(Index k, const Prices& prices) {
  const std::lock_guard lock(mutex_);
  cost_model_.set_prices(k, prices);
}

Decision Router::decide(const ConstVectorRef& x, double input_tokens, std::optional<double> max_tokens,
                        bool explore, std::span<std::uint8_t> eligible_out) {
  require_size("x", dim(), x.size());
  require_finite("x", x);
  require_nonnegative("input_tokens", input_tokens);
  if (max_tokens) {
    require_positive("max_tokens", *max_tokens);
  }
  const std::lock_guard lock(mutex_);
  require_size("eligible", bank_.size(), static_cast<Index>(eligible_out.size()));

  bank_.means(x, settings_.score, mean_);
  cost_model_.predict(x, input_tokens, cost_);
  value_ = mean_;
  if (explore) {
    // score = mean + alpha sqrt(x' A^-1 x)
    bank_.widths(x, width_);
    value_ += settings_.alpha * width_;
  }
  require_finite("score of x", value_);  // x is, but its products may overflow

  for (Index k = 0; k < bank_.size(); ++k) {
    if (max_tokens) {
      cap_[k] = cost_model_.worst_case(k, input_tokens, *max_tokens);
      cost_[k] = std::min(cost_[k], cap_[k]);  // an answer is cut at its limit
    } else {
      cap_[k] = cost_model_.high(k, input_tokens, cost_[k]);
    }
    to_nanodollars("expected cost", cost_[k]);
    const NanoDollars cap = to_nanodollars(max_tokens ? "worst-case cost" : "high cost", cap_[k]);
    const auto index = static_cast<std::size_t>(k);
    eligible_out[index] = enabled_[index] != 0 && ledger_.affords(cap) ? 1 : 0;
  }
  // From here on nothing throws: the request counts.
  const Verdict verdict = policy_->admit(value_, cost_, cap_, eligible_out);
  if (refuses(verdict.reason)) {
    std::ranges::fill(eligible_out, std::uint8_t{0});
    Decision refusal;
    refusal.reason = verdict.reason;
    return refusal;
  }

  // argmax of score - lambda * cost
  value_ -= verdict.dual_price * cost_;
  Decision decision;
  decision.reason = verdict.reason;
  decision.model = select(value_, cost_, eligible_out);
  decision.propensity = 1.0;
  if (explore && settings_.exploration > 0.0) {
    const Index best = decision.model;
    const auto candidates = std::ranges::count(eligible_out, std::uint8_t{1});
    if (random_.uniform() < settings_.exploration) {
      std::int64_t drawn = random_.below(candidates);
      Index k = 0;
      while (eligible_out[static_cast<std::size_t>(k)] == 0 || drawn-- > 0) {
        ++k;
      }
      decision.model = k;
      decision.reason = k == best ? verdict.reason : Reason::kExploration;
    }
    // P(k) = epsilon / n + (1 - epsilon) [k is best]
    decision.propensity = settings_.exploration / static_cast<double>(candidates);
    decision.propensity += decision.model == best ? 1.0 - settings_.exploration : 0.0;
  }
  decision.expected_reward = mean_[decision.model];
  decision.width = explore ? width_[decision.model] : 0.0;
  decision.expected_cost = to_nanodollars("expected cost", cost_[decision.model]);
  decision.reserved = to_nanodollars("cap", cap_[decision.model]);

  expire_oldest();
  PendingDecision& pending = pending_.push(x);
  pending.model = static_cast<std::int32_t>(decision.model);
  pending.account = account_;
  pending.input_tokens = input_tokens;
  pending.prices = cost_model_.prices(decision.model);
  pending.expected = decision.expected_cost;
  pending.reserved = decision.reserved;
  pending.open = true;
  ledger_.reserve(decision.reserved);
  policy_->commit(decision.expected_cost);
  decision.id = pending.id;
  return decision;
}

void Router::expire_oldest() {
  const PendingDecision* oldest = pending_.oldest();
  if (oldest == nullptr || !oldest->open || oldest->account != account_) {
    return;
  }
  // Nobody said what the call cost: charge what was set aside, never nothing.
  ledger_.settle(oldest->reserved, oldest->reserved);
  policy_->correct(oldest->expected, oldest->reserved);
  ++expired_;
}

Status Router::absent(DecisionId id) const { return pending_.issued(id) ? Status::kLate : Status::kUnknown; }

Status Router::settle(DecisionId id, double usd) {
  to_nanodollars("cost", usd);
  const std::lock_guard lock(mutex_);
  PendingDecision* pending = pending_.find(id);
  return pending == nullptr ? absent(id) : settle_locked(*pending, pending->input_tokens, usd);
}

Status Router::settle(DecisionId id, double input_tokens, double output_tokens) {
  require_nonnegative("input_tokens", input_tokens);
  require_nonnegative("output_tokens", output_tokens);
  const std::lock_guard lock(mutex_);
  PendingDecision* pending = pending_.find(id);
  if (pending == nullptr) {
    return absent(id);
  }
  const double usd = pending->prices.of(input_tokens, output_tokens);
  to_nanodollars("cost", usd);
  return settle_locked(*pending, input_tokens, usd);
}

Status Router::settle_locked(PendingDecision& pending, double input_tokens, double usd) {
  const NanoDollars actual = to_nanodollars("cost", usd);
  if (!pending.open) {
    const bool same = !pending.released && pending.settled == actual;
    return same ? Status::kDuplicate : Status::kConflict;
  }
  cost_model_.observe(pending.model, pending_.context(pending.id), pending.prices, input_tokens, usd);
  pending.open = false;
  pending.settled = actual;
  if (pending.account == account_) {
    ledger_.settle(pending.reserved, actual);
    policy_->correct(pending.expected, actual);
  }
  return Status::kApplied;
}

Status Router::release(DecisionId id) {
  const std::lock_guard lock(mutex_);
  PendingDecision* pending = pending_.find(id);
  if (pending == nullptr) {
    return absent(id);
  }
  if (!pending->open || pending->reward) {
    return pending->released ? Status::kDuplicate : Status::kConflict;
  }
  pending->open = false;
  pending->released = true;
  if (pending->account == account_) {
    ledger_.release(pending->reserved);
    policy_->correct(pending->expected, 0);
  }
  return Status::kApplied;
}

Status Router::feedback(DecisionId id, double reward) {
  require_unit_interval("reward", reward);
  const std::lock_guard lock(mutex_);
  PendingDecision* pending = pending_.find(id);
  if (pending == nullptr) {
    return absent(id);
  }
  if (pending->released) {
    return Status::kConflict;
  }
  if (pending->reward) {
    return *pending->reward == reward ? Status::kDuplicate : Status::kConflict;
  }
  bank_.update(pending->model, pending_.context(id), reward);
  pending->reward = reward;
  return Status::kApplied;
}

void Router::set_budget(const BudgetSettings& budget) {
  Ledger ledger = make_ledger(budget);
  const std::lock_guard lock(mutex_);
  std::unique_ptr<BudgetPolicy> policy = make_policy(budget, bank_.size());
  ledger_ = ledger;
  policy_ = std::move(policy);
  ++account_;
  expired_ = 0;
}

Index Router::size() const {
  const std::lock_guard lock(mutex_);
  return bank_.size();
}

BudgetState Router::budget() const {
  const std::lock_guard lock(mutex_);
  return {ledger_.limit(),    ledger_.settled(), ledger_.reserved(), ledger_.remaining(), ledger_.overrun(),
          ledger_.overruns(), expired_};
}

void Router::estimate(const ConstVectorRef& x, double input_tokens, VectorRef reward_out, VectorRef width_out,
                      VectorRef usd_out) const {
  require_size("x", dim(), x.size());
  require_finite("x", x);
  require_nonnegative("input_tokens", input_tokens);
  const std::lock_guard lock(mutex_);
  for (const Index size : {reward_out.size(), width_out.size(), usd_out.size()}) {
    require_size("out", bank_.size(), size);
  }
  bank_.means(x, settings_.score, reward_out);
  bank_.widths(x, width_out);
  cost_model_.predict(x, input_tokens, usd_out);
}

Posterior Router::posterior(Index k) const {
  const std::lock_guard lock(mutex_);
  return bank_[k];
}

}  // namespace pilotage
