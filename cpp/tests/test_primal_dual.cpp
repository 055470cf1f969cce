// By hand; the controller in numpy, tests/reference_primal_dual.py, is played beside it from Python.
#include "pilotage/accounts.hpp"
#include "pilotage/pricing/primal_dual.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

namespace {

constexpr NanoDollars kDollar = 1'000'000'000;

/// The model chosen, its call settled at once; -1 for none.
Index call(PrimalDual& policy, const Vector& reward, const Vector& cost,
           std::vector<std::uint8_t> eligible = {1, 1}) {
  const Verdict verdict = policy.admit(reward, cost, cost, eligible);
  if (refuses(verdict.reason)) {
    return -1;
  }
  REQUIRE(std::ranges::count(eligible, std::uint8_t{1}) == 1);
  const auto model = static_cast<Index>(std::ranges::find(eligible, std::uint8_t{1}) - eligible.begin());
  const NanoDollars expected = to_nanodollars("cost", cost[model]);
  policy.commit(expected);
  policy.correct(expected, expected);
  return model;
}

const Vector kReward = vec({0.5, 0.9});
const Vector kCost = vec({0.1, 2.0});

}  // namespace

TEST_CASE("primal_dual: by hand") {
  PrimalDual policy({.rate = 1.0});
  policy.reprice(vec({1e-4, 0.10}));
  // The dear one costs twice the rate: mean 1.05, lambda 0.0025, and above 0 its price is barred. After three
  // cheap ones, means of 1.0025, 0.957 and 0.914, lambda is 0 again.
  for (const Index expected : {1, 0, 0, 0, 1, 1}) {
    CHECK(call(policy, kReward, kCost) == expected);
  }
}

TEST_CASE("primal_dual: the ceiling is dropped where no model is below it") {
  PrimalDual policy({.rate = 1.0});
  policy.reprice(vec({1e-4, 0.10}));
  CHECK(call(policy, kReward, kCost) == 1);
  CHECK(call(policy, kReward, kCost, {0, 1}) == 1);  // lambda > 0 and the dearest that may be called
  CHECK(call(policy, kReward, kCost, {0, 0}) == -1);
}

TEST_CASE("primal_dual: a call costs reward by the logarithm of its list price, whatever its cost") {
  PrimalDual policy({.rate = 1.0});
  policy.reprice(vec({0.0, 1e-3, 0.05, 0.2}));
  policy.correct(0, 401 * kDollar);  // mean 21, lambda 1: the ceiling is 0.1
  const Vector cost = vec({9.0, 1.0, 1.0, 1.0});
  // scaled to 0, 1/3 and 0.9
  std::vector<std::uint8_t> eligible{1, 1, 1, 1};
  policy.admit(vec({0.30, 0.64, 1.2, 3.0}), cost, cost, eligible);
  CHECK(eligible == std::vector<std::uint8_t>{0, 1, 0, 0});
  eligible = {1, 1, 1, 1};
  policy.admit(vec({0.32, 0.64, 1.2, 3.0}), cost, cost, eligible);
  CHECK(eligible == std::vector<std::uint8_t>{1, 0, 0, 0});
}

TEST_CASE("primal_dual: prices change, and accounts pass them on") {
  Accounts accounts(
      {{PrimalDualSettings{.rate = 1.0}}, {.spending = PrimalDualSettings{.rate = 1.0}, .tenant = "*"}},
      vec({1e-4, 0.10}), 0);
  const auto chosen = [&](Accounts::Scope scope) {
    std::vector<std::uint8_t> eligible(2, 1);
    accounts.admit(scope, vec({0.5, 0.5}), kCost, kCost, eligible);
    return eligible[0] != 0 ? 0 : 1;  // a tie goes to the cheaper on the list
  };
  CHECK(chosen(0) == 0);
  accounts.reprice(vec({0.10, 1e-4}));
  CHECK(chosen(0) == 1);
  CHECK(chosen(accounts.scope("acme")) == 1);  // opened since
}

TEST_CASE("primal_dual: refusals") {
  CHECK_REFUSED(PrimalDual({.rate = 0.0}), "usd_per_request must be finite and > 0");
  CHECK_REFUSED(PrimalDual({.rate = kInf}), "usd_per_request must be finite and > 0");
  CHECK_REFUSED(PrimalDual({.rate = 1.0, .budget = -1}), "budget must be >= 0, got -1");
}
