// Money is counted in whole nano-dollars, so that sums are exact and a limit is a limit.
//
// int64 holds 9.2e9 US dollars; one input token of the cheapest model is some ten nano-dollars.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>

namespace pilotage {

using NanoDollars = std::int64_t;

inline constexpr double kNanoDollarsPerDollar = 1e9;
inline constexpr NanoDollars kUnlimited = std::numeric_limits<NanoDollars>::max();

inline constexpr double kMaxDollars = 4e9;  // two such sums still fit in int64

/// Throws std::invalid_argument.
[[noreturn]] void refuse_dollars(std::string_view name, double usd);

/// Rounds to the nearest nano-dollar, of two to the even one.
/// Throws std::invalid_argument naming `name` unless 0 <= usd <= kMaxDollars.
inline NanoDollars to_nanodollars(std::string_view name, double usd) {
  if (!(usd >= 0.0 && usd <= kMaxDollars)) {
    refuse_dollars(name, usd);
  }
  return std::llrint(usd * kNanoDollarsPerDollar);
}

inline double to_dollars(NanoDollars amount) { return static_cast<double>(amount) / kNanoDollarsPerDollar; }

}  // namespace pilotage
