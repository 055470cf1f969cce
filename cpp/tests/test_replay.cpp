#include "pilotage/replay.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

namespace {

constexpr Index kDim = 6;
constexpr Index kModels = 3;

struct World {
  RowMatrix contexts;
  Vector input_tokens;
  RowMatrix costs;
  RowMatrix rewards;

  [[nodiscard]] Recorded recorded(bool told = true) const {
    static const RowMatrix nothing(0, 0);
    return {contexts, input_tokens, costs, told ? rewards : nothing};
  }
};

World world(Index n, std::uint64_t seed) {
  Engine engine(seed);
  World out{RowMatrix(n, kDim), Vector(n), RowMatrix(n, kModels), RowMatrix(n, kModels)};
  for (Index i = 0; i < n; ++i) {
    out.contexts.row(i) = unit_vector(engine, kDim);
    out.input_tokens[i] = uniform(engine, 1.0, 400.0);
    for (Index k = 0; k < kModels; ++k) {
      out.costs(i, k) = uniform(engine, 0.0, 1e-4) * static_cast<double>(k + 1);
      out.rewards(i, k) = uniform(engine);
    }
  }
  return out;
}

struct Answers {
  explicit Answers(Index n)
      : choice(static_cast<std::size_t>(n), -2), cost(choice.size()), reward(choice.size()) {}

  Played played() { return {choice, cost, reward}; }

  std::vector<std::int64_t> choice;
  std::vector<double> cost;
  std::vector<double> reward;
};

/// The slow twin: as a service calls it.
Answers one_by_one(Router& router, const World& world, bool explore, bool told) {
  Caller caller{router};
  Answers out(world.contexts.rows());
  for (Index i = 0; i < world.contexts.rows(); ++i) {
    const Vector x = world.contexts.row(i).transpose();
    const Decision decision = caller.decide(x, world.input_tokens[i], {}, explore);
    const auto at = static_cast<std::size_t>(i);
    out.choice[at] = decision.model;
    out.cost[at] = to_dollars(decision.expected_cost);
    out.reward[at] = decision.expected_reward;
    if (decision.model >= 0) {
      REQUIRE(router.settle(decision.id, world.costs(i, decision.model)) == Status::kApplied);
      if (told) {
        REQUIRE(router.feedback(decision.id, world.rewards(i, decision.model)) == Status::kApplied);
      }
    }
  }
  return out;
}

}  // namespace

TEST_CASE("replay: request for request what single calls do") {
  const World recorded = world(400, 1);
  const std::vector<BudgetSettings> budgets{
      NoBudget{}, CapSettings{5'000'000},
      DualSettings{.budget = 20'000'000, .requests = 400, .unserved = 0.0}, PacerSettings{.rate = 5e-5}};
  for (const BudgetSettings& budget : budgets) {
    for (const double forgetting : {1.0, 0.95}) {
      for (const bool explore : {true, false}) {
        for (const bool told : {true, false}) {
          const RouterSettings settings{
              .dim = kDim, .forgetting = forgetting, .exploration = 0.1, .seed = 3, .capacity = 50};
          Router fast(settings, ladder(kModels, kDim), soft(budget));
          Router slow(settings, ladder(kModels, kDim), soft(budget));
          Answers found(400);
          replay(fast, recorded.recorded(told), found.played(), {.explore = explore});
          const Answers expected = one_by_one(slow, recorded, explore, told);
          CHECK(found.choice == expected.choice);
          CHECK(found.cost == expected.cost);
          CHECK(found.reward == expected.reward);
          CHECK(fast.budget().settled == slow.budget().settled);
          for (Index k = 0; k < kModels; ++k) {
            CHECK(same_bits(fast.posterior(k), slow.posterior(k)));
            CHECK((fast.posterior(k).updates() > 0) == (told && std::ranges::count(found.choice, k) > 0));
          }
        }
      }
    }
  }
}

TEST_CASE("replay: what throws on the way leaves those before played") {
  struct Stopped {};
  const World recorded = world(10, 2);
  Router router({.dim = kDim}, ladder(kModels, kDim), CapSettings{1'000'000'000});
  Answers found(10);
  int polled = 0;
  const auto stop = [&] {
    if (++polled == 4) {
      throw Stopped{};
    }
  };
  CHECK_THROWS_AS(replay(router, recorded.recorded(), found.played(), {.poll = stop}), Stopped);
  CHECK(std::ranges::count(found.choice, -2) == 7);
  std::int64_t learned = 0;
  for (Index k = 0; k < kModels; ++k) {
    learned += router.posterior(k).updates();
  }
  CHECK(learned == 3);
}

TEST_CASE("replay: what is refused changes nothing") {
  const World good = world(5, 3);
  Router router({.dim = kDim}, ladder(kModels, kDim), CapSettings{1'000'000'000});
  Answers found(5);
  const auto refused = [&](const World& bad, const char* message) {
    CHECK_REFUSED(replay(router, bad.recorded(), found.played()), message);
    CHECK(std::ranges::count(found.choice, -2) == 5);
    CHECK(router.budget().settled == 0);
  };
  const auto with = [&](const auto& change) {
    World bad = good;
    change(bad);
    return bad;
  };
  refused(with([](World& w) { w.contexts.conservativeResize(5, 5); }),
          "contexts must have shape (5, 6), got (5, 5)");
  refused(with([](World& w) { w.input_tokens.conservativeResize(4); }),
          "input_tokens must have shape (5,), got (4,)");
  refused(with([](World& w) { w.costs.conservativeResize(5, 2); }),
          "costs must have shape (5, 3), got (5, 2)");
  refused(with([](World& w) { w.rewards.conservativeResize(4, 3); }),
          "rewards must have shape (5, 3), got (4, 3)");
  refused(with([](World& w) { w.contexts(4, 1) = kNaN; }), "prompt's x must be finite, got nan at index 1");
  refused(with([](World& w) { w.input_tokens[4] = -1.0; }), "input_tokens must be finite and >= 0, got -1");
  refused(with([](World& w) { w.costs(4, 2) = -1.0; }), "costs must be in [0, 4e+09]");
  refused(with([](World& w) { w.rewards(4, 2) = 1.5; }), "rewards must be in [0, 1], got 1.5");
  Answers few(4);
  CHECK_REFUSED(replay(router, good.recorded(), few.played()), "played must have shape (5,), got (4,)");
}
