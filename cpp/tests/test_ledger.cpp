#include "pilotage/ledger.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

TEST_CASE("ledger: reserve, settle, release, by hand") {
  Ledger ledger(100);
  ledger.reserve(60);
  CHECK(ledger.remaining() == 40);
  CHECK(ledger.affords(40));
  CHECK_FALSE(ledger.affords(41));
  ledger.reserve(40);
  CHECK(ledger.remaining() == 0);
  CHECK(ledger.affords(0));
  CHECK(ledger.calls() == 2);
  ledger.settle(60, 25);  // 35 come back
  CHECK(ledger.calls() == 1);
  CHECK(ledger.settled() == 25);
  CHECK(ledger.reserved() == 40);
  CHECK(ledger.remaining() == 35);
  ledger.release(40);
  CHECK(ledger.calls() == 0);
  CHECK(ledger.settled() == 25);
  CHECK(ledger.reserved() == 0);
  CHECK(ledger.remaining() == 75);
  CHECK(ledger.overruns() == 0);
}

TEST_CASE("ledger: a cost above its reservation is charged in full and counted") {
  Ledger ledger(100);
  ledger.reserve(50);
  ledger.settle(50, 130);
  CHECK(ledger.settled() == 130);
  CHECK(ledger.overrun() == 80);
  CHECK(ledger.overruns() == 1);
  CHECK(ledger.remaining() == 0);  // not -30
  CHECK_FALSE(ledger.affords(1));
}

TEST_CASE("ledger: without a limit everything is affordable and still counted") {
  Ledger ledger;
  CHECK(ledger.limit() == kUnlimited);
  ledger.reserve(4'000'000'000'000'000'000);
  CHECK(ledger.remaining() == kUnlimited);
  ledger.settle(4'000'000'000'000'000'000, 7);
  CHECK(ledger.settled() == 7);
}

TEST_CASE("ledger: sums beyond int64 stay at its end") {
  constexpr NanoDollars kMost = 4'000'000'000'000'000'000;
  Ledger ledger;
  for (int i = 0; i < 5; ++i) {
    ledger.reserve(0);
    ledger.settle(0, kMost);
  }
  CHECK(ledger.settled() == kUnlimited);
  CHECK(ledger.overrun() == kUnlimited);
  CHECK_FALSE(ledger.affords(1));

  Ledger reserving;
  reserving.reserve(kMost);
  reserving.reserve(kMost);
  CHECK_FALSE(reserving.affords(kMost));  // a third would not fit
}

TEST_CASE("ledger: a negative limit is refused") {
  CHECK_REFUSED(Ledger(-1), "limit must be >= 0, got -1");
  CHECK(Ledger(0).remaining() == 0);
}

TEST_CASE("ledger: sums are exact and the limit holds while calls keep to their reservations") {
  Engine engine(4);
  constexpr NanoDollars kLimit = 1'000'000'007;
  Ledger ledger(kLimit);
  std::vector<NanoDollars> open;
  NanoDollars settled = 0;
  NanoDollars reserved = 0;
  for (int i = 0; i < 20'000; ++i) {
    const NanoDollars amount = below(engine, 3'000'000);
    if (below(engine, 2) == 0 && ledger.affords(amount)) {
      ledger.reserve(amount);
      open.push_back(amount);
      reserved += amount;
    } else if (!open.empty()) {
      const NanoDollars held = open.back();
      open.pop_back();
      reserved -= held;
      if (below(engine, 5) == 0) {
        ledger.release(held);
      } else {
        const NanoDollars actual = below(engine, held + 1);
        ledger.settle(held, actual);
        settled += actual;
      }
    }
    REQUIRE(ledger.settled() == settled);
    REQUIRE(ledger.reserved() == reserved);
    REQUIRE(ledger.remaining() == kLimit - settled - reserved);
    REQUIRE(settled + reserved <= kLimit);
  }
  CHECK(ledger.overruns() == 0);
}
