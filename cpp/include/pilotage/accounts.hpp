// Several budgets at once: the accounts that a decision must be inside of, all of them.
//
//   room       = min over accounts of what is neither settled nor reserved
//   eligible   = what every account's policy allows
//   dual price = max over accounts
//
// and what is reserved, settled, released or expired is so in each. Every account's price is what keeps it,
// alone, within its money, and so does any higher one: the largest is the lowest that keeps them all. At the
// sum too little would be spent at first, and what is left over on requests that earn less.
//
// A budget applies to every decision, to one tenant's, or to each tenant's: then everyone has an account of
// their own, opened at first sight. Which accounts apply depends on the tenant alone: that list is a scope,
// made once, and a decision remembers its number, so that nothing is allocated per decision.
//
// A refill begins a new period: accounts are closed and opened anew, policy and all, for the decisions that
// follow. It takes no time itself, however many accounts there are: each is renewed when its tenant next
// decides, and one more with every call that ends, so that what the policies of idle tenants remember, 20 kB
// where they are paced, is freed; a few hundred bytes of them stay as long as the budget. A call belongs to
// the period in which it was decided: what is charged for it later is `after_period`, and in no other figure.
// Ids rise, so a period need only know the first of its decisions.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pilotage/budget.hpp"
#include "pilotage/pending.hpp"

namespace pilotage {

/// One budget, and whose decisions it applies to.
struct ScopedBudget {
  BudgetSettings spending;
  bool soft = false;     // no limit need be sent upstream; see caps.hpp
  std::string tenant{};  // "": everybody's decisions, kEachTenant: each tenant's own account

  static constexpr std::string_view kEachTenant = "*";
};

using Budgets = std::vector<ScopedBudget>;

struct BudgetState {
  NanoDollars limit;  // kUnlimited without a budget
  NanoDollars settled;
  NanoDollars reserved;
  NanoDollars remaining;
  NanoDollars overrun;       // charged above reservations, included in settled
  std::int64_t overruns;     // calls that cost more than was reserved for them
  std::int64_t expired;      // calls that nobody settled, charged at their reservation
  NanoDollars after_period;  // charged when the call's period was over, in all; in none of the others
};

struct AccountState {
  std::size_t budget;  // its place among the budgets
  std::string tenant;  // "" where it is everybody's
  BudgetState state;
};

class Accounts {
 public:
  using Scope = std::uint32_t;

  static constexpr Scope kOutside = std::numeric_limits<Scope>::max();  // no account pays for the call

  /// Opens an account for every budget but those of kEachTenant; without any budget, one without a limit.
  /// For the decisions from id `since` on, between models of these list prices, at least one. Throws
  /// std::invalid_argument for settings outside their ranges.
  Accounts(Budgets budgets, const ConstVectorRef& list_price, DecisionId since);  // (K,), see Prices::listed

  /// What applies to a tenant's decisions; "" for none. To be asked at each of them: opens the accounts of a
  /// tenant not seen before, and renews those of a period that is over. O(log tenants).
  Scope scope(std::string_view tenant);

  /// Whether a call was decided before these accounts were opened: they have no place for its money.
  [[nodiscard]] bool precedes(const PendingDecision& call) const { return call.id < since_; }

  [[nodiscard]] NanoDollars room(Scope scope) const;
  [[nodiscard]] NanoDollars share(Scope scope, bool asked) const;  // S of caps.hpp
  [[nodiscard]] bool hard(Scope scope) const;  // any account that has a limit and is not soft

  /// Every policy's verdict on what can be afforded, see BudgetPolicy::admit: `eligible` becomes the
  /// intersection, the dual price the largest. The reason is that of the strictest, and
  /// refuses where none is left.
  Verdict admit(Scope scope,
                const ConstVectorRef& reward,     // (K,)
                const ConstVectorRef& cost,       // (K,) US dollars
                const ConstVectorRef& high,       // (K,) US dollars
                std::span<std::uint8_t> eligible  // (K,) in and out
  );

  // What happens to the money of one call, in every account that it was decided in.
  void reserve(const PendingDecision& call);
  void settle(const PendingDecision& call, NanoDollars actual);
  void release(const PendingDecision& call);
  void expire(const PendingDecision& call);

  /// A new period of a budget, for the decisions from id `since` on. O(1). Throws std::out_of_range.
  void refill(std::size_t budget, DecisionId since);

  /// Another limit, pace or horizon, all else going on: of a tenant's account, which is opened where it is
  /// not there yet, or without a tenant of every account of the budget, those to come included. Throws
  /// std::out_of_range for a budget, and std::invalid_argument, nothing changed, for a tenant that can have
  /// no account of it, for what it has not, and outside the settings' ranges.
  void change(std::size_t budget, std::optional<std::string_view> tenant, const BudgetChange& change);

  /// What models charge from now on, of which there may be more than before.
  void reprice(const ConstVectorRef& list_price);  // (K,), see Prices::listed

  /// How many policies are in memory.
  [[nodiscard]] std::size_t policies() const;

  [[nodiscard]] BudgetState first() const;  // of the account opened first; no limit and no cost without any
  [[nodiscard]] std::vector<AccountState> all() const;
  [[nodiscard]] std::vector<AccountState> all(std::string_view tenant) const;  // that apply to its decisions

 private:
  struct Account {
    std::size_t budget;
    std::string tenant;
    BudgetSettings spending;
    std::int64_t period;  // of the budget, that all below is of
    Ledger ledger;
    std::unique_ptr<BudgetPolicy> policy;  // none before the period's first decision
    std::int64_t expired = 0;
    NanoDollars after_period = 0;  // of all periods
  };
  struct Period {
    std::int64_t number = 0;
    DecisionId since;  // the first decision that may be in it
  };
  using Places = std::vector<std::size_t>;  // of accounts

  std::size_t open(std::size_t budget, std::string_view tenant);
  [[nodiscard]] bool over(const Account& account) const;  // whether its period is
  void renew(Account& account) const;                     // where it is
  void renew_another();
  void wake(Scope scope);
  void change(Account& account, const BudgetChange& change) const;
  [[nodiscard]] AccountState state(const Account& account) const;
  template <class Act>
  void each(const PendingDecision& call, NanoDollars charged, const Act& act);

  Budgets budgets_;
  Vector list_price_;  // (K,)
  DecisionId since_;
  std::vector<Period> periods_;    // the running one of each budget
  std::deque<Account> accounts_;   // it grows without moving those that are there
  std::size_t to_renew_ = 0;       // accounts that `renew_another` has not looked at since the last refill
  std::size_t next_to_renew_ = 0;  // it goes on where it was, however often there is a refill
  std::vector<Places> scopes_;     // the first without a tenant
  std::map<std::string, Scope, std::less<>> tenants_;  // searched, never walked
  std::map<std::string, Places, std::less<>> named_;   // accounts of budgets of one tenant
  std::vector<std::uint8_t> affordable_;               // workspaces (K,)
  std::vector<std::uint8_t> admitted_;
};

}  // namespace pilotage
