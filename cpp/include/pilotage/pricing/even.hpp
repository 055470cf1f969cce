// An even split of the budget: each request may cost its share, the best model within it is called.
//
//   share = B / Q                                  without spill-over
//   share = what is left of B / requests left      with it
//
// The baseline of PILOT's figure 4. Calls count at their expected cost when they are chosen, and at their
// actual cost once settled. Beyond the horizon the share is what is left. O(K).
#pragma once

#include <cstdint>

#include "pilotage/pricing/policy.hpp"

namespace pilotage {

struct EvenSettings {
  NanoDollars budget = 0;     // for all requests together, >= 0
  std::int64_t requests = 1;  // the horizon Q, >= 1
  bool spill_over = true;     // what a request leaves over goes to those after it
};

class Even final : public BudgetPolicy {
 public:
  /// Throws std::invalid_argument for settings outside the ranges above.
  explicit Even(const EvenSettings& settings);

  Verdict admit(const ConstVectorRef& reward, const ConstVectorRef& cost, const ConstVectorRef& cap,
                std::span<std::uint8_t> eligible) override;
  void commit(NanoDollars expected) override;
  void correct(NanoDollars expected, NanoDollars actual) override;
  void extend(NanoDollars more) override;
  void set_requests(std::int64_t requests) override;

 private:
  EvenSettings settings_;
  double left_;            // nano-dollars; may dip below 0 by estimate errors
  std::int64_t seen_ = 0;  // requests so far
};

}  // namespace pilotage
