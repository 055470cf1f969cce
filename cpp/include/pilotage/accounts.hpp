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
// A refill closes an account and opens it anew, policy and all, for the decisions that follow. What the
// policy of each tenant remembers, 20 kB where it is paced, is made when that tenant next decides: of idle
// ones a few hundred bytes stay, and those as long as the budget. A call belongs to the account in which it
// was decided: where that is closed by the time it is settled, nothing happens. Ids rise, so an account need
// only know the first of its decisions.
#pragma once

#include <cstdint>
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
  NanoDollars overrun;    // charged above reservations, included in settled
  std::int64_t overruns;  // calls that cost more than was reserved for them
  std::int64_t expired;   // calls that nobody settled, charged at their reservation
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
  /// tenant not seen before, or not in this period.
  Scope scope(std::string_view tenant);

  [[nodiscard]] NanoDollars room(Scope scope) const;
  [[nodiscard]] bool hard(Scope scope) const;     // any account that has a limit and is not soft
  [[nodiscard]] bool limited(Scope scope) const;  // any that has a limit

  /// Every policy's verdict on what can be afforded, see BudgetPolicy::admit: `eligible` becomes the
  /// intersection, the dual price the largest. The reason is that of the strictest, and
  /// refuses where none is left.
  Verdict admit(Scope scope,
                const ConstVectorRef& reward,     // (K,)
                const ConstVectorRef& cost,       // (K,) US dollars
                const ConstVectorRef& high,       // (K,) US dollars
                std::span<std::uint8_t> eligible  // (K,) in and out
  );

  // What happens to the money of one call, in every account that it was decided in and that is still open.
  void reserve(const PendingDecision& call);
  void settle(const PendingDecision& call, NanoDollars actual);
  void release(const PendingDecision& call);
  void expire(const PendingDecision& call);

  /// Opens the accounts of a budget anew for the decisions from id `since` on. Throws std::out_of_range.
  void refill(std::size_t budget, DecisionId since);

  /// Another limit, all else going on: for a tenant's account, or without one for every account of the
  /// budget, those to come included. Throws std::out_of_range for a budget, std::invalid_argument for a
  /// tenant that is not there and for a negative limit.
  void set_limit(std::size_t budget, std::optional<std::string_view> tenant, NanoDollars limit);

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
    DecisionId since;
    Ledger ledger;
    std::unique_ptr<BudgetPolicy> policy;  // none before its tenant's first decision
    std::int64_t expired = 0;
  };
  using Places = std::vector<std::size_t>;  // of accounts

  std::size_t open(std::size_t budget, std::string_view tenant);
  void reopen(Account& account, DecisionId since) const;
  void wake(Scope scope);
  [[nodiscard]] static AccountState state(const Account& account);
  template <class Act>
  void each(const PendingDecision& call, const Act& act);

  Budgets budgets_;
  Vector list_price_;  // (K,)
  DecisionId since_;
  std::vector<Account> accounts_;
  std::vector<Places> scopes_;                         // the first without a tenant
  std::map<std::string, Scope, std::less<>> tenants_;  // searched, never walked
  std::vector<std::uint8_t> affordable_;               // workspaces (K,)
  std::vector<std::uint8_t> admitted_;
};

}  // namespace pilotage
