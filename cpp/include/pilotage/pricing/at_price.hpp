// What a policy with one dual price decides once it knows the price: who stays eligible.
#pragma once

#include <cstdint>
#include <span>

#include "pilotage/pricing/policy.hpp"

namespace pilotage {

/// Keeps the cheapest model, and the others where the price is finite and cap_k <= most: what may be set
/// aside for this request without taking from the requests to come. O(K).
Verdict at_price(double price,                     // reward per US dollar, >= 0, or infinite
                 double most,                      // US dollars
                 Index cheapest,                   // eligible
                 const ConstVectorRef& cap,        // (K,) US dollars
                 std::span<std::uint8_t> eligible  // (K,) in and out
);

}  // namespace pilotage
