#include "pilotage/pricing/pacer.hpp"
#include "pilotage/select.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

namespace {

/// Calls models of 1 and 3 dollars, the dearer one better, as the router does.
struct Player {
  explicit Player(double rate, Index models = 2, std::optional<double> unserved = {})
      : pacer({.rate = rate, .unserved = unserved}, models) {}

  Index call(const Vector& reward, const Vector& cost, const Vector& cap) {
    eligible.assign(static_cast<std::size_t>(reward.size()), 1);
    verdict = pacer.admit(reward, cost, cap, eligible);
    if (refuses(verdict.reason)) {
      return -1;
    }
    const Vector score = reward - verdict.dual_price * cost;
    const Index model = select(score, cost, eligible);
    pacer.commit(to_nanodollars("cost", cost[model]));
    return model;
  }

  Index call() {
    const Vector cost = vec({1.0, 3.0});
    return call(vec({0.5, 0.9}), cost, cost);
  }

  Pacer pacer;
  Verdict verdict{};
  std::vector<std::uint8_t> eligible;
};

}  // namespace

TEST_CASE("pacer: by hand") {
  Player player(2.0);
  CHECK(player.call() == 0);  // 2 in the account, 3 would not fit
  CHECK(player.verdict.reason == Reason::kDualPrice);
  CHECK(player.call() == 1);  // 2 - 1 + 2 = 3
  CHECK(player.call() == 0);  // 2
  CHECK(player.call() == 1);
}

TEST_CASE("pacer: nobody is refused, and what was overspent is saved again") {
  Player player(2.0);
  CHECK(player.call() == 0);
  player.pacer.correct(1'000'000'000, 6'000'000'000);  // -4 in the account
  for (int request = 0; request < 5; ++request) {
    CHECK(player.call() == 0);  // each saves 1
  }
  CHECK(player.call() == 1);  // -4 + 5 + 2 = 3
}

TEST_CASE("pacer: a debt refuses nobody whose call costs no more than the request brings") {
  Player player(2.0, 2, 0.0);
  const Vector reward = vec({0.5, 0.9});
  CHECK(player.call(reward, vec({1.0, 3.0}), vec({1.0, 3.0})) == 0);
  player.pacer.correct(1'000'000'000, 9'000'000'000);  // -7 in the account
  for (int request = 0; request < 7; ++request) {
    // What is set aside is more than the request brings, what is expected is not: each leaves 1.
    CHECK(player.call(reward, vec({1.0, 1.9}), vec({2.5, 2.0})) == 0);
  }
  player.pacer.correct(1'000'000'000, 5'000'000'000);  // -4
  CHECK(player.call(vec({0.9, 0.9}), vec({2.0, 3.0}), vec({2.0, 3.0})) ==
        0);  // leaves nothing, costs nothing
  CHECK(player.call(reward, vec({2.1, 3.0}), vec({2.1, 3.0})) == kNobody);
  CHECK(player.verdict.reason == Reason::kInsufficientBudget);
}

TEST_CASE("pacer: what is set aside counts, not what is expected") {
  Player player(4.0);
  CHECK(player.call(vec({0.5, 0.9}), vec({1.0, 3.0}), vec({1.0, 5.0})) == 0);
  CHECK(player.call(vec({0.5, 0.9}), vec({1.0, 3.0}), vec({1.0, 5.0})) == 1);
}

TEST_CASE("pacer: below the cheapest model's cost everybody gets that") {
  Player player(0.5);
  for (int request = 0; request < 5; ++request) {
    CHECK(player.call() == 0);
    CHECK(player.verdict.reason == Reason::kCheapest);
  }
}

TEST_CASE("pacer: the mean cost ends at the rate and is never above it") {
  Engine engine(5);
  for (const double rate : {1.2, 2.0, 3.0, 4.5}) {
    CAPTURE(rate);
    Player player(rate, 5);
    double spent = 0.0;
    constexpr int kRequests = 5'000;
    for (int t = 1; t <= kRequests; ++t) {
      Vector reward(5);
      Vector cost(5);
      for (Index k = 0; k < 5; ++k) {
        cost[k] = 0.5 * std::exp2(static_cast<double>(k)) * uniform(engine, 0.5, 1.5);
        reward[k] = 0.5 + 0.08 * static_cast<double>(k) + uniform(engine, -0.3, 0.3);
      }
      spent += cost[player.call(reward, cost, cost)];
      REQUIRE(spent <= rate * t * (1.0 + 1e-9) + 1e-6);
    }
    CHECK(spent / kRequests > 0.97 * rate);
  }
}

