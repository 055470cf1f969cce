// Eight threads on one router. Nothing is asserted off the main thread. Meant for -fsanitize=thread, too.
#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "pilotage/lock.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

namespace {

constexpr std::size_t kThreads = 8;
constexpr Index kDim = 4;

template <class Work>
void on_every_thread(const Work& work) {
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&work, t] { work(t); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace

TEST_CASE("threads: one at a time has the mutex, and who waits for long has it in the end") {
  SpinningMutex mutex;
  std::int64_t count = 0;
  on_every_thread([&](std::size_t t) {
    for (int i = 0; i < 2'000; ++i) {
      const std::lock_guard lock(mutex);
      const std::int64_t before = count;
      if (t == 0 && i % 500 == 0) {  // longer than others look
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      count = before + 1;
    }
  });
  CHECK(count == static_cast<std::int64_t>(kThreads) * 2'000);
  const std::lock_guard lock(mutex);
  bool taken = false;
  std::thread([&] { taken = mutex.try_lock(); }).join();
  CHECK_FALSE(taken);
}

TEST_CASE("threads: what eight of them did adds up") {
  constexpr int kRounds = 1'500;
  struct Tally {
    NanoDollars settled = 0;
    std::array<std::int64_t, 3> rewards{};
    int refused = 0;
    int wrong = 0;
  };
  for (const double forgetting : {1.0, 0.999}) {
    std::array<Tally, kThreads> tallies;
    Router router(
        {.dim = kDim, .forgetting = forgetting, .exploration = 0.2, .cost = {.lengths = {.components = 2}}},
        ladder(3, kDim), CapSettings{std::int64_t{1'000'000'000'000}});
    on_every_thread([&](std::size_t t) {
      Engine engine(t);
      Caller caller{router};
      Tally& tally = tallies[t];
      const auto expect = [&](bool holds) { tally.wrong += holds ? 0 : 1; };
      for (int i = 0; i < kRounds; ++i) {
        const Decision decision = caller.decide(unit_vector(engine, kDim));
        if (decision.model < 0) {
          ++tally.refused;
          continue;
        }
        if (i % 10 == 0) {
          expect(router.release(decision.id) == Status::kApplied);
          continue;
        }
        const NanoDollars cost = below(engine, 1'000'000);
        expect(router.settle(decision.id, to_dollars(cost)) == Status::kApplied);
        tally.settled += cost;
        if (i % 2 == 0) {
          expect(router.feedback(decision.id, uniform(engine)) == Status::kApplied);
          ++tally.rewards.at(static_cast<std::size_t>(decision.model));
        }
        (void)router.budget();
        (void)router.posterior(decision.model);
      }
    });
    Tally sum;
    for (const Tally& tally : tallies) {
      sum.settled += tally.settled;
      sum.refused += tally.refused;
      sum.wrong += tally.wrong;
      for (std::size_t k = 0; k < 3; ++k) {
        sum.rewards.at(k) += tally.rewards.at(k);
      }
    }
    CHECK(sum.wrong == 0);
    CHECK(sum.refused == 0);
    CHECK(router.budget().settled == sum.settled);
    CHECK(router.budget().reserved == 0);
    for (Index k = 0; k < 3; ++k) {
      CHECK(router.posterior(k).updates() == sum.rewards.at(static_cast<std::size_t>(k)));
    }
    CHECK(Caller{router}.decide(Vector::Ones(kDim)).id == static_cast<DecisionId>(kThreads) * kRounds);
  }
}

TEST_CASE("threads: of eight settlements and rewards of one decision, one of each counts") {
  Router router({.dim = kDim}, ladder(2, kDim), NoBudget{});
  for (int i = 0; i < 50; ++i) {
    const DecisionId id = Caller{router}.decide(Vector::Ones(kDim)).id;
    std::atomic<int> settled = 0;
    std::atomic<int> rewarded = 0;
    on_every_thread([&](std::size_t) {
      settled += router.settle(id, 0.001) == Status::kApplied ? 1 : 0;
      rewarded += router.feedback(id, 0.5) == Status::kApplied ? 1 : 0;
    });
    REQUIRE(settled == 1);
    REQUIRE(rewarded == 1);
  }
  CHECK(router.budget().settled == 50 * 1'000'000);
}

TEST_CASE("threads: a race for the last of the money has as many winners as the money allows") {
  // A call of model 0 or 1 is expected to cost 43,000 or 184,000 nano-dollars; nobody settles.
  Router router({.dim = kDim, .capacity = 4'096}, ladder(2, kDim), CapSettings{10'000'000});
  std::array<NanoDollars, kThreads> reserved{};
  on_every_thread([&](std::size_t t) {
    Caller caller{router};
    for (int i = 0; i < 300; ++i) {
      reserved[t] += caller.decide(Vector::Ones(kDim)).reserved;
    }
  });
  NanoDollars sum = 0;
  for (const NanoDollars amount : reserved) {
    sum += amount;
  }
  CHECK(router.budget().reserved == sum);
  CHECK(sum <= 10'000'000);
  CHECK(sum > 10'000'000 - 43'000);
}

TEST_CASE("threads: budgets may change while others decide") {
  Router router({.dim = kDim, .capacity = 128}, ladder(3, kDim), NoBudget{});
  on_every_thread([&](std::size_t t) {
    Engine engine(t);
    Caller caller{router};
    for (int i = 0; i < 300; ++i) {
      if (t == 0) {
        router.set_budget(ZclSettings{.budget = 100'000'000, .requests = 100, .bin_size = 10});
        continue;
      }
      const Decision decision = caller.decide(unit_vector(engine, kDim));
      (void)router.settle(decision.id, 1e-4);
    }
  });
  const BudgetState state = router.budget();
  CHECK(state.limit == 100'000'000);
  CHECK(state.settled + state.reserved <= state.limit + state.overrun);
}

TEST_CASE("threads: models come and go while requests run") {
  constexpr Index kPoolDim = 3;
  const BudgetSettings budget = DualSettings{.budget = 1'000'000'000, .requests = 4'000};
  Router router({.dim = kPoolDim}, ladder(2, kPoolDim), budget);
  constexpr Index kAdded = 20;
  std::thread pool([&] {
    for (Index k = 0; k < kAdded; ++k) {
      const Index added = router.add(ladder(3, kPoolDim).back());
      router.set_prices(added, {1e-6, 1e-6});
      router.enable(added, false);
      router.enable(k, true);
    }
  });
  int served = 0;
  Engine engine(3);
  std::vector<std::uint8_t> eligible;
  for (int i = 0; i < 2'000; ++i) {
    eligible.resize(static_cast<std::size_t>(router.size()));
    try {
      const Decision decision = router.decide(unit_vector(engine, kPoolDim), 10.0, {}, true, eligible);
      served += decision.model >= 0 ? 1 : 0;
      CHECK(router.settle(decision.id, 1e-6) == Status::kApplied);
      CHECK(router.feedback(decision.id, 0.5) == Status::kApplied);
    } catch (const std::invalid_argument&) {  // a model came between size and decide
    }
  }
  pool.join();
  CHECK(router.size() == 2 + kAdded);
  CHECK(served > 1'900);
}
