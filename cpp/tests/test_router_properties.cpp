// Routers over random streams of events: the limit, the account, chance, determinism, refusals.
#include <array>

#include "literal_zcl.hpp"
#include "pilotage/router.hpp"
#include "plain_account.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;
using reference::Event;

namespace {

constexpr Index kDim = 5;
constexpr Index kModels = 4;

BudgetSettings paced(NanoDollars budget, std::int64_t requests) {
  return ZclSettings{.budget = budget, .requests = requests, .bin_size = 50};
}

bool same_bits(const Decision& a, const Decision& b) {
  return a.id == b.id && a.model == b.model && a.propensity == b.propensity &&
         a.expected_reward == b.expected_reward && a.width == b.width && a.expected_cost == b.expected_cost &&
         a.reserved == b.reserved && a.reason == b.reason;
}

bool same_state(const Router& a, const Router& b) {
  const BudgetState left = a.budget();
  const BudgetState right = b.budget();
  bool same = left.settled == right.settled && left.reserved == right.reserved &&
              left.remaining == right.remaining && left.overrun == right.overrun &&
              left.overruns == right.overruns && left.expired == right.expired;
  for (Index k = 0; k < a.size(); ++k) {
    same = same && testing::same_bits(a.posterior(k), b.posterior(k));
  }
  return same;
}

/// Everything a router may wrongly be told about a decision, none of which may leave a trace.
void tell_nonsense(Router& router, DecisionId id) {
  Caller caller{router};
  const Vector ones = Vector::Ones(kDim);
  Vector huge = ones;
  huge[1] = 1e308;
  huge[2] = -1e308;
  Vector broken = ones;
  broken[3] = kNaN;
  CHECK_REFUSED((void)caller.decide(Vector::Ones(kDim + 1)), "x must have shape (5,), got (6,)");
  CHECK_REFUSED((void)caller.decide(broken), "x must be finite, got nan at index 3");
  CHECK_REFUSED((void)caller.decide(huge), "score of prompt's x must be finite");
  CHECK_REFUSED((void)caller.decide(ones, -1.0), "input_tokens must be finite and >= 0, got -1");
  CHECK_REFUSED((void)caller.decide(ones, 1e300),
                "input_tokens must be fewer: expected cost must be in [0, 4e+09]");
  CHECK_REFUSED((void)caller.decide(ones, 1.0, 0.0), "max_tokens must be finite and > 0, got 0");
  CHECK_REFUSED(router.settle(id, -1.0), "cost must be in [0, 4e+09] US dollars, got -1");
  CHECK_REFUSED(router.settle(id, kNaN), "got nan");
  CHECK_REFUSED(router.settle(id, kInf, 1.0), "input of tokens must be finite and >= 0, got inf");
  CHECK_REFUSED(router.settle(id, 1.0, -2.0), "output of tokens must be finite and >= 0, got -2");
  CHECK_REFUSED(router.feedback(id, 1.1), "reward must be in [0, 1], got 1.1");
  CHECK_REFUSED(router.feedback(id, kNaN), "reward must be in [0, 1], got nan");
}

/// A stream of random events, the same for the same seed, that calls `between` before each.
template <class Between>
std::vector<Decision> run(Router& router, std::uint64_t seed, int events, const Between& between) {
  Engine engine(seed);
  Caller caller{router};
  std::vector<Decision> decisions;
  for (int i = 0; i < events; ++i) {
    between(decisions.empty() ? DecisionId{0} : decisions.back().id);
    const Vector x = unit_vector(engine, kDim);
    const double input_tokens = std::floor(uniform(engine, 1.0, 500.0));
    const std::optional<double> max_tokens = i % 3 == 0 ? std::optional(300.0) : std::nullopt;
    decisions.push_back(caller.decide(x, input_tokens, max_tokens, i % 4 != 0));
    const DecisionId id = decisions[static_cast<std::size_t>(below(engine, i + 1))].id;
    const double draw = uniform(engine);
    (void)(draw < 0.1 ? router.release(id) : router.settle(id, uniform(engine, 0.0, 1e-3)));
    (void)router.feedback(id, uniform(engine));
  }
  return decisions;
}

RouterSettings lively(std::uint64_t seed) {
  return {.dim = kDim,
          .exploration = 0.1,
          .seed = seed,
          .capacity = 64,
          .refactor_every = 100,
          .cost = {.lengths = {.components = 2}}};
}

}  // namespace

