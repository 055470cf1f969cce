#include "pilotage/pricing/unpaced.hpp"

#include <algorithm>

namespace pilotage {

Verdict Unpaced::admit(const ConstVectorRef& /*reward*/, const ConstVectorRef& /*cost*/,
                       const ConstVectorRef& /*cap*/, std::span<std::uint8_t> eligible) {
  const bool any = std::ranges::any_of(eligible, [](std::uint8_t flag) { return flag != 0; });
  return {any ? Reason::kBest : Reason::kInsufficientBudget, 0.0};
}

}  // namespace pilotage