TEST_CASE("pacer: nothing is left of identical requests but a call") {
  for (const double dear : {1.5, 3.0, 40.0, 70.0}) {
    for (const double rate : {1.01, 1.2, 1.5, 1.99}) {
      CAPTURE(dear);
      CAPTURE(rate);
      Player player(rate);
      const Vector cost = vec({1.0, dear});
      double spent = 0.0;
      constexpr int kRequests = 1'000;
      for (int t = 1; t <= kRequests; ++t) {
        spent += cost[player.call(vec({0.5, 0.75}), cost, cost)];
        REQUIRE(spent <= rate * t + std::max(0.0, dear - 50.0 * rate) + 1e-6);
      }
      CHECK(spent >= std::min(rate, dear) * kRequests - dear);
    }
  }
}

TEST_CASE("pacer: what is saved for later is bounded") {
  Player player(2.0);
  for (int request = 0; request < 1'000; ++request) {
    CHECK(player.call(vec({0.9}), vec({0.5}), vec({0.5})) == 0);
  }
  double spent = 0.0;
  for (int t = 1; t <= 200; ++t) {
    spent += player.call() == 0 ? 1.0 : 3.0;
    REQUIRE(spent <= 2.0 * (t + 50));
  }
  CHECK(spent > 2.0 * 240);  // none of it is lost
}

TEST_CASE("pacer: any window costs at most its pace, the credit and a call, whatever the traffic") {
  Engine engine(9);
  Player player(1.0, 3);
  constexpr int kRequests = 4'000;
  std::vector<double> sums{0.0};
  for (int t = 0; t < kRequests; ++t) {
    // Dearer and cheaper by the thousand, with a model of 80 requests' money.
    const double level = t / 1'000 % 2 == 0 ? 1.0 : 0.1;
    const Vector cost = vec({0.5 * level, 2.0 * level * uniform(engine, 0.5, 1.5), 80.0});
    const Vector reward = vec({0.3, uniform(engine), uniform(engine, 0.5, 1.0)});
    sums.push_back(sums.back() + cost[player.call(reward, cost, cost)]);
  }
  double least = 0.0;  // max over windows of (cost - pace)
  double most = 0.0;
  for (int t = 0; t <= kRequests; ++t) {
    const double ahead = sums[static_cast<std::size_t>(t)] - static_cast<double>(t);
    least = std::min(least, ahead);
    most = std::max(most, ahead - least);
  }
  CHECK(most <= 80.0);  // a call of more than the credit leaves a debt, and nothing is saved by then
  CHECK(sums.back() >= 0.95 * kRequests);
}

TEST_CASE("pacer: a call of more than the credit waits for a full account, and is paid for before the next") {
  Player player(1.0);
  const Vector cost = vec({0.0, 200.0});
  std::vector<int> called;
  for (int t = 1; t <= 600; ++t) {
    if (player.call(vec({0.5, 0.9}), cost, cost) == 1) {
      called.push_back(t);
    }
  }
  CHECK(called == std::vector<int>{50, 250, 450});
}

TEST_CASE("pacer: a rate of 0 buys what is free") {
  Player player(0.0);
  const Vector cost = vec({0.0, 1.0});
  for (int request = 0; request < 3; ++request) {
    CHECK(player.call(vec({0.5, 0.9}), cost, cost) == 0);
  }
}

TEST_CASE("pacer: with an unserved reward the pace is kept below the cheapest model's cost, by refusing") {
  Engine engine(6);
  Player player(0.5, 2, 0.0);
  double spent = 0.0;
  constexpr int kRequests = 5'000;
  for (int t = 1; t <= kRequests; ++t) {
    const double reward = uniform(engine);
    const Vector cost = vec({1.0, 3.0});
    const Index model = player.call(vec({reward, reward + 0.1}), cost, cost);
    spent += model == kNobody ? 0.0 : cost[model];
    REQUIRE(spent <= 0.5 * t);
  }
  CHECK(spent >= 0.97 * 0.5 * kRequests);
}

TEST_CASE("pacer: refused settings") {
  CHECK_REFUSED(Pacer({.rate = -1.0}, 1), "usd_per_request must be finite and >= 0, got -1");
  CHECK_REFUSED(Pacer({.rate = 1.0, .budget = -1}, 1), "budget must be >= 0, got -1");
  CHECK_REFUSED(Pacer({.rate = 1.0, .memory = 0.0}, 1), "memory must be finite and >= 1");
  CHECK_REFUSED(Pacer({.rate = 1.0, .credit = 0.5}, 1), "credit must be finite and >= 1, got 0.5");
  CHECK_REFUSED(Pacer({.rate = 1.0, .unserved = -0.5}, 1), "unserved must be in [0, 1], got -0.5");
}
