#include "pilotage/spend.hpp"

#include <string_view>
#include <vector>

#include "pilotage/errors.hpp"
#include "pilotage/select.hpp"

namespace pilotage {

namespace {

void require_costs(std::string_view name, const ConstRowMatrixRef& costs) {
  for (Index i = 0; i < costs.rows(); ++i) {
    for (Index k = 0; k < costs.cols(); ++k) {
      to_nanodollars(name, costs(i, k));
    }
  }
}

}  // namespace

void spend(const BudgetSettings& budget, const ConstRowMatrixRef& reward, const ConstRowMatrixRef& cost,
           const ConstRowMatrixRef& actual, const ConstVectorRef& list_price,
           std::span<std::int64_t> choice_out) {
  require_at_least("models", 1, reward.cols());
  require_shape("cost", reward.rows(), reward.cols(), cost);
  require_shape("actual", reward.rows(), reward.cols(), actual);
  require_size("choice", reward.rows(), static_cast<Index>(choice_out.size()));
  for (Index i = 0; i < reward.rows(); ++i) {
    require_finite("reward", reward.row(i).transpose());
  }
  require_costs("cost", cost);
  require_costs("actual", actual);
  require_size("list_price", reward.cols(), list_price.size());
  for (const double price : list_price) {
    require_nonnegative("list_price", price);
  }

  Ledger ledger = make_ledger(budget);
  const std::unique_ptr<BudgetPolicy> policy = make_policy(budget, list_price);
  std::vector<std::uint8_t> eligible(static_cast<std::size_t>(reward.cols()));
  Vector values(reward.cols());
  Vector costs(reward.cols());
  for (Index i = 0; i < reward.rows(); ++i) {
    values = reward.row(i);
    costs = cost.row(i);
    for (Index k = 0; k < costs.size(); ++k) {
      eligible[static_cast<std::size_t>(k)] = ledger.affords(to_nanodollars("cost", costs[k])) ? 1 : 0;
    }
    const Verdict verdict = policy->admit(values, costs, costs, eligible);
    std::int64_t& choice = choice_out[static_cast<std::size_t>(i)];
    choice = -1;
    if (refuses(verdict.reason)) {
      continue;
    }
    values -= verdict.dual_price * costs;
    choice = select(values, costs, eligible);
    const NanoDollars expected = to_nanodollars("cost", costs[choice]);
    const NanoDollars charged = to_nanodollars("actual", actual(i, choice));
    ledger.reserve(expected);
    policy->commit(expected);
    ledger.settle(expected, charged);
    policy->correct(expected, charged);
  }
}

}  // namespace pilotage
