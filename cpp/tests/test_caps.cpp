#include "pilotage/caps.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

namespace {

/// The longest answer by trying them all.
double by_trying(const Prices& prices, double input_tokens, double least, double limit, NanoDollars most) {
  double longest = least;
  for (double tokens = least; tokens <= limit; ++tokens) {
    if (to_nanodollars("cost", prices.of(input_tokens, tokens)) <= most) {
      longest = tokens;
    }
  }
  return longest;
}

}  // namespace

TEST_CASE("caps: by hand") {
  CHECK(least_answer(99.2, 1'000.0) == 100.0);
  CHECK(least_answer(100.0 + 1e-9, 1'000.0) == 100.0);  // rounding is no token
  CHECK(least_answer(0.3, 1'000.0) == 1.0);
  CHECK(least_answer(99.2, 50.0) == 50.0);
  const Prices prices{1e-6, 2e-6};
  CHECK(longest_answer(prices, 100.0, 10.0, 500.0, 2'000'000) == 500.0);
  CHECK(longest_answer(prices, 100.0, 10.0, 500.0, 1'100'000) == 500.0);  // to the last nano-dollar
  CHECK(longest_answer(prices, 100.0, 10.0, 500.0, 1'099'999) == 499.0);
  CHECK(longest_answer(prices, 100.0, 10.0, 500.0, 120'000) == 10.0);
  CHECK(longest_answer(prices, 100.0, 10.0, 500.0, 0) == 10.0);
  CHECK(longest_answer({1e-6, 0.0}, 100.0, 10.0, 500.0, 100'000) == 500.0);  // output costs nothing
  CHECK(longest_answer({1e-6, 0.0}, 100.0, 10.0, 500.0, 99'999) == 10.0);
  CHECK(longest_answer({0.0, 1e200}, 0.0, 1.0, 500.0, kUnlimited) == 1.0);
  CHECK(wanted_limit(1e300) == kLongestAnswer);
  CHECK(longest_answer({0.0, 1e-6}, 0.0, 1.0, kLongestAnswer, kUnlimited) == 4e15);  // kMaxDollars
}

TEST_CASE("caps: a share of the room, by hand") {
  CHECK(share(800, 0, true) == 100);
  CHECK(share(800, 1, true) == 50);
  CHECK(share(800, 9, true) == 10);
  CHECK(share(6'400, 0, false) == 100);
  CHECK(share(6'400, 7, false) == 100);
  CHECK(share(6'400, 9, false) == 80);
  CHECK(share(7, 0, true) == 0);
}

TEST_CASE("caps: after N calls at once that take all they may, N^(-1/8) of the room is left") {
  NanoDollars room = 1'000'000'000;
  for (std::int64_t calls = 0; calls < 10'000; ++calls) {
    if (calls == 100 || calls == 1'000) {
      CHECK(static_cast<double>(room) / 1e9 ==
            doctest::Approx(std::pow(static_cast<double>(calls), -0.125)).epsilon(0.1));
    }
    room -= share(room, calls, true);
  }
}

TEST_CASE("caps: the longest answer is the longest, at all prices") {
  Engine engine(11);
  for (int i = 0; i < 3'000; ++i) {
    const Prices prices{1e-9 * static_cast<double>(below(engine, 100'000)),
                        1e-10 * std::exp2(uniform(engine, 0.0, 20.0))};
    const double input = static_cast<double>(below(engine, 300));
    const double least = static_cast<double>(1 + below(engine, 20));
    const double limit = least + static_cast<double>(below(engine, 300));
    const NanoDollars edge =
        to_nanodollars("cost", prices.of(input, least + static_cast<double>(below(engine, 300))));
    for (const NanoDollars most : {edge - 1, edge, edge + 1}) {
      CAPTURE(prices.output);
      REQUIRE(longest_answer(prices, input, least, limit, most) ==
              by_trying(prices, input, least, limit, most));
    }
  }
}
