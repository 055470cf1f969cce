#include "pilotage/money.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

TEST_CASE("money: dollars to nano-dollars, to the nearest") {
  CHECK(to_nanodollars("usd", 0.0) == 0);
  CHECK(to_nanodollars("usd", -0.0) == 0);
  CHECK(to_nanodollars("usd", 1.0) == 1'000'000'000);
  CHECK(to_nanodollars("usd", 0.1) == 100'000'000);
  CHECK(to_nanodollars("usd", 1.4e-9) == 1);
  CHECK(to_nanodollars("usd", 1.6e-9) == 2);
  CHECK(to_nanodollars("usd", 0.4e-9) == 0);
  CHECK(to_nanodollars("usd", kMaxDollars) == 4'000'000'000'000'000'000);
}

TEST_CASE("money: there and back, and in order") {
  Engine engine(2);
  NanoDollars last = 0;
  double last_usd = 0.0;
  for (int i = 0; i < 1'000; ++i) {
    const NanoDollars amount = below(engine, 1'000'000'000'000);
    REQUIRE(to_nanodollars("usd", to_dollars(amount)) == amount);
    const double usd = last_usd + uniform(engine, 0.0, 1e-9);
    const NanoDollars rounded = to_nanodollars("usd", usd);
    REQUIRE(rounded >= last);
    last = rounded;
    last_usd = usd;
  }
}

TEST_CASE("money: refusals") {
  CHECK_REFUSED(to_nanodollars("cost", -1e-12), "cost must be in [0, 4e+09] US dollars, got -1e-12");
  CHECK_REFUSED(to_nanodollars("cost", kNaN), "got nan");
  CHECK_REFUSED(to_nanodollars("cost", kInf), "got inf");
  CHECK_REFUSED(to_nanodollars("cost", 4.1e9), "got 4.1e+09");
}
