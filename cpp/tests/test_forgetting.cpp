// Every decision takes every model a step back towards its prior; in the core many steps are made at once.
#include "dense_posterior.hpp"
#include "pilotage/bank.hpp"
#include "pilotage/errors.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;
using pilotage::reference::DensePosterior;

namespace {

ModelPrior full_prior(Engine& engine, Index d) {
  const Vector x = 2.0 * unit_vector(engine, d);
  return {Matrix(Matrix::Identity(d, d) + x * x.transpose()), unit_vector(engine, d)};
}

/// A bank and the definition, step by step; some models are observed more often than others, one never.
struct Pair {
  Pair(Index d, Index models, double discount)
      : gamma(discount), engine(static_cast<std::uint64_t>(d)), bank(d, kRefactorEvery, discount) {
    for (Index k = 0; k < models; ++k) {
      const ModelPrior prior = full_prior(engine, d);
      bank.add(prior);
      twins.emplace_back(prior.precision(), prior.b());
    }
  }

  void decide() {
    bank.tick();
    for (DensePosterior& twin : twins) {
      twin.forget(gamma);
    }
  }

  void observe(const Vector& x) {
    const auto k = static_cast<Index>(below(engine, bank.size()) * below(engine, bank.size()) / bank.size());
    const double y = uniform(engine);
    bank.update(k, x, y);
    twins[static_cast<std::size_t>(k)].update(x, y);
  }

  double gamma;
  Engine engine;
  Bank bank;
  std::vector<DensePosterior> twins;
};

Vector near_duplicate(Engine& engine, Index d) {
  return (Vector::Ones(d).normalized() + 1e-3 * unit_vector(engine, d)).normalized();
}

}  // namespace

TEST_CASE("forgetting: one dimension, by hand") {
  // A = 2, b = 1; x = 1, y = 1: A = 3, b = 2; half of what was observed stays: A = 2.5, b = 1.5
  Posterior posterior(vec({0.5}), 2.0);
  Factorisation workspace(1);
  posterior.update(vec({1.0}), 1.0);
  REQUIRE(posterior.forget(0.5, workspace));
  CHECK(posterior.precision()(0, 0) == 2.5);
  CHECK(posterior.b()[0] == 1.5);
  CHECK(posterior.theta()[0] == doctest::Approx(0.6));
  CHECK(posterior.width(vec({1.0})) == doctest::Approx(std::sqrt(0.4)));
  REQUIRE(posterior.forget(0.0, workspace));  // all is forgotten
  CHECK(posterior.precision()(0, 0) == 2.0);
  CHECK(posterior.theta()[0] == doctest::Approx(0.5));
}

TEST_CASE("forgetting: an observation of weight w is one of sqrt(w) x and sqrt(w) y") {
  Engine engine(1);
  Posterior weighted(unit_vector(engine, 5), 1.5);
  Posterior scaled = weighted;
  for (int i = 0; i < 50; ++i) {
    const Vector x = unit_vector(engine, 5);
    const double y = uniform(engine);
    const double weight = uniform(engine, 0.1, 4.0);
    weighted.update(x, y, weight);
    scaled.update(std::sqrt(weight) * x, std::sqrt(weight) * y);
  }
  CHECK(relative_error(weighted.covariance(), scaled.covariance()) <= 1e-12);
  CHECK(relative_error(weighted.theta(), scaled.theta()) <= 1e-12);
  CHECK(relative_error(weighted.precision(), scaled.precision()) <= 1e-12);
}

