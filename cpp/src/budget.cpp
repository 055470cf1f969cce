#include "pilotage/budget.hpp"

#include <stdexcept>

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

struct SetLimit {
  void operator()(NoBudget& /*none*/) const {
    throw std::invalid_argument("budget must be given to have a limit, got none");
  }
  void operator()(auto& settings) const { settings.budget = limit; }

  NanoDollars limit;
};

}  // namespace

Ledger make_ledger(const BudgetSettings& settings) { return std::visit(MakeLedger{}, settings); }

void set_limit(BudgetSettings& settings, NanoDollars limit) { std::visit(SetLimit{limit}, settings); }

std::unique_ptr<BudgetPolicy> make_policy(const BudgetSettings& settings, const ConstVectorRef& list_price) {
  std::unique_ptr<BudgetPolicy> policy = std::visit(MakePolicy{list_price.size()}, settings);
  policy->reprice(list_price);
  return policy;
}

}  // namespace pilotage
