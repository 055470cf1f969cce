// How long an answer may be, so that a call is paid for before it is made.
//
// A hard limit holds because every call carries a limit on its answer, which the caller sends upstream, and
// what the call costs at that length is set aside. With h_k the length that 19 of 20 answers of model k stay
// below (cost.hpp), L_k the longest that is wanted (the caller's max_tokens, but no more than model k can
// write where that is known; without max_tokens what it can write), and of the accounts that apply R_a the
// room and n_a the calls under way, the model is eligible where
//
//   least_k = min(ceil h_k, L_k) tokens cost no more than min_a R_a,
//   cap     = the longest answer within [least_k, L_k] that costs no more than
//             S = min_a R_a / (8 max(n_a + 1, m)),  m = 1 with max_tokens, 8 without.
//
// So a limit shrinks before anybody is refused, and is never so short that it cuts more than one answer
// in 20. Every call gets the whole of what it asks for while as much for each one under way would take an
// eighth of what is left. However much everybody asks for, after N calls at once there is still
//
//   prod_n (1 - 1 / (8 (n + 1))) ~ N^(-1/8)
//
// of the room, nearly a half after 200; once S is less than least_k costs, each takes that alone, and there
// is enough for 8 N more. Where nobody said how long the answer may be, a 64th of what is left is generous
// while money is plentiful. Under soft budgets without max_tokens nothing limits an answer, and h_k is set
// aside.
#pragma once

#include <optional>

#include "pilotage/money.hpp"
#include "pilotage/prices.hpp"

namespace pilotage {

inline constexpr std::int64_t kShares = 8;        // of the room, for each call under way
inline constexpr std::int64_t kFewestCalls = 8;   // m without max_tokens
inline constexpr double kLongestAnswer = 0x1p53;  // tokens: beyond it a float64 counts in steps

/// The longest answer that is wanted, in whole tokens, at most kLongestAnswer. Throws std::invalid_argument
/// unless max_tokens > 0.
std::optional<double> wanted_limit(std::optional<double> max_tokens);

/// least_k, whole tokens: high_tokens > 0, limit >= 1 and whole.
double least_answer(double high_tokens, double limit);

/// S of one account, for one more call beside so many; `asked`: with max_tokens.
NanoDollars share(NanoDollars room, std::int64_t calls, bool asked);

/// The longest answer of least <= tokens <= limit, in whole tokens, whose call costs no more than `most`;
/// `least` where even that costs more. O(1).
double longest_answer(const Prices& prices, double input_tokens, double least, double limit,
                      NanoDollars most);

}  // namespace pilotage
