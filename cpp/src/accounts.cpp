#include "pilotage/accounts.hpp"

#include <algorithm>

#include "pilotage/caps.hpp"
#include "pilotage/errors.hpp"

namespace pilotage {

Accounts::Accounts(Budgets budgets, const ConstVectorRef& list_price, DecisionId since)
    : budgets_(std::move(budgets)), list_price_(list_price), since_(since) {
  if (budgets_.empty()) {
    budgets_.push_back({NoBudget{}});
  }
  periods_.assign(budgets_.size(), {.since = since});
  Places everybody;
  for (std::size_t b = 0; b < budgets_.size(); ++b) {
    const std::string& tenant = budgets_[b].tenant;
    if (tenant == ScopedBudget::kEachTenant) {
      (void)make_ledger(budgets_[b].spending);  // refused now, not at some tenant's first decision
      (void)make_policy(budgets_[b].spending, list_price_);
      continue;
    }
    const std::size_t account = open(b, tenant);
    accounts_[account].policy = make_policy(budgets_[b].spending, list_price_);
    (tenant.empty() ? everybody : named_[tenant]).push_back(account);
  }
  scopes_.push_back(std::move(everybody));
  reprice(list_price);
}

std::size_t Accounts::open(std::size_t budget, std::string_view tenant) {
  const ScopedBudget& settings = budgets_[budget];
  accounts_.push_back({.budget = budget,
                       .tenant = std::string(tenant),
                       .spending = settings.spending,
                       .period = periods_[budget].number,
                       .ledger = make_ledger(settings.spending),
                       .policy = nullptr});
  to_renew_ += to_renew_ > 0 ? 1 : 0;  // the walk passes it, too
  return accounts_.size() - 1;
}

bool Accounts::over(const Account& account) const {
  return account.period != periods_[account.budget].number;
}

void Accounts::renew(Account& account) const {
  if (over(account)) {
    account.period = periods_[account.budget].number;
    account.ledger = make_ledger(account.spending);
    account.policy = nullptr;
    account.expired = 0;
  }
}

// At the end of a call, which is off the path of an answer.
void Accounts::renew_another() {
  if (to_renew_ > 0) {
    next_to_renew_ = next_to_renew_ < accounts_.size() ? next_to_renew_ : 0;
    renew(accounts_[next_to_renew_]);
    ++next_to_renew_;
    --to_renew_;
  }
}

void Accounts::wake(Scope scope) {
  for (const std::size_t a : scopes_[scope]) {
    Account& account = accounts_[a];
    renew(account);
    if (account.policy == nullptr) {
      account.policy = make_policy(account.spending, list_price_);
    }
  }
}

Accounts::Scope Accounts::scope(std::string_view tenant) {
  if (tenant.empty()) {
    wake(0);
    return 0;
  }
  if (const auto known = tenants_.find(tenant); known != tenants_.end()) {
    wake(known->second);
    return known->second;
  }
  Places places = scopes_.front();
  if (const auto own = named_.find(tenant); own != named_.end()) {
    places.insert(places.end(), own->second.begin(), own->second.end());
  }
  for (std::size_t b = 0; b < budgets_.size(); ++b) {
    if (budgets_[b].tenant == ScopedBudget::kEachTenant) {
      places.push_back(open(b, tenant));
    }
  }
  const auto scope = static_cast<Scope>(scopes_.size());
  scopes_.push_back(std::move(places));
  tenants_.emplace(tenant, scope);
  wake(scope);
  return scope;
}

NanoDollars Accounts::room(Scope scope) const {
  NanoDollars least = kUnlimited;
  for (const std::size_t a : scopes_[scope]) {
    least = std::min(least, accounts_[a].ledger.room());
  }
  return least;
}

bool Accounts::hard(Scope scope) const {
  return std::ranges::any_of(scopes_[scope], [&](std::size_t a) {
    return !budgets_[accounts_[a].budget].soft && accounts_[a].ledger.limit() != kUnlimited;
  });
}

NanoDollars Accounts::share(Scope scope, bool asked) const {
  NanoDollars least = kUnlimited;
  for (const std::size_t a : scopes_[scope]) {
    const Ledger& ledger = accounts_[a].ledger;
    least = std::min(least, pilotage::share(ledger.room(), ledger.calls(), asked));
  }
  return least;
}

Verdict Accounts::admit(Scope scope, const ConstVectorRef& reward, const ConstVectorRef& cost,
                        const ConstVectorRef& high, std::span<std::uint8_t> eligible) {
  std::ranges::copy(eligible, affordable_.begin());
  Verdict joint{Reason::kBest, 0.0};
  std::optional<Reason> refusal;  // kInsufficientBudget if any account says so
  for (const std::size_t a : scopes_[scope]) {
    std::ranges::copy(affordable_, admitted_.begin());
    const Verdict verdict = accounts_[a].policy->admit(reward, cost, high, admitted_);
    const bool refused = refuses(verdict.reason);
    if (refused) {
      refusal = std::min(refusal.value_or(verdict.reason), verdict.reason);
    }
    std::ranges::transform(eligible, admitted_, eligible.begin(), [&](std::uint8_t all, std::uint8_t one) {
      return static_cast<std::uint8_t>(refused ? 0 : all & one);
    });
    joint.reason = std::max(joint.reason, verdict.reason);
    joint.dual_price = std::max(joint.dual_price, verdict.dual_price);
  }
  if (std::ranges::find(eligible, std::uint8_t{1}) == eligible.end()) {
    return {refusal.value_or(Reason::kInsufficientBudget), 0.0};
  }
  return joint;
}

template <class Act>
void Accounts::each(const PendingDecision& call, NanoDollars charged, const Act& act) {
  if (precedes(call) || call.scope == kOutside) {
    return;
  }
  for (const std::size_t a : scopes_[call.scope]) {
    Account& account = accounts_[a];
    if (call.id >= periods_[account.budget].since) {
      act(account);
    } else {
      account.after_period += std::min(charged, kUnlimited - account.after_period);
    }
  }
}

void Accounts::reserve(const PendingDecision& call) {
  each(call, 0, [&](Account& account) {
    account.ledger.reserve(call.reserved);
    account.policy->commit(call.expected);
  });
}

void Accounts::settle(const PendingDecision& call, NanoDollars actual) {
  each(call, actual, [&](Account& account) {
    account.ledger.settle(call.reserved, actual);
    account.policy->correct(call.expected, actual);
  });
  renew_another();
}

void Accounts::release(const PendingDecision& call) {
  each(call, 0, [&](Account& account) {
    account.ledger.release(call.reserved);
    account.policy->correct(call.expected, 0);
  });
  renew_another();
}

void Accounts::expire(const PendingDecision& call) {
  each(call, call.reserved, [&](Account& account) {
    account.ledger.settle(call.reserved, call.reserved);
    account.policy->correct(call.expected, call.reserved);
    ++account.expired;
  });
  renew_another();
}

void Accounts::refill(std::size_t budget, DecisionId since) {
  require_index("budget", static_cast<Index>(budgets_.size()), static_cast<Index>(budget));
  Period& period = periods_[budget];
  ++period.number;
  period.since = since;
  to_renew_ = accounts_.size();
}

void Accounts::reprice(const ConstVectorRef& list_price) {
  list_price_ = list_price;
  affordable_.resize(static_cast<std::size_t>(list_price.size()));
  admitted_.resize(static_cast<std::size_t>(list_price.size()));
  for (const Account& account : accounts_) {
    if (account.policy != nullptr) {
      account.policy->reprice(list_price);
    }
  }
}

AccountState Accounts::state(const Account& account) const {
  const Ledger ledger = over(account) ? make_ledger(account.spending) : account.ledger;
  return {account.budget,
          account.tenant,
          {ledger.limit(), ledger.settled(), ledger.reserved(), ledger.remaining(), ledger.overrun(),
           ledger.overruns(), over(account) ? 0 : account.expired, account.after_period}};
}

std::size_t Accounts::policies() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(accounts_, [](const Account& account) { return account.policy != nullptr; }));
}

BudgetState Accounts::first() const {
  return accounts_.empty() ? BudgetState{kUnlimited, 0, 0, kUnlimited, 0, 0, 0, 0}
                           : state(accounts_.front()).state;
}

std::vector<AccountState> Accounts::all() const {
  std::vector<AccountState> states;
  states.reserve(accounts_.size());
  for (const Account& account : accounts_) {
    states.push_back(state(account));
  }
  return states;
}

std::vector<AccountState> Accounts::all(std::string_view tenant) const {
  const auto known = tenants_.find(tenant);
  std::vector<AccountState> states;
  for (const std::size_t a : scopes_[known == tenants_.end() ? 0 : known->second]) {
    states.push_back(state(accounts_[a]));
  }
  return states;
}

}  // namespace pilotage
