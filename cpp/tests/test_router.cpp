// One router by hand: what decide, settle, release and feedback answer, and what they change.
#include "pilotage/router.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

namespace {

constexpr CapSettings kOneDollar{1'000'000'000};

/// Two models over d = 2. Model 0 costs 1 and 2 micro-dollars a token, model 1 twice that; both are expected
/// to write 50 tokens.
std::vector<ModelSettings> two_models() {
  return {{{1e-6, 2e-6}, 50.0, {vec({0.5, 0.0}), 1.0}}, {{2e-6, 4e-6}, 50.0, {vec({0.0, 0.8}), 1.0}}};
}

RouterSettings two_dimensions() { return {.dim = 2, .capacity = 4}; }

bool unchanged(const BudgetState& a, const BudgetState& b) {
  return a.limit == b.limit && a.settled == b.settled && a.reserved == b.reserved &&
         a.remaining == b.remaining && a.overrun == b.overrun && a.overruns == b.overruns &&
         a.expired == b.expired && a.after_period == b.after_period;
}

}  // namespace

TEST_CASE("router: decide, settle, feedback, decide, by hand") {
  Router router(two_dimensions(), two_models(), kOneDollar);
  Caller caller{router};
  const Vector x = vec({1.0, 0.0});

  // means 0.5 and 0, widths 1 and 1: 1.5 against 1
  const Decision first = caller.decide(x, 100.0, 100.0);
  CHECK(first.id == 0);
  CHECK(first.model == 0);
  CHECK(first.propensity == 1.0);
  CHECK(first.expected_reward == doctest::Approx(0.5));
  CHECK(first.width == doctest::Approx(1.0));
  CHECK(first.expected_cost == 200'000);  // 100 * 1e-6 + 50 * 2e-6
  CHECK(first.reserved == 300'000);       // 100 * 1e-6 + 100 * 2e-6
  CHECK(first.max_tokens == 100);
  CHECK(first.reason == Reason::kBest);
  CHECK(caller.eligible == std::vector<std::uint8_t>{1, 1});
  CHECK(router.budget().reserved == 300'000);
  CHECK(router.budget().remaining == 999'700'000);

  CHECK(router.settle(first.id, 0.00025) == Status::kApplied);
  CHECK(router.budget().settled == 250'000);
  CHECK(router.budget().reserved == 0);
  CHECK(router.feedback(first.id, 1.0) == Status::kApplied);
  // A = diag(2, 1), b = (1.5, 0)
  CHECK(router.posterior(0).theta()[0] == doctest::Approx(0.75));
  CHECK(router.posterior(1).updates() == 0);

  // It wrote 75 tokens; the mean of 50 and 75 is 62.5.
  const Decision second = caller.decide(x, 100.0, std::nullopt, false);
  CHECK(second.id == 1);
  CHECK(second.model == 0);
  CHECK(second.expected_reward == doctest::Approx(0.75));
  CHECK(second.width == 0.0);  // greedy
  CHECK(second.expected_cost == 225'000);
  CHECK(second.max_tokens == 4'096);  // a 64th of a dollar affords the longest that it can write
  CHECK(second.reserved == 8'292'000);
}

TEST_CASE("router: exploring prefers what is uncertain, greedy what is known to be good") {
  RouterSettings settings = two_dimensions();
  settings.alpha = 2.0;
  std::vector<ModelSettings> models = two_models();
  models[0].prior = {vec({0.5, 0.0}), 100.0};  // width 0.1
  models[1].prior = {vec({0.4, 0.0}), 1.0};    // width 1
  Router router(settings, models, NoBudget{});
  Caller caller{router};
  CHECK(caller.decide(vec({1.0, 0.0}), 10.0, {}, true).model == 1);
  CHECK(caller.decide(vec({1.0, 0.0}), 10.0, {}, false).model == 0);
}

TEST_CASE("router: the bound narrows with the decisions made, down to the least alpha") {
  RouterSettings settings = two_dimensions();
  settings.alpha = 1.5;
  std::vector<ModelSettings> models = two_models();
  models[0].prior = {vec({0.51, 0.0}), 1e8};  // width 0.0001
  models[1].prior = {vec({0.0, 0.0}), 1.0};   // width 1
  const auto turn = [&](std::optional<double> least) {
    settings.least_alpha = least;
    Router router(settings, models, NoBudget{});
    Caller caller{router};
    int t = 0;
    while (t < 2000 && caller.decide(vec({1.0, 0.0}), 10.0, {}, true).model == 1) {
      ++t;
    }
    return t;
  };
  // 0.51 + 0.0001 alpha_t < alpha_t = 1.5 sqrt(200 / t) as long as t < 1729.8
  CHECK(turn(0.0) == 1730);
  CHECK(turn(0.6) == 2000);
  CHECK(turn(std::nullopt) == 2000);
}

TEST_CASE("router: the cosine score does not see a model's overall level") {
  RouterSettings settings = two_dimensions();
  settings.score = Score::kPilot;
  std::vector<ModelSettings> models = two_models();
  models[0].prior = {vec({0.9, 0.9}), 1.0};
  models[1].prior = {vec({0.1, 0.0}), 1.0};
  Router router(settings, models, NoBudget{});
  Caller caller{router};
  const Decision decision = caller.decide(vec({2.0, 0.0}), 10.0, {}, false);
  CHECK(decision.model == 1);
  CHECK(decision.expected_reward == doctest::Approx(1.0));
}

TEST_CASE("router: settled in dollars or in tokens is the same; the tokens are the true ones") {
  Router dollars(two_dimensions(), two_models(), NoBudget{});
  Router tokens(two_dimensions(), two_models(), NoBudget{});
  const Vector x = vec({1.0, 0.0});
  CHECK(dollars.settle(Caller{dollars}.decide(x, 100.0).id, 250e-6) == Status::kApplied);
  CHECK(tokens.settle(Caller{tokens}.decide(x, 100.0).id, 100.0, 75.0) == Status::kApplied);
  CHECK(dollars.budget().settled == tokens.budget().settled);
  CHECK(Caller{dollars}.decide(x, 100.0).expected_cost == Caller{tokens}.decide(x, 100.0).expected_cost);
}

TEST_CASE("router: token counts that are refused leave no trace in what is learned from the dollars") {
  Router router(two_dimensions(), two_models(), NoBudget{});
  const Vector x = vec({1.0, 0.0});
  const DecisionId id = Caller{router}.decide(x, 100.0).id;
  CHECK_REFUSED(router.settle(id, 90.0, 1e300), "cost of tokens must be in [0, 4e+09] US dollars");
  CHECK(router.settle(id, 250e-6) == Status::kApplied);
  CHECK(Caller{router}.decide(x, 100.0).expected_cost == 225'000);  // 62.5 tokens, see above
}

TEST_CASE("router: a decision is settled once") {
  Router router(two_dimensions(), two_models(), soft(kOneDollar));
  const DecisionId id = Caller{router}.decide(vec({1.0, 0.0})).id;
  CHECK(router.settle(id, 0.001) == Status::kApplied);
  const BudgetState before = router.budget();
  CHECK(router.settle(id, 0.001) == Status::kDuplicate);
  CHECK(router.settle(id, 0.002) == Status::kConflict);
  CHECK(router.settle(id, 100.0, 450.0) == Status::kDuplicate);  // 100 * 1e-6 + 450 * 2e-6
  CHECK(router.release(id) == Status::kConflict);
  CHECK(router.settle(id + 1, 0.001) == Status::kUnknown);
  CHECK(router.settle(id + 1, 1.0, 1.0) == Status::kUnknown);
  CHECK(router.settle(-1, 0.001) == Status::kUnknown);
  CHECK(unchanged(router.budget(), before));
  CHECK(before.settled == 1'000'000);
  CHECK(before.overruns == 1);
  CHECK(before.overrun == 700'000);
}

TEST_CASE("router: an answer is expected to cost no more than its limit allows") {
  Router router(two_dimensions(), two_models(), kOneDollar);
  const Decision decision = Caller{router}.decide(vec({1.0, 0.0}), 100.0, 5.0);
  CHECK(decision.expected_cost == 110'000);  // 100 * 1e-6 + 5 * 2e-6, though 50 tokens are expected
  CHECK(decision.reserved == decision.expected_cost);
}

TEST_CASE("router: a call that earned a reward happened") {
  Router router(two_dimensions(), two_models(), kOneDollar);
  const DecisionId id = Caller{router}.decide(vec({1.0, 0.0})).id;
  CHECK(router.feedback(id, 1.0) == Status::kApplied);
  CHECK(router.release(id) == Status::kConflict);
  CHECK(router.settle(id, 1e-4) == Status::kApplied);
}

TEST_CASE("router: a decision is rewarded once") {
  Router router(two_dimensions(), two_models(), NoBudget{});
  const Decision decision = Caller{router}.decide(vec({1.0, 0.0}));
  CHECK(router.feedback(decision.id, 0.25) == Status::kApplied);
  const Posterior before = router.posterior(decision.model);
  CHECK(router.feedback(decision.id, 0.25) == Status::kDuplicate);
  CHECK(router.feedback(decision.id, 0.5) == Status::kConflict);
  CHECK(router.feedback(decision.id + 1, 0.5) == Status::kUnknown);
  CHECK(same_bits(router.posterior(decision.model), before));
}

TEST_CASE("router: a released call costs nothing and teaches nothing") {
  Router router(two_dimensions(), two_models(), kOneDollar);
  const Decision decision = Caller{router}.decide(vec({1.0, 0.0}));
  CHECK(router.release(decision.id) == Status::kApplied);
  CHECK(router.release(decision.id) == Status::kDuplicate);
  CHECK(router.settle(decision.id, 0.0) == Status::kConflict);
  CHECK(router.feedback(decision.id, 1.0) == Status::kConflict);
  CHECK(router.release(decision.id + 1) == Status::kUnknown);
  CHECK(router.budget().settled == 0);
  CHECK(router.budget().reserved == 0);
  CHECK(router.posterior(decision.model).updates() == 0);
}

TEST_CASE("router: a decision forgotten before it was settled is charged its reservation") {
  Router router(two_dimensions(), two_models(), kOneDollar);
  Caller caller{router};
  const DecisionId first = caller.decide(vec({1.0, 0.0}), 100.0, 100.0).id;  // 300,000
  const DecisionId second = caller.decide(vec({1.0, 0.0}), 100.0, 100.0).id;
  CHECK(router.settle(second, 0.0001) == Status::kApplied);
  for (int i = 0; i < 2; ++i) {
    (void)caller.decide(vec({1.0, 0.0}), 100.0, 100.0);
  }
  CHECK(router.budget().expired == 0);
  (void)caller.decide(vec({1.0, 0.0}), 100.0, 100.0);  // a fifth: only four are remembered
  CHECK(router.budget().expired == 1);
  CHECK(router.budget().settled == 400'000);
  CHECK(router.budget().overruns == 0);
  CHECK(router.settle(first, 0.0001) == Status::kLate);
  CHECK(router.release(first) == Status::kLate);
  CHECK(router.feedback(first, 0.5) == Status::kLate);
  (void)caller.decide(vec({1.0, 0.0}), 100.0, 100.0);  // forgets one that was settled
  CHECK(router.budget().expired == 1);
  CHECK(router.budget().settled == 400'000);
}

TEST_CASE("router: what cannot be afforded is not eligible, and without any there is no decision") {
  // 300,000 and 600,000 nano-dollars are set aside; model 1 would be the better one.
  Router router(two_dimensions(), two_models(), CapSettings{750'000});
  Caller caller{router};
  const Vector x = vec({0.0, 1.0});
  CHECK(caller.decide(x).model == 1);
  const Decision refused = caller.decide(x);
  CHECK(refused.model == -1);
  CHECK(refused.id == -1);
  CHECK(refused.propensity == 0.0);
  CHECK(refused.reserved == 0);
  CHECK(refused.needed == 300'000);
  CHECK(router.budget().reserved == 600'000);
  CHECK(refused.reason == Reason::kInsufficientBudget);
  CHECK(caller.eligible == std::vector<std::uint8_t>{0, 0});
  CHECK(router.settle(0, 200e-6) == Status::kApplied);  // half of it comes back
  CHECK(caller.decide(x).model == 0);
  CHECK(caller.eligible == std::vector<std::uint8_t>{1, 0});
}

TEST_CASE("router: nothing is eligible when a policy refuses what could be afforded") {
  const ZclSettings zcl{.budget = 10'000'000, .requests = 1000, .bin_size = 1, .lower = 1e9, .upper = 1e9};
  Router router(two_dimensions(), two_models(), zcl);
  Caller caller{router};
  CHECK(caller.decide(vec({1.0, 0.0})).model == -1);
  CHECK(caller.eligible == std::vector<std::uint8_t>{0, 0});
}

TEST_CASE("router: a new budget is a new account; what was learned stays") {
  Router router(two_dimensions(), two_models(), kOneDollar);
  Caller caller{router};
  const Decision before = caller.decide(vec({1.0, 0.0}));
  CHECK(router.settle(caller.decide(vec({1.0, 0.0})).id, 0.001) == Status::kApplied);
  router.set_budget(CapSettings{700'000});
  CHECK(unchanged(router.budget(), {700'000, 0, 0, 700'000, 0, 0, 0, 0}));

  CHECK(router.settle(before.id, 0.5) == Status::kApplied);
  CHECK(router.feedback(before.id, 1.0) == Status::kApplied);
  CHECK(unchanged(router.budget(), {700'000, 0, 0, 700'000, 0, 0, 0, 0}));
  CHECK(router.posterior(0).updates() == 1);

  CHECK_THROWS_AS(router.set_budget(CapSettings{-1}), std::invalid_argument);
  CHECK(router.budget().limit == 700'000);
  router.set_budget(NoBudget{});
  CHECK(router.budget().remaining == kUnlimited);
}

TEST_CASE("router: a reservation of a closed account does not expire into the new one") {
  Router router(two_dimensions(), two_models(), kOneDollar);
  Caller caller{router};
  for (int i = 0; i < 4; ++i) {
    (void)caller.decide(vec({1.0, 0.0}));
  }
  router.set_budget(kOneDollar);
  (void)caller.decide(vec({1.0, 0.0}));
  CHECK(router.budget().expired == 0);
  CHECK(router.budget().settled == 0);
}

TEST_CASE("router: what nobody settles expires at its reservation, once") {
  Router router(two_dimensions(), two_models(), soft(kOneDollar));
  Caller caller{router};
  const DecisionId id = caller.decide(vec({1.0, 0.0})).id;  // 300,000
  const DecisionId settled = caller.decide(vec({1.0, 0.0})).id;
  const DecisionId released = caller.decide(vec({1.0, 0.0})).id;
  CHECK(router.settle(settled, 0.0) == Status::kApplied);
  CHECK(router.release(released) == Status::kApplied);
  CHECK(router.expire(id) == Status::kApplied);
  CHECK(unchanged(router.budget(), {1'000'000'000, 300'000, 0, 999'700'000, 0, 0, 1, 0}));
  CHECK(router.expire(id) == Status::kDuplicate);
  CHECK(router.settle(id, 300e-6) == Status::kConflict);
  CHECK(router.release(id) == Status::kConflict);
  CHECK(router.expire(settled) == Status::kConflict);
  CHECK(router.expire(released) == Status::kConflict);
  CHECK(router.expire(released + 1) == Status::kUnknown);
  CHECK(router.feedback(id, 0.5) == Status::kApplied);  // the call may well have happened
  CHECK(unchanged(router.budget(), {1'000'000'000, 300'000, 0, 999'700'000, 0, 0, 1, 0}));
}

TEST_CASE("router: what cannot be learned from is charged all the same") {
  std::vector<ModelSettings> models = two_models();
  models[0].prices = {0.0, 1e-300};
  Router router(two_dimensions(), models, NoBudget{});
  const Decision decision = Caller{router}.decide(vec({1.0, 0.0}));
  REQUIRE(decision.model == 0);
  CHECK(router.settle(decision.id, 1.0) == Status::kApplied);  // 1e300 tokens, whose square is not finite
  CHECK(router.budget().settled == 1'000'000'000);
  CHECK(router.settle(decision.id, 1.0) == Status::kDuplicate);
  CHECK(router.calibration()[0].unlearned == 1);
  CHECK(Caller{router}.decide(vec({1.0, 0.0})).expected_cost == decision.expected_cost);
}

TEST_CASE("router: what calls were expected to cost is kept beside what they cost") {
  Router router({.dim = 2, .cost = {.learn = false}}, two_models(), soft(kOneDollar));
  Caller caller{router};
  for (const double usd : {100e-6, 200e-6, 300e-6}) {  // 200e-6 expected
    CHECK(router.settle(caller.decide(vec({1.0, 0.0})).id, usd) == Status::kApplied);
  }
  CHECK(router.release(caller.decide(vec({1.0, 0.0})).id) == Status::kApplied);
  const CostCalibration first = router.calibration()[0];
  CHECK(first.settled == 3);
  CHECK(first.expected == doctest::Approx(600e-6));
  CHECK(first.actual == doctest::Approx(600e-6));
  CHECK(first.above == 1);
  CHECK(first.unlearned == 0);
  CHECK(first.quantile == 0.95);
  CHECK(first.factor == 1.0);
  CHECK(router.calibration()[1].settled == 0);
}

TEST_CASE("router: estimate is what decide goes by, and changes nothing") {
  Router router(two_dimensions(), two_models(), kOneDollar);
  Vector reward(2);
  Vector width(2);
  Vector usd(2);
  router.estimate(vec({0.6, 0.8}), 100.0, reward, width, usd);
  CHECK(reward[0] == doctest::Approx(0.3));
  CHECK(reward[1] == doctest::Approx(0.64));
  CHECK(width[0] == doctest::Approx(1.0));
  CHECK(usd[1] == doctest::Approx(400e-6));
  const Decision decision = Caller{router}.decide(vec({0.6, 0.8}));
  CHECK(decision.id == 0);
  CHECK(decision.expected_reward == reward[decision.model]);
}

TEST_CASE("router: settings outside their ranges are refused") {
  const auto refused = [](auto change, const char* text) {
    RouterSettings settings = two_dimensions();
    std::vector<ModelSettings> models = two_models();
    change(settings, models);
    CHECK_REFUSED(Router(settings, models, NoBudget{}), text);
  };
  using Models = std::vector<ModelSettings>;
  refused([](RouterSettings& s, Models&) { s.dim = 0; }, "dim must be >= 1, got 0");
  refused([](RouterSettings& s, Models&) { s.alpha = -1.0; }, "alpha must be finite and >= 0, got -1");
  refused([](RouterSettings& s, Models&) { s.least_alpha = 1.5; },
          "least_alpha must be in [0, alpha], got 1.5");
  refused([](RouterSettings& s, Models&) { s.exploration = 1.5; }, "exploration must be in [0, 1], got 1.5");
  refused([](RouterSettings& s, Models&) { s.capacity = 0; }, "capacity must be >= 1, got 0");
  refused([](RouterSettings& s, Models&) { s.epoch = -1; }, "epoch must be in [0, 8388607], got -1");
  refused([](RouterSettings& s, Models&) { s.cost.lengths.components = 3; },
          "cost_components must be <= dim = 2");
  refused([](RouterSettings&, Models& m) { m.clear(); }, "models must be >= 1, got 0");
  refused([](RouterSettings&, Models& m) { m[1].prior = {vec({1.0}), 1.0}; },
          "prior_mean must have shape (2,), got (1,)");
  refused([](RouterSettings&, Models& m) { m[1].max_output_tokens = 0.5; },
          "max_output_tokens must be finite and >= 1, got 0.5");
  refused([](RouterSettings&, Models& m) { m[1].expected_output_tokens = 0.0; },
          "expected_output_tokens must be finite and > 0");
}
