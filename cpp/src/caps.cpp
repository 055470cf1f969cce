#include "pilotage/caps.hpp"

#include <algorithm>
#include <cmath>

#include "pilotage/errors.hpp"

namespace pilotage {

namespace {

constexpr double kRounding = 1e-6;  // tokens: what arithmetic adds to a whole length is no token

bool affordable(double usd, NanoDollars most) {
  return usd <= kMaxDollars && to_nanodollars("cost", usd) <= most;
}

}  // namespace

std::optional<double> wanted_limit(std::optional<double> max_tokens) {
  if (!max_tokens) {
    return std::nullopt;
  }
  require_positive("max_tokens", *max_tokens);
  return std::clamp(std::floor(*max_tokens), 1.0, kLongestAnswer);
}

double least_answer(double high_tokens, double limit) {
  return std::min(std::max(1.0, std::ceil(high_tokens - kRounding)), limit);
}

NanoDollars share(NanoDollars room, std::int64_t calls, bool asked) {
  // S = R / (8 max(n + 1, m))
  return room / (kShares * std::max<std::int64_t>(calls + 1, asked ? 1 : kFewestCalls));
}

double longest_answer(const Prices& prices, double input_tokens, double least, double limit,
                      NanoDollars most) {
  if (affordable(prices.of(input_tokens, limit), most)) {
    return limit;
  }
  // input * input_price + tokens * output_price = most, and what is rounded down to it
  const double usd = std::min((static_cast<double>(most) + 0.5) / kNanoDollarsPerDollar, kMaxDollars);
  const double tokens = (usd - prices.of(input_tokens, 0.0)) / prices.output;
  if (!(tokens > least)) {  // nor where it is not a number
    return least;
  }
  double longest = std::min(std::floor(tokens) + 1.0, limit);
  while (longest > least && !affordable(prices.of(input_tokens, longest), most)) {
    longest -= 1.0;  // a step or two
  }
  return longest;
}

}  // namespace pilotage
