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

TEST_CASE("pool: a model without rewards is expected to earn what the others do, and starts there") {
  const RouterSettings settings{.dim = 2, .alpha = 0.0, .like_pool = true};
  std::vector<ModelSettings> models;
  for (int k = 0; k < 3; ++k) {
    models.push_back({{1e-6, 1e-6}, 100.0, {Vector::Zero(2), 2.0}});
  }
  Router router(settings, models, BudgetSettings{});
  const Vector x = vec({3.0, 4.0});
  const auto expected = [&] {
    Vector mean(router.size());
    Vector width(router.size());
    Vector usd(router.size());
    router.estimate(x, 1.0, mean, width, usd);
    return mean;
  };
  const auto reward = [&](Index k, double earned) {
    REQUIRE(router.feedback(router.adopt(x, 1.0, k).id, earned) == Status::kApplied);
  };
  CHECK(expected() == Vector::Zero(3));
  reward(0, 0.5);  // theta_prior = 0.5 x / 25, which the reward confirms
  for (const double mean : expected()) {
    CHECK(mean == doctest::Approx(0.5));
  }
  reward(1, 1.0);  // theta_prior'x = 0.5, A = 2 I + x x'
  CHECK(expected()[1] == doctest::Approx(0.5 + 0.5 * 25.0 / 27.0));
  CHECK(expected()[2] == doctest::Approx(0.5 * (expected()[0] + expected()[1])));
  router.enable(1, false);  // who is not called says nothing
  CHECK(expected()[2] == doctest::Approx(expected()[0]));
  CHECK(router.add(models.front()) == 3);
  CHECK(expected()[3] == doctest::Approx(expected()[0]));
  CHECK(same_bits(router.posterior(3).theta(), Vector::Zero(2).eval()));  // until its first reward
  reward(3, 0.5);
  CHECK(expected()[3] == doctest::Approx(0.5));

  Router plain({.dim = 2, .alpha = 0.0}, models, BudgetSettings{});
  REQUIRE(plain.feedback(plain.adopt(x, 1.0, 0).id, 0.5) == Status::kApplied);
  CHECK(plain.posterior(0).b() == 0.5 * x);
}

TEST_CASE("pool: rewards of a batch are learned in order while a model follows") {
  const RouterSettings settings{.dim = 3, .exploration = 1.0, .like_pool = true};
  Router one(settings, ladder(4, 3), BudgetSettings{});
  Router many(settings, ladder(4, 3), BudgetSettings{});
  Engine engine(7);
  std::vector<DecisionId> ids;
  std::vector<double> rewards;
  for (int i = 0; i < 40; ++i) {
    const Vector x = unit_vector(engine, 3);
    ids.push_back(Caller{one}.decide(x).id);
    REQUIRE(Caller{many}.decide(x).id == ids.back());
    rewards.push_back(uniform(engine));
  }
  std::vector<Status> statuses(ids.size());
  many.feedback_many(ids, Eigen::Map<Vector>(rewards.data(), 40), statuses);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    CHECK(one.feedback(ids[i], rewards[i]) == statuses[i]);
  }
  for (Index k = 0; k < 4; ++k) {
    CHECK(same_bits(one.posterior(k), many.posterior(k)));
  }
}
