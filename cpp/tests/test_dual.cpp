#include <numeric>

#include "fading_spend.hpp"
#include "pilotage/pricing/dual.hpp"
#include "pilotage/select.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;
using reference::Offer;

namespace {

/// Plays a policy as the router does, every call costing exactly what was expected of it.
struct Player {
  Player(double dollars, std::int64_t requests, Index models, std::optional<double> unserved = {})
      : left(to_nanodollars("usd", dollars)),
        policy({.budget = left, .requests = requests, .unserved = unserved}, models) {}

  /// The model called, -1 for none.
  Index call(const Offer& offer) {
    eligible.resize(static_cast<std::size_t>(offer.cost.size()));
    for (Index k = 0; k < offer.cost.size(); ++k) {
      eligible[static_cast<std::size_t>(k)] = nano(offer, k) <= left ? 1 : 0;
    }
    verdict = policy.admit(offer.reward, offer.cost, offer.cost, eligible);
    if (refuses(verdict.reason)) {
      return -1;
    }
    const Vector score = offer.reward - verdict.dual_price * offer.cost;
    const Index model = select(score, offer.cost, eligible);
    left -= nano(offer, model);
    policy.commit(nano(offer, model));
    return model;
  }

  static NanoDollars nano(const Offer& offer, Index k) { return to_nanodollars("cost", offer.cost[k]); }

  NanoDollars left;
  Dual policy;
  Verdict verdict{};
  std::vector<std::uint8_t> eligible;
};

std::vector<Offer> random_offers(Engine& engine, std::size_t requests, Index models) {
  std::vector<Offer> offers(requests);
  for (Offer& offer : offers) {
    offer = {Vector(models), Vector(models)};
    for (Index k = 0; k < models; ++k) {
      offer.cost[k] = 1e-4 * std::exp2(static_cast<double>(k) + uniform(engine));
      offer.reward[k] = 0.5 + 0.08 * static_cast<double>(k) + uniform(engine, -0.3, 0.3);
    }
  }
  return offers;
}

/// The most that any choice, even a fractional one, can earn within the budget: the LP optimum.
double lp_optimum(const std::vector<Offer>& offers, double dollars, std::optional<double> unserved = {}) {
  std::vector<Step> steps;
  double reward = 0.0;
  for (const Offer& offer : offers) {
    Hull hull(offer.cost.size());
    hull.build(offer.reward, offer.cost,
               std::vector<std::uint8_t>(static_cast<std::size_t>(offer.cost.size()), 1), unserved);
    reward += hull.cheapest() == kNobody ? *unserved : offer.reward[hull.cheapest()];
    dollars -= hull.cheapest_usd();
    steps.insert(steps.end(), hull.steps().begin(), hull.steps().end());
  }
  std::ranges::sort(steps, std::greater{}, &Step::rate);
  for (const Step& step : steps) {
    const double usd = std::min(step.usd, dollars);
    reward += usd * step.rate;
    dollars -= usd;
  }
  return reward;
}

}  // namespace

TEST_CASE("dual: by hand") {
  const Offer offer{vec({0.5, 0.9}), vec({1.0, 3.0})};
  Player player(7.0, 3, 2);
  int dear = 0;
  for (int t = 0; t < 3; ++t) {
    const Index model = player.call(offer);
    REQUIRE(model >= 0);
    CHECK(player.verdict.reason == Reason::kDualPrice);
    dear += model == 1 ? 1 : 0;
  }
  CHECK(dear == 2);  // 3 + 3 + 1, whatever their order
  CHECK(player.left == 0);
  CHECK(player.call(offer) == -1);
}

