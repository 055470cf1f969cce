// What a policy with one dual price decides once it knows the price: who stays eligible.
#pragma once

#include <cstdint>
#include <span>

#include "pilotage/pricing/policy.hpp"

namespace pilotage {

/// Keeps the cheapest choice, and the models where the price is finite and cap_k <= most: what may be set
/// aside for this request without taking from the requests to come. O(K).
Verdict at_price(double price,                     // reward per US dollar, >= 0, or infinite
                 double most,                      // US dollars
                 Index cheapest,                   // eligible, or kNobody
                 const ConstVectorRef& cap,        // (K,) US dollars
                 std::span<std::uint8_t> eligible  // (K,) in and out
);

/// Drops the models that do not earn their cost beside an unserved request,
///
///   price * cost_k > max(reward_k, 0) - unserved
///
/// where no estimate makes an answer worth less than nothing. O(K).
Verdict unless_priced_out(const Verdict& verdict,           // of `at_price`
                          double unserved,                  // reward of a request that nobody answers
                          const ConstVectorRef& reward,     // (K,)
                          const ConstVectorRef& cost,       // (K,) US dollars
                          std::span<std::uint8_t> eligible  // (K,) in and out
);

}  // namespace pilotage
