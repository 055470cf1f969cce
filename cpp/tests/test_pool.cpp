// The pool of models lives: models come, go and return, and their prices change.
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

namespace {

constexpr Index kDim = 3;

}  // namespace

TEST_CASE("pool: a newcomer is unknown, and is tried for it") {
  Router router({.dim = kDim}, ladder(2, kDim), NoBudget{});
  Engine engine(1);
  Caller veterans{router};
  for (int i = 0; i < 200; ++i) {
    (void)router.feedback(veterans.decide(unit_vector(engine, kDim)).id, 0.5);
  }
  ModelSettings newcomer = ladder(3, kDim).back();
  newcomer.prior = {Vector::Zero(kDim), 1.0};
  CHECK(router.add(newcomer) == 2);
  CHECK(router.size() == 3);
  Caller caller{router};
  const Decision decision = caller.decide(unit_vector(engine, kDim));
  CHECK(decision.model == 2);
  CHECK(decision.width == doctest::Approx(1.0));
  CHECK(caller.decide(unit_vector(engine, kDim), 100.0, {}, false).model != 2);  // greedy: not yet
}

TEST_CASE("pool: a model that is not enabled is not called, and returns with its memory") {
  Router router({.dim = kDim}, ladder(3, kDim), NoBudget{});
  Caller caller{router};
  Engine engine(2);
  const Vector x = unit_vector(engine, kDim);
  const Decision open = caller.decide(x);
  router.enable(open.model, false);
  CHECK(router.settle(open.id, 1e-4) == Status::kApplied);
  CHECK(router.feedback(open.id, 1.0) == Status::kApplied);
  const Posterior memory = router.posterior(open.model);
  for (int i = 0; i < 50; ++i) {
    const Decision decision = caller.decide(unit_vector(engine, kDim));
    CHECK(decision.model != open.model);
    CHECK(caller.eligible[static_cast<std::size_t>(open.model)] == 0);
  }
  router.enable(open.model, true);
  CHECK(same_bits(router.posterior(open.model), memory));
  CHECK(memory.updates() == 1);
}

TEST_CASE("pool: one model stays") {
  Router router({.dim = kDim}, ladder(2, kDim), NoBudget{});
  router.enable(0, false);
  router.enable(0, false);
  CHECK_REFUSED(router.enable(1, false), "models must keep at least one enabled, got none");
  CHECK_THROWS_AS(router.enable(2, true), std::out_of_range);
  CHECK(Caller{router}.decide(Vector::Ones(kDim)).model == 1);
}

TEST_CASE("pool: a price counts from the next decision on, and lengths are told apart from it") {
  Router router({.dim = 1, .cost = {.learn = true}}, ladder(1, 1), NoBudget{});
  Caller caller{router};
  const Vector x = vec({1.0});
  const Decision before = caller.decide(x, 0.0);
  router.set_prices(0, {0.0, 3e-6});                                // ten times dearer than ladder's 3e-7
  CHECK(router.settle(before.id, 0.0, 110.0) == Status::kApplied);  // at the price it was made at
  CHECK(router.budget().settled == 33'000);
  const Decision after = caller.decide(x, 0.0);
  CHECK(after.expected_cost == 10 * before.expected_cost);  // 110 tokens were expected, and written
  CHECK(router.settle(after.id, 0.0, 110.0) == Status::kApplied);
  CHECK(router.budget().settled == 363'000);
}

TEST_CASE("pool: refused models and prices change nothing") {
  Router router({.dim = kDim}, ladder(2, kDim), NoBudget{});
  ModelSettings model = ladder(1, kDim).front();
  model.prior = {vec({1.0}), 1.0};
  CHECK_REFUSED((void)router.add(model), "prior_mean must have shape (3,), got (1,)");
  model = ladder(1, kDim).front();
  model.expected_output_tokens = 0.0;
  CHECK_REFUSED((void)router.add(model), "expected_output_tokens must be finite and > 0, got 0");
  CHECK_REFUSED(router.set_prices(0, {-1.0, 0.0}), "input_cost_per_token must be finite and >= 0");
  CHECK_REFUSED(router.set_prices(1, {0.0, kNaN}), "output_cost_per_token must be finite and >= 0");
  CHECK_THROWS_AS(router.set_prices(2, {}), std::out_of_range);
  CHECK(router.size() == 2);
  CHECK(Caller{router}.decide(Vector::Ones(kDim)).model >= 0);
  std::vector<std::uint8_t> room(1);
  CHECK_REFUSED((void)router.decide(Vector::Ones(kDim), 1.0, {}, true, room),
                "eligible must have shape (2,)");
}
