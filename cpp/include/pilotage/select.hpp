// The one place where a winner is picked: highest score; ties go to the lower cost, then the lower index.
//
// Scores within `kTieTolerance` of the best, times its size where that is above 1, are ties: instruction
// sets and summation orders differ in the last bits, and a decision must not.
#pragma once

#include <cstdint>
#include <span>

#include "pilotage/types.hpp"

namespace pilotage {

inline constexpr double kTieTolerance = 1e-9;

/// Index of the winner among models with eligible[k] != 0, or -1 when there is none. O(K).
[[nodiscard]] Index select(const ConstVectorRef& score,            // (K,)
                           const ConstVectorRef& cost,             // (K,) US dollars
                           std::span<const std::uint8_t> eligible  // (K,)
);

}  // namespace pilotage
