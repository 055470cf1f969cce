#include "pilotage/router.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "pilotage/caps.hpp"
#include "pilotage/errors.hpp"

namespace pilotage {

namespace {

double whole_answer(double max_output_tokens) {
  if (!(std::isfinite(max_output_tokens) && max_output_tokens >= 1.0)) {
    throw std::invalid_argument("max_output_tokens must be finite and >= 1, got " +
                                std::to_string(max_output_tokens));
  }
  return std::min(std::floor(max_output_tokens), kLongestAnswer);
}

double bound_of(double max_output_tokens, bool bounded) {
  return bounded ? max_output_tokens : kLongestAnswer;
}

Vector listed(std::span<const ModelSettings> models) {
  Vector list_price(static_cast<Index>(models.size()));
  std::ranges::transform(models, list_price.begin(),
                         [](const ModelSettings& model) { return model.prices.listed(); });
  return list_price;
}

}  // namespace

Router::Router(const RouterSettings& settings, std::span<const ModelSettings> models, Budgets budgets)
    : settings_(settings),
      bank_(settings.dim, settings.refactor_every, settings.forgetting),
      ageing_(settings.halved_after),
      cost_model_(settings.dim, settings.cost),
      pending_(settings.dim, settings.capacity, settings.epoch),
      accounts_(std::move(budgets), listed(models), pending_.next_id()),
      random_(settings.seed),
      heard_(Vector::Zero(settings.dim)) {
  require_nonnegative("alpha", settings.alpha);
  if (const auto& least = settings.least_alpha; least && !(*least >= 0.0 && *least <= settings.alpha)) {
    throw std::invalid_argument("least_alpha must be in [0, alpha], got " + std::to_string(*least));
  }
  require_unit_interval("exploration", settings.exploration);
  require_at_least("models", 1, static_cast<std::int64_t>(models.size()));
  require_at_least("halved_after", 1, settings.halved_after);
  if (settings.fallback) {
    require_size("fallback", dim(), settings.fallback->dim());
  }
  for (const ModelSettings& model : models) {
    append(model);
  }
}

Router::Router(const RouterSettings& settings, std::span<const ModelSettings> models,
               const BudgetSettings& budget)
    : Router(settings, models, Budgets{{budget}}) {}

void Router::append(const ModelSettings& model) {
  require_size("prior_mean", dim(), model.prior.dim());
  const double longest = whole_answer(model.max_output_tokens);
  CostModel cost_model = cost_model_;
  cost_model.add(model.prices, model.expected_output_tokens);
  const bool refuted = settings_.fallback && prior_test_.refuted();
  bank_.add(refuted ? *settings_.fallback : model.prior);
  followers_ += settings_.like_pool ? 1 : 0;
  prior_test_.add(model.informed);
  cost_model_ = std::move(cost_model);
  enabled_.push_back(1);
  longest_.push_back(longest);
  bound_.push_back(bound_of(longest, model.bounded));
  calibration_.emplace_back();
  accounts_.reprice(cost_model_.list_prices());
  for (Vector* workspace : {&mean_, &width_, &error_, &cost_, &high_, &high_tokens_, &value_}) {
    workspace->setZero(bank_.size());
  }
  contender_.resize(enabled_.size());
}

Index Router::add(const ModelSettings& model) {
  const std::scoped_lock both(learning_, mutex_);
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
  accounts_.reprice(cost_model_.list_prices());
}

void Router::set_max_output_tokens(Index k, double tokens, bool bounded) {
  const std::lock_guard lock(mutex_);
  require_index("model", bank_.size(), k);
  const double longest = whole_answer(tokens);
  longest_[static_cast<std::size_t>(k)] = longest;
  bound_[static_cast<std::size_t>(k)] = bound_of(longest, bounded);
}

bool Router::prior_refuted() const {
  const std::lock_guard lock(mutex_);
  return prior_test_.refuted();
}

void Router::set_budgets(Budgets budgets) {
  const std::lock_guard lock(mutex_);
  accounts_ = Accounts(std::move(budgets), cost_model_.list_prices(), pending_.next_id());
}

void Router::set_budget(const BudgetSettings& budget) { set_budgets({{budget}}); }

void Router::refill(std::size_t budget) {
  const std::lock_guard lock(mutex_);
  accounts_.refill(budget, pending_.next_id());
}

void Router::change_budget(std::size_t budget, std::optional<std::string_view> tenant,
                           const BudgetChange& change) {
  const std::lock_guard lock(mutex_);
  accounts_.change(budget, tenant, change);
}

Outside Router::outside() const {
  const std::lock_guard lock(mutex_);
  return outside_;
}

Index Router::size() const {
  const std::lock_guard lock(mutex_);
  return bank_.size();
}

BudgetState Router::budget() const {
  const std::lock_guard lock(mutex_);
  return accounts_.first();
}

std::vector<AccountState> Router::budgets() const {
  const std::lock_guard lock(mutex_);
  return accounts_.all();
}

std::vector<AccountState> Router::budgets(std::string_view tenant) const {
  const std::lock_guard lock(mutex_);
  return accounts_.all(tenant);
}

std::vector<CostCalibration> Router::calibration() const {
  const std::lock_guard lock(mutex_);
  std::vector<CostCalibration> all = calibration_;
  for (Index k = 0; k < bank_.size(); ++k) {
    all[static_cast<std::size_t>(k)].quantile = settings_.cost.quantile;
    all[static_cast<std::size_t>(k)].factor = cost_model_.factor(k);
  }
  return all;
}

void Router::estimate(const ConstVectorRef& x, double input_tokens, VectorRef reward_out, VectorRef width_out,
                      VectorRef usd_out, bool estimated) const {
  require_size("x", dim(), x.size());
  require_finite(kContext, x);
  require_nonnegative("input_tokens", input_tokens);
  const std::lock_guard lock(mutex_);
  for (const Index size : {reward_out.size(), width_out.size(), usd_out.size()}) {
    require_size("out", bank_.size(), size);
  }
  means(x, reward_out);
  bank_.widths(x, width_out);
  cost_model_.predict(x, input_of(input_tokens, estimated).tokens.expected, usd_out);
}

Posterior Router::posterior(Index k) const {
  const std::scoped_lock both(learning_, mutex_);
  return bank_.current(k);
}

}  // namespace pilotage