TEST_CASE("forgetting: many steps at once equal the definition, with idle models and a full prior") {
  for (const double gamma : {0.3, 0.9, 0.99, 0.9997}) {
    for (const Index d : {1, 3, 24}) {
      CAPTURE(gamma);
      CAPTURE(d);
      Pair pair(d, 5, gamma);
      for (int i = 0; i < 700; ++i) {
        pair.decide();
        for (int n = 0; n < i % 3; ++n) {  // rewards come late, several at once, or never
          pair.observe(unit_vector(pair.engine, d));
        }
      }
      for (Index k = 0; k < pair.bank.size(); ++k) {
        const Posterior found = pair.bank.current(k);
        const DensePosterior& twin = pair.twins[static_cast<std::size_t>(k)];
        CHECK(relative_error(found.precision(), twin.precision()) <= 1e-12);
        CHECK(relative_error(found.b(), twin.b()) <= 1e-12);
        CHECK(relative_error(found.covariance(), twin.covariance()) <= 1e-10);
        CHECK(relative_error(found.theta(), twin.theta()) <= 1e-10);
      }
    }
  }
}

TEST_CASE("forgetting: between two turns widths are too small by what is stated, and never too large") {
  for (const double gamma : {0.8, 0.99, 0.999}) {
    constexpr Index kDim = 6;
    CAPTURE(gamma);
    Pair pair(kDim, 3, gamma);
    const double least = -8.0 * std::log(gamma) * kDim <= 1.0 ? 0.93 : 0.77;
    double smallest = 1.0;
    for (int i = 0; i < 1'000; ++i) {
      pair.decide();
      pair.observe(unit_vector(pair.engine, kDim));
      const Vector x = unit_vector(pair.engine, kDim);
      for (Index k = 0; k < pair.bank.size(); ++k) {
        const double ratio = pair.bank[k].width(x) / pair.twins[static_cast<std::size_t>(k)].width(x);
        REQUIRE(ratio <= 1.0 + 1e-9);
        smallest = std::min(smallest, ratio);
      }
    }
    CHECK(smallest >= least);
    CHECK(smallest < 0.999);  // some decision did meet a belief of earlier
  }
}

TEST_CASE("forgetting: near-duplicate contexts and gamma = 0.99 keep nine digits") {
  for (const Index d : {2, 33}) {
    CAPTURE(d);
    Pair pair(d, 2, 0.99);
    double worst = 0.0;
    for (int i = 0; i < 5'000; ++i) {
      pair.decide();
      pair.observe(near_duplicate(pair.engine, d));
      if (i % 97 == 0) {  // at any point between two turns, against a fresh inverse of the same A
        const Posterior& kept = pair.bank[0];
        worst = std::max(worst, relative_error(kept.covariance(), reference::inverse(kept.precision())));
      }
    }
    CHECK(worst <= 1e-9);
    CHECK(relative_error(pair.bank.current(0).covariance(), pair.twins[0].covariance()) <= 1e-9);
    CHECK(relative_error(pair.bank.current(0).theta(), pair.twins[0].theta()) <= 1e-9);
  }
}

TEST_CASE("forgetting: gamma = 1 is none, to the last bit") {
  Engine engine(3);
  Bank never(4, kRefactorEvery, 1.0);
  Posterior plain(unit_vector(engine, 4), 1.0);
  never.add({plain.theta(), 1.0});
  for (int i = 0; i < 300; ++i) {
    never.tick();
    const Vector x = unit_vector(engine, 4);
    never.update(0, x, x[0]);
    plain.update(x, x[0]);
  }
  CHECK(same_bits(never[0], plain));
  CHECK(same_bits(never.current(0), plain));
}

TEST_CASE("forgetting: every model has its turn once in an interval, and one decision has one turn") {
  for (const double gamma : {0.9, 0.99, 0.9999}) {
    for (const Index models : {1, 3, 7}) {
      CAPTURE(gamma);
      CAPTURE(models);
      Forgetting forgetting(gamma, 10);
      for (Index k = 0; k < models; ++k) {
        forgetting.add();
      }
      const std::int64_t interval = forgetting.interval();
      std::vector<std::int64_t> turns(static_cast<std::size_t>(models));
      for (std::int64_t i = 0; i < 3 * interval; ++i) {
        const auto [first, last] = forgetting.tick();
        CHECK(last - first <= (models <= interval ? 1 : (models + interval - 1) / interval));
        for (Index k = first; k < last; ++k) {
          ++turns[static_cast<std::size_t>(k)];
        }
      }
      CHECK(std::ranges::count(turns, 3) == models);
    }
  }
}

