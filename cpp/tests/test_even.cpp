#include "pilotage/pricing/even.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

namespace {

constexpr NanoDollars kDollar = 1'000'000'000;

struct Driver {
  explicit Driver(const EvenSettings& settings) : even(settings) {}

  /// How many of four models, at 1, 2, 3 and 4 dollars, may be called.
  std::ptrdiff_t candidates() {
    const Vector cost = vec({1.0, 2.0, 3.0, 4.0});
    std::vector<std::uint8_t> eligible(4, 1);
    const Verdict verdict = even.admit(Vector::Ones(4), cost, cost, eligible);
    const auto count = std::ranges::count(eligible, std::uint8_t{1});
    CHECK(verdict.reason == (count > 0 ? Reason::kEvenSplit : Reason::kInsufficientBudget));
    CHECK(verdict.dual_price == 0.0);
    return count;
  }

  Even even;
};

}  // namespace

TEST_CASE("even: with spill-over what a request leaves goes to the others") {
  Driver driver({.budget = 6 * kDollar, .requests = 3});
  CHECK(driver.candidates() == 2);  // 6 / 3
  driver.even.commit(1 * kDollar);
  CHECK(driver.candidates() == 2);  // 5 / 2
  driver.even.commit(2 * kDollar);
  driver.even.correct(2 * kDollar, 1 * kDollar);
  CHECK(driver.candidates() == 4);  // 4 / 1
  driver.even.commit(4 * kDollar);
  CHECK(driver.candidates() == 0);  // beyond the horizon, nothing left
}

TEST_CASE("even: without spill-over the share stays what it was, and beyond the horizon is what is left") {
  Driver driver({.budget = 6 * kDollar, .requests = 3, .spill_over = false});
  for (int request = 0; request < 3; ++request) {
    CHECK(driver.candidates() == 2);
    driver.even.commit(1 * kDollar);
  }
  CHECK(driver.candidates() == 3);
}

TEST_CASE("even: refused settings") {
  CHECK_REFUSED(Even({.budget = -1, .requests = 1}), "budget must be >= 0, got -1");
  CHECK_REFUSED(Even({.budget = 1, .requests = 0}), "requests must be >= 1, got 0");
}