TEST_CASE("router: the same events give bit-identical decisions and posteriors") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    Router once(lively(seed), ladder(kModels, kDim), paced(200'000'000, 1'500));
    Router again(lively(seed), ladder(kModels, kDim), paced(200'000'000, 1'500));
    const auto nothing = [](DecisionId) {};
    const std::vector<Decision> left = run(once, seed, 2'000, nothing);
    const std::vector<Decision> right = run(again, seed, 2'000, nothing);
    bool same = true;
    for (std::size_t i = 0; i < left.size(); ++i) {
      same = same && same_bits(left[i], right[i]);
    }
    CHECK(same);
    CHECK(same_state(once, again));
  }
}

TEST_CASE("router: refused inputs leave everything bit-identical") {
  Router plain(lively(7), ladder(kModels, kDim), paced(100'000'000, 400));
  Router pestered(lively(7), ladder(kModels, kDim), paced(100'000'000, 400));
  const std::vector<Decision> left = run(plain, 7, 500, [](DecisionId) {});
  const std::vector<Decision> right =
      run(pestered, 7, 500, [&](DecisionId last) { tell_nonsense(pestered, last); });
  for (std::size_t i = 0; i < left.size(); ++i) {
    REQUIRE(same_bits(left[i], right[i]));
  }
  CHECK(same_state(plain, pestered));
}

TEST_CASE("router: the account equals the sum over the list of events") {
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
    constexpr std::int64_t kCapacity = 16;
    Engine engine(seed);
    RouterSettings settings{.dim = kDim, .capacity = kCapacity};
    Router router(settings, ladder(kModels, kDim), soft(CapSettings{300'000'000}));
    Caller caller{router};
    std::vector<Event> events;
    std::int64_t decided = 0;
    for (int i = 0; i < 2'000; ++i) {
      const double draw = uniform(engine);
      if (draw < 0.5) {
        const Decision decision = caller.decide(unit_vector(engine, kDim));
        if (decision.model >= 0) {
          events.push_back({Event::Kind::kDecide, 0, decision.reserved});
          ++decided;
        }
      } else if (decided > 0) {
        const std::int64_t id = std::max<std::int64_t>(0, decided - 1 - below(engine, 2 * kCapacity));
        const NanoDollars cost = below(engine, 600'000);
        const Status status = draw < 0.9 ? router.settle(id, to_dollars(cost)) : router.release(id);
        REQUIRE((status == Status::kLate) == (id < decided - kCapacity));
        events.push_back(
            {draw < 0.9 ? Event::Kind::kSettle : Event::Kind::kRelease, static_cast<std::size_t>(id), cost});
      }
      if (i % 20 == 0) {
        const BudgetState state = router.budget();
        const reference::Totals totals{state.settled, state.reserved, state.overrun, state.overruns,
                                       state.expired};
        REQUIRE(totals == reference::plain_account(events, kCapacity));
      }
    }
    CHECK(router.budget().expired > 0);
    CHECK(router.budget().overruns > 0);
  }
}

TEST_CASE("router: a limit is never crossed by calls that keep to max_tokens") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Engine engine(seed);
    const NanoDollars limit = 1'000'000 + below(engine, 100'000'000);
    const BudgetSettings budget = seed % 2 == 0 ? BudgetSettings(CapSettings{limit}) : paced(limit, 1'000);
    Router router({.dim = kDim,
                   .exploration = 0.2,
                   .seed = seed,
                   .capacity = 32,
                   .cost = {.lengths = {.components = 3}}},
                  ladder(kModels, kDim), budget);
    Caller caller{router};
    std::vector<Decision> open;
    std::vector<double> inputs;  // tokens
    std::int64_t refused = 0;
    for (int i = 0; i < 1'500; ++i) {
      const double input = static_cast<double>(below(engine, 2'000));
      const auto wanted =
          i % 2 == 0 ? std::optional(static_cast<double>(1 + below(engine, 2'000))) : std::nullopt;
      const Decision decision = caller.decide(unit_vector(engine, kDim), input, wanted);
      if (decision.model < 0) {
        ++refused;
      } else {
        open.push_back(decision);
        inputs.push_back(input);
        REQUIRE(static_cast<double>(decision.max_tokens.value()) <= wanted.value_or(4'096.0));
      }
      if (!open.empty() && below(engine, 10) < 9) {
        const auto at = static_cast<std::size_t>(below(engine, static_cast<std::int64_t>(open.size())));
        const auto most = static_cast<double>(open[at].max_tokens.value());
        (void)router.settle(open[at].id, inputs[at],
                            below(engine, 3) == 0 ? most : std::floor(uniform(engine) * most));
        (void)router.feedback(open[at].id, uniform(engine));
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
        inputs.erase(inputs.begin() + static_cast<std::ptrdiff_t>(at));
      }
      const BudgetState state = router.budget();
      REQUIRE(state.settled + state.reserved <= limit);
      REQUIRE(state.remaining == limit - state.settled - state.reserved);
      REQUIRE(state.overruns == 0);
    }
    CHECK(refused > 0);  // the limit was reached
  }
}

TEST_CASE("router: exploration's propensities sum to one and are its frequencies") {
  constexpr int kDraws = 20'000;
  Router router({.dim = 2, .exploration = 0.3, .seed = 5, .capacity = 8}, ladder(3, 2), NoBudget{});
  Caller caller{router};
  const Vector x = vec({1.0, 0.0});
  Vector counts = Vector::Zero(3);
  Vector propensity = Vector::Zero(3);
  int explored = 0;
  for (int i = 0; i < kDraws; ++i) {
    const Decision decision = caller.decide(x);
    counts[decision.model] += 1.0;
    REQUIRE((propensity[decision.model] == 0.0 || propensity[decision.model] == decision.propensity));
    propensity[decision.model] = decision.propensity;
    explored += decision.reason == Reason::kExploration ? 1 : 0;
  }
  CHECK(propensity.sum() == doctest::Approx(1.0));
  CHECK(propensity.maxCoeff() == doctest::Approx(0.8));
  CHECK((counts / kDraws - propensity).cwiseAbs().maxCoeff() < 0.02);  // seven standard deviations
  CHECK(explored == kDraws - static_cast<int>(counts.maxCoeff()));
  CHECK(caller.decide(x, 100.0, {}, false).propensity == 1.0);
}

TEST_CASE("router: exploration draws among the eligible only") {
  // They cost 34,000, 148,000, 360,000 and 688,000 nano-dollars.
  Router router({.dim = 2, .exploration = 1.0, .seed = 5, .capacity = 2'000, .cost = {.learn = false}},
                ladder(4, 2), CapSettings{160'000});
  Caller caller{router};
  std::vector<int> counts(4);
  for (int i = 0; i < 1'000; ++i) {
    const Decision decision = caller.decide(vec({1.0, 0.0}), 10.0);
    REQUIRE(decision.model >= 0);
    ++counts.at(static_cast<std::size_t>(decision.model));
    const auto candidates = std::ranges::count(caller.eligible, std::uint8_t{1});
    REQUIRE(decision.propensity == doctest::Approx(1.0 / static_cast<double>(candidates)));
    REQUIRE(caller.eligible[static_cast<std::size_t>(decision.model)] == 1);
    REQUIRE(router.release(decision.id) == Status::kApplied);
  }
  CHECK(counts[0] > 400);
  CHECK(counts[1] > 400);
  CHECK(counts[0] + counts[1] == 1'000);
}

TEST_CASE("router: its policy is told what was expected, and then what it cost, forgotten calls included") {
  constexpr std::int64_t kCapacity = 8;
  const ZclSettings zcl{.budget = 300'000'000, .requests = 1'000, .bin_size = 40};
  const std::vector<ModelSettings> models = ladder(kModels, kDim);
  Router router({.dim = kDim, .capacity = kCapacity}, models, zcl);
  Zcl shadow(zcl);
  Caller caller{router};
  Engine engine(13);
  Vector reward(kModels);
  Vector width(kModels);
  Vector usd(kModels);
  std::vector<Decision> decisions;
  std::vector<bool> open;
  std::array<int, 3> ends{};  // settled, released, forgotten
  for (int i = 0; i < 1'000; ++i) {
    const Vector x = unit_vector(engine, kDim);
    router.estimate(x, 100.0, reward, width, usd);
    std::vector<std::uint8_t> eligible;
    for (const ModelSettings& model : models) {
      const double cap = 100.0 * model.prices.input + 400.0 * model.prices.output;
      eligible.push_back(to_nanodollars("cap", cap) <= router.budget().remaining ? 1 : 0);
    }
    const Reason reason = shadow.admit(reward, usd, usd, eligible).reason;
    const Decision decision = caller.decide(x, 100.0, 400.0, false);
    REQUIRE(decision.reason == reason);
    if (decision.model < 0) {
      continue;
    }
    REQUIRE(caller.eligible == eligible);
    decisions.push_back(decision);
    open.push_back(true);
    if (decision.id >= kCapacity && open[static_cast<std::size_t>(decision.id - kCapacity)]) {
      const Decision& forgotten = decisions[static_cast<std::size_t>(decision.id - kCapacity)];
      shadow.correct(forgotten.expected_cost, forgotten.reserved);
      ++ends[2];
    }
    shadow.commit(decision.expected_cost);

    const auto at =
        static_cast<std::size_t>(std::max<std::int64_t>(0, decision.id - below(engine, kCapacity)));
    if (!open[at]) {
      continue;
    }
    open[at] = false;
    if (below(engine, 4) == 0) {
      REQUIRE(router.release(decisions[at].id) == Status::kApplied);
      shadow.correct(decisions[at].expected_cost, 0);
      ++ends[1];
    } else {
      const NanoDollars actual = below(engine, decisions[at].reserved + 1);
      REQUIRE(router.settle(decisions[at].id, to_dollars(actual)) == Status::kApplied);
      shadow.correct(decisions[at].expected_cost, actual);
      ++ends[0];
    }
  }
  CHECK(ends[0] > 50);
  CHECK(ends[1] > 20);
  CHECK(ends[2] > 20);
}

TEST_CASE("router: with zcl it is algorithm 3 as printed, where the ledger does not bind") {
  // Model k's prior is the k-th axis, so a context is the list of rewards; only input tokens cost.
  int served = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    Engine engine(seed);
    constexpr std::int64_t kRequests = 120;
    const auto price = [](Index k) { return static_cast<double>((k + 1) * (k + 1)) * 1e-6; };
    std::vector<ModelSettings> models;
    for (Index k = 0; k < kModels; ++k) {
      models.push_back({{price(k), 0.0}, 1.0, {Vector::Unit(kModels, k), 1.0}});
    }
    std::vector<reference::Row> rows(kRequests);
    std::vector<double> input_tokens(kRequests);
    for (std::size_t t = 0; t < rows.size(); ++t) {
      input_tokens[t] = static_cast<double>(100 + below(engine, 900));
      for (Index k = 0; k < kModels; ++k) {
        rows[t].values.push_back(uniform(engine));
        rows[t].costs.push_back(static_cast<double>((k + 1) * (k + 1)) * 1e3 * input_tokens[t]);
      }
    }
    const ZclSettings zcl{.budget = kRequests * (1'000'000 + below(engine, 5'000'000)),
                          .requests = kRequests,
                          .bin_size = 1 + below(engine, 50),
                          .lower = 50.0,
                          .upper = 5'000.0,
                          .stop = true};
    Router router({.dim = kModels}, models, zcl);
    Caller caller{router};
    const std::vector<std::size_t> literal =
        reference::literal_zcl(rows, static_cast<double>(zcl.budget), static_cast<std::size_t>(zcl.bin_size),
                               *zcl.lower * 1e-9, *zcl.upper * 1e-9);
    for (std::size_t t = 0; t < literal.size(); ++t) {
      const Vector x = Eigen::Map<const Vector>(rows[t].values.data(), kModels);
      const Decision decision = caller.decide(x, input_tokens[t], {}, false);
      if (router.budget().remaining < static_cast<NanoDollars>(rows[t].costs.back())) {
        break;  // the ledger, which the paper has not, may narrow the choice
      }
      CAPTURE(seed);
      CAPTURE(t);
      REQUIRE(decision.model == static_cast<Index>(literal[t]));
      REQUIRE(router.settle(decision.id, to_dollars(decision.expected_cost)) == Status::kApplied);
      ++served;
    }
  }
  CHECK(served > 2'000);
}
