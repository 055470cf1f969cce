#include "pilotage/budget.hpp"

#include <stdexcept>
#include <string>
#include <type_traits>

#include "pilotage/pricing/unpaced.hpp"

namespace pilotage {

namespace {

struct MakeLedger {
  Ledger operator()(const NoBudget&) const { return Ledger(); }
  Ledger operator()(const auto& settings) const { return Ledger(settings.budget); }
};

struct MakePolicy {
  using Made = std::unique_ptr<BudgetPolicy>;
  Made operator()(const NoBudget&) const { return std::make_unique<Unpaced>(); }
  Made operator()(const CapSettings&) const { return std::make_unique<Unpaced>(); }
  Made operator()(const DualSettings& settings) const { return std::make_unique<Dual>(settings, models); }
  Made operator()(const PacerSettings& settings) const { return std::make_unique<Pacer>(settings, models); }
  Made operator()(const PrimalDualSettings& settings) const { return std::make_unique<PrimalDual>(settings); }
  Made operator()(const EvenSettings& settings) const { return std::make_unique<Even>(settings); }
  Made operator()(const ZclSettings& settings) const { return std::make_unique<Zcl>(settings); }

  Index models;
};

struct Change {
  BudgetSettings operator()(const NoBudget& /*none*/) const {
    throw std::invalid_argument("budget must be given to have a limit, got none");
  }
  BudgetSettings operator()(auto settings) const {
    settings.budget = change.limit.value_or(settings.budget);
    if (change.rate) {
      if constexpr (requires { settings.rate; }) {
        settings.rate = *change.rate;
      } else {
        throw std::invalid_argument("usd_per_request must be None where a budget has none, got " +
                                    std::to_string(*change.rate));
      }
    }
    if (change.requests) {
      // zcl cuts its horizon into bins when it begins.
      if constexpr (std::is_same_v<decltype(settings), DualSettings> ||
                    std::is_same_v<decltype(settings), EvenSettings>) {
        settings.requests = *change.requests;
      } else {
        throw std::invalid_argument("requests must be None but for the policies dual and even, got " +
                                    std::to_string(*change.requests));
      }
    }
    return settings;
  }

  BudgetChange change;
};

}  // namespace

Ledger make_ledger(const BudgetSettings& settings) { return std::visit(MakeLedger{}, settings); }

BudgetSettings changed(const BudgetSettings& settings, const BudgetChange& change) {
  return std::visit(Change{change}, settings);
}

std::unique_ptr<BudgetPolicy> make_policy(const BudgetSettings& settings, const ConstVectorRef& list_price) {
  std::unique_ptr<BudgetPolicy> policy = std::visit(MakePolicy{list_price.size()}, settings);
  policy->reprice(list_price);
  return policy;
}

}  // namespace pilotage
