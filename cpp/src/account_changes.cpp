// Another limit, pace or horizon of a budget that is running.
#include <stdexcept>
#include <string>

#include "pilotage/accounts.hpp"
#include "pilotage/errors.hpp"

namespace pilotage {

void Accounts::change(std::size_t budget, std::optional<std::string_view> tenant,
                      const BudgetChange& change) {
  require_index("budget", static_cast<Index>(budgets_.size()), static_cast<Index>(budget));
  ScopedBudget& settings = budgets_[budget];
  const BudgetSettings changed = pilotage::changed(settings.spending, change);
  (void)make_ledger(changed);
  (void)make_policy(changed, list_price_);
  if (!tenant) {
    settings.spending = changed;
    for (Account& account : accounts_) {
      if (account.budget == budget) {
        this->change(account, change);
      }
    }
    return;
  }
  const bool each = settings.tenant == ScopedBudget::kEachTenant && !tenant->empty();
  if (!each && settings.tenant != *tenant) {
    throw std::invalid_argument("tenant must be one that the budget applies to, got '" +
                                std::string(*tenant) + "'");
  }
  for (const std::size_t a : scopes_[scope(*tenant)]) {
    if (accounts_[a].budget == budget) {
      this->change(accounts_[a], change);
    }
  }
}

void Accounts::change(Account& account, const BudgetChange& change) const {
  renew(account);
  account.spending = changed(account.spending, change);
  if (change.limit) {
    if (account.policy != nullptr) {
      account.policy->extend(*change.limit - account.ledger.limit());
    }
    account.ledger.set_limit(*change.limit);
  }
  if (account.policy != nullptr && change.rate) {
    account.policy->set_rate(*change.rate);
  }
  if (account.policy != nullptr && change.requests) {
    account.policy->set_requests(*change.requests);
  }
}

}  // namespace pilotage
