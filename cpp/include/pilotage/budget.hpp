// A budget: the account that holds its money and the policy that spends it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>

#include "pilotage/ledger.hpp"
#include "pilotage/pricing/dual.hpp"
#include "pilotage/pricing/even.hpp"
#include "pilotage/pricing/pacer.hpp"
#include "pilotage/pricing/policy.hpp"
#include "pilotage/pricing/primal_dual.hpp"
#include "pilotage/pricing/zcl.hpp"

namespace pilotage {

/// No money to count.
struct NoBudget {};

/// A hard limit without pacing.
struct CapSettings {
  NanoDollars budget;  // >= 0
};

using BudgetSettings = std::variant<NoBudget, CapSettings, DualSettings, PacerSettings, PrimalDualSettings,
                                    EvenSettings, ZclSettings>;

/// A new account. Throws std::invalid_argument for a negative limit.
Ledger make_ledger(const BudgetSettings& settings);

/// What of a running budget becomes another.
struct BudgetChange {
  std::optional<NanoDollars> limit{};
  std::optional<double> rate{};            // US dollars a request, of `pacer` and `primal_dual`
  std::optional<std::int64_t> requests{};  // the horizon, those before included, of `dual` and `even`
};

/// The same settings but for the change. Throws std::invalid_argument where there is nothing to change.
BudgetSettings changed(const BudgetSettings& settings, const BudgetChange& change);

/// The policy for models of these list prices. Throws std::invalid_argument for settings outside their
/// ranges.
std::unique_ptr<BudgetPolicy> make_policy(const BudgetSettings& settings,
                                          const ConstVectorRef& list_price);  // (K,), see Prices::listed

}  // namespace pilotage