TEST_CASE("dual: where money is plenty the best model, where it is scarce the cheapest") {
  const Offer offer{vec({0.5, 0.9}), vec({1.0, 3.0})};
  Player rich(1'000.0, 10, 2);
  Player poor(5.0, 10, 2);
  for (int t = 0; t < 10; ++t) {
    CHECK(rich.call(offer) == 1);
    CHECK(rich.verdict.dual_price == 0.0);
    CHECK(poor.call(offer) == (t < 5 ? 0 : -1));  // nobody is refused while there is money
  }
}

TEST_CASE("dual: what a call cost in truth changes what the others may cost") {
  const Offer offer{vec({0.5, 0.9}), vec({1.0, 3.0})};
  Player dear(6.0, 2, 2);
  CHECK(dear.call(offer) == 1);
  dear.policy.correct(3'000'000'000, 5'000'000'000);
  dear.left -= 2'000'000'000;
  CHECK(dear.call(offer) == 0);
  Player free(4.5, 2, 2);
  CHECK(free.call(offer) == 1);
  free.policy.correct(3'000'000'000, 0);  // never happened
  free.left += 3'000'000'000;
  CHECK(free.call(offer) == 1);
}

TEST_CASE("dual: beyond the horizon each request may spend what is left") {
  const Offer offer{vec({0.5, 0.9}), vec({1.0, 3.0})};
  Player player(8.0, 1, 2);
  CHECK(player.call(offer) == 1);
  CHECK(player.call(offer) == 1);
  CHECK(player.call(offer) == 0);
  CHECK(player.call(offer) == 0);
  CHECK(player.call(offer) == -1);
}

TEST_CASE("dual: close to the LP optimum, never above the budget, nobody refused, the money spent") {
  for (const std::uint64_t seed : {1, 2, 3, 4}) {
    Engine engine(seed);
    const std::vector<Offer> offers = random_offers(engine, 2'000, 5);
    const double cheapest =
        std::accumulate(offers.begin(), offers.end(), 0.0,
                        [](double sum, const Offer& offer) { return sum + offer.cost.minCoeff(); });
    for (const double factor : {1.05, 1.5, 3.0, 6.0}) {
      CAPTURE(factor);
      const double budget = factor * cheapest;
      Player player(budget, static_cast<std::int64_t>(offers.size()), 5);
      double reward = 0.0;
      for (const Offer& offer : offers) {
        const Index model = player.call(offer);
        REQUIRE(model >= 0);
        reward += offer.reward[model];
      }
      CHECK(player.left >= 0);
      CHECK(static_cast<double>(player.left) / kNanoDollarsPerDollar <= 0.01 * budget);
      CHECK(reward >= 0.99 * lp_optimum(offers, budget));
    }
  }
}

TEST_CASE(
    "dual: where an unserved request has a reward, whoever earns least is refused, not who comes last") {
  const Offer poor{vec({0.2, 0.3}), vec({1.0, 3.0})};
  const Offer rich{vec({0.8, 0.9}), vec({1.0, 3.0})};
  Player player(20.0, 40, 2, 0.0);
  int poor_served = 0;
  int rich_served = 0;
  for (int t = 0; t < 40; ++t) {
    const bool is_poor = t % 2 == 0;
    const bool served = player.call(is_poor ? poor : rich) != kNobody;
    (is_poor ? poor_served : rich_served) += served ? 1 : 0;
    if (is_poor && t > 1 && t < 30) {  // while there is money
      CHECK(player.verdict.reason == Reason::kPricedOut);
    }
  }
  CHECK(poor_served <= 1);  // the first: nobody has seen better ones yet
  CHECK(rich_served >= 18);
}

TEST_CASE("dual: with an unserved reward nobody is refused while money is plenty, whatever is expected") {
  Player player(1'000.0, 10, 2, 0.0);
  CHECK(player.call({vec({0.5, 0.9}), vec({1.0, 3.0})}) == 1);
  CHECK(player.call({vec({0.0, 0.0}), vec({1.0, 3.0})}) == 0);
  CHECK(player.call({vec({-0.2, -0.1}), vec({1.0, 3.0})}) >= 0);  // no answer is worth less than nothing
  Player better(1'000.0, 10, 2, 0.6);                             // a cache, say
  CHECK(better.call({vec({0.5, 0.9}), vec({1.0, 3.0})}) == 1);
  CHECK(better.call({vec({0.5, 0.55}), vec({1.0, 3.0})}) == -1);
  CHECK(better.verdict.reason == Reason::kPricedOut);
}

TEST_CASE("dual: with an unserved reward close to the LP optimum at any budget, never above it") {
  for (const std::uint64_t seed : {1, 2, 3, 4}) {
    Engine engine(seed);
    const std::vector<Offer> offers = random_offers(engine, 2'000, 5);
    const double cheapest =
        std::accumulate(offers.begin(), offers.end(), 0.0,
                        [](double sum, const Offer& offer) { return sum + offer.cost.minCoeff(); });
    for (const double factor : {0.2, 0.5, 0.8, 1.05, 3.0}) {
      CAPTURE(factor);
      const double budget = factor * cheapest;
      Player player(budget, static_cast<std::int64_t>(offers.size()), 5, 0.1);
      double reward = 0.0;
      for (const Offer& offer : offers) {
        const Index model = player.call(offer);
        reward += model >= 0 ? offer.reward[model] : 0.1;
      }
      CHECK(player.left >= 0);
      CHECK(static_cast<double>(player.left) / kNanoDollarsPerDollar <= 0.01 * budget);
      CHECK(reward >= 0.99 * lp_optimum(offers, budget, 0.1));
    }
  }
}

TEST_CASE("dual: a call that takes most of what is left is charged what all of it would have earned") {
  // 10 dollars buy the second model once, for 0.5 more, or the first one ten times, for 0.1 each.
  const Offer offer{vec({0.1, 0.6}), vec({1.0, 10.0})};
  Player player(10.0, 10, 2, 0.0);
  for (int t = 0; t < 10; ++t) {
    CHECK(player.call(offer) == 0);
  }
  // Of two requests left only the last may have it all.
  Player last(10.0, 2, 2, 0.0);
  CHECK(last.call(offer) == 0);
  CHECK(last.call({vec({0.1, 0.6}), vec({1.0, 9.0})}) == 1);
}

TEST_CASE("dual: a call that may cost far more than expected is charged what the others would lose") {
  // After 200 of 300 requests 4 dollars are left. All the others' cheap answers cost 1, and earn 80.
  const auto calls_the_dear_one = [](double cap) {
    Dual dual({.budget = to_nanodollars("usd", 6.0), .requests = 300, .unserved = 0.0}, 2);
    const Vector cost = vec({0.01, 1.0});
    std::vector<std::uint8_t> eligible(2, 1);
    for (int t = 0; t < 200; ++t) {
      std::ranges::fill(eligible, std::uint8_t{1});
      dual.admit(vec({0.8, 0.85}), cost, cost, eligible);
      dual.commit(to_nanodollars("usd", 0.01));
    }
    std::ranges::fill(eligible, std::uint8_t{1});
    dual.admit(vec({0.8, 0.95}), cost, vec({0.01, cap}), eligible);
    return eligible[1] != 0;
  };
  CHECK(calls_the_dear_one(1.0));
  CHECK(calls_the_dear_one(1.5));
  CHECK_FALSE(calls_the_dear_one(3.5));
}

TEST_CASE("dual: refused settings") {
  CHECK_REFUSED(Dual({.budget = -1, .requests = 1}, 1), "budget must be >= 0, got -1");
  CHECK_REFUSED(Dual({.budget = 1, .requests = 0}, 1), "requests must be >= 1, got 0");
  CHECK_REFUSED(Dual({.budget = 1, .requests = 1, .memory = 0.0}, 1), "memory must be finite and >= 1");
  CHECK_REFUSED(Dual({.budget = 1, .requests = 1}, 0), "models must be >= 1, got 0");
  CHECK_REFUSED(Dual({.budget = 1, .requests = 1, .unserved = 1.5}, 1),
                "unserved must be in [0, 1], got 1.5");
}