TEST_CASE("forgetting: the intervals, by hand") {
  CHECK(Forgetting(std::exp(-1.0 / 812.0), 10).interval() == 101);  // M / 8
  CHECK(Forgetting(std::exp(-1.0 / 41.0), 10).interval() == 10);    // d
  CHECK(Forgetting(std::exp(-1.0 / 15.0), 10).interval() == 7);     // M / 2
  CHECK(Forgetting(0.1, 10).interval() == 1);
}

TEST_CASE("forgetting: what is not in (0, 1] is refused") {
  CHECK_REFUSED(Forgetting(0.0, 1), "forgetting must be in (0, 1], got 0");
  CHECK_REFUSED(Forgetting(1.5, 1), "forgetting must be in (0, 1], got 1.5");
  CHECK_REFUSED(Forgetting(kNaN, 1), "forgetting must be in (0, 1], got nan");
  CHECK_REFUSED(Router({.dim = 2, .forgetting = -0.5}, ladder(1, 2), NoBudget{}),
                "forgetting must be in (0, 1]");
}

TEST_CASE("forgetting: a step without a Cholesky factor changes nothing") {
  Posterior posterior(Vector::Zero(2), 1.0);
  posterior.update(vec({1e9, 1e9}), 0.5);  // 1 + 1e18 is 1e18
  const Posterior before = posterior;
  Factorisation workspace(2);
  CHECK_FALSE(posterior.forget(0.999, workspace));
  CHECK(same_bits(posterior, before));
}

TEST_CASE("forgetting: a disabled model forgets with the others, and returns less certain") {
  constexpr Index kDim = 3;
  Router router({.dim = kDim, .forgetting = 0.99}, ladder(2, kDim), NoBudget{});
  Caller caller{router};
  Engine engine(5);
  for (int i = 0; i < 200; ++i) {
    (void)router.feedback(caller.decide(unit_vector(engine, kDim)).id, 0.5);
  }
  const Posterior before = router.posterior(1);
  router.enable(1, false);
  for (int i = 0; i < 150; ++i) {
    (void)caller.decide(unit_vector(engine, kDim));
  }
  router.enable(1, true);
  const Posterior after = router.posterior(1);
  const double kept = std::pow(0.99, 150);
  const Matrix prior = Matrix::Identity(kDim, kDim);
  CHECK(relative_error(after.precision(), Matrix(prior + kept * (before.precision() - prior))) <= 1e-12);
  CHECK(after.width(Vector::Unit(kDim, 0)) > before.width(Vector::Unit(kDim, 0)));
  CHECK(after.updates() == before.updates());
}

TEST_CASE("forgetting: a refused decision is none") {
  Router router({.dim = 1, .forgetting = 0.5}, ladder(1, 1), CapSettings{100'000});
  Caller caller{router};
  (void)router.feedback(caller.decide(vec({1.0})).id, 1.0);
  const Posterior before = router.posterior(0);
  CHECK(caller.decide(vec({1.0}), 1e9).model == -1);
  CHECK(same_bits(router.posterior(0), before));
}

TEST_CASE("forgetting: what has changed is believed soon, with forgetting alone") {
  const auto believed = [](double gamma) {
    Router router({.dim = 1, .forgetting = gamma}, ladder(1, 1), NoBudget{});
    Caller caller{router};
    for (int i = 0; i < 2'000; ++i) {
      (void)router.feedback(caller.decide(vec({1.0})).id, i < 1'500 ? 0.9 : 0.3);
    }
    return router.posterior(0).mean(vec({1.0}));
  };
  CHECK(believed(1.0) == doctest::Approx(0.75).epsilon(0.01));  // the mean of all
  CHECK(believed(0.99) == doctest::Approx(0.3).epsilon(0.02));
}
