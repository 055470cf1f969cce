// No pacing: whatever can be afforded may be called. Without a budget the best model wins; with a cap
// alone it wins until the cap is reached. O(K) per decision.
#pragma once

#include "pilotage/pricing/policy.hpp"

namespace pilotage {

class Unpaced final : public BudgetPolicy {
 public:
  Verdict admit(const ConstVectorRef& reward, const ConstVectorRef& cost, const ConstVectorRef& cap,
                std::span<std::uint8_t> eligible) override;
  void commit(NanoDollars /*expected*/) override {}
  void correct(NanoDollars /*expected*/, NanoDollars /*actual*/) override {}
};

}  // namespace pilotage
