#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "pilotage/bank.hpp"
#include "pilotage/posterior.hpp"
#include "pilotage/prior_test.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

namespace {

constexpr std::size_t kWholeRun = 2000;

/// Rewards of 0 and 1 of one model, 1 with `chance`, predicted as `predicted`. How many until it is refuted.
std::size_t refuted_after(double predicted, double chance, std::uint64_t seed) {
  PriorTest test;
  test.add(true);
  Random random(seed);
  for (std::size_t n = 0; n < kWholeRun; ++n) {
    if (test.refuted()) {
      return n;
    }
    test.observe(0, predicted, random.uniform() < chance ? 1.0 : 0.0);
  }
  return kWholeRun;
}

}  // namespace

TEST_CASE("evidence by hand") {
  PriorTest test;
  test.add(true);
  test.observe(0, 0.8, 1.0);  // q = 1 / 2
  CHECK(test.evidence() == doctest::Approx(std::log(0.8 / 0.5)));
  test.observe(0, 0.8, 0.0);  // q = (1 + 1) / (2 + 1)
  CHECK(test.evidence() == doctest::Approx(std::log(0.8 / 0.5) + std::log(0.2 / (1.0 / 3.0))));
  CHECK_FALSE(test.refuted());
}

TEST_CASE("a prior that tells the truth is seldom refuted, one that is wrong soon") {
  std::size_t false_alarms = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    false_alarms += refuted_after(0.8, 0.8, seed) < kWholeRun ? 1U : 0U;
    CHECK(refuted_after(0.8, 0.2, seed) <= 40);
  }
  CHECK(false_alarms <= 4);  // delta = 1 %
}

TEST_CASE("a model that the prior does not know cannot refute it") {
  PriorTest test;
  test.add(false);
  test.add(true);
  for (int n = 0; n < 100; ++n) {
    test.observe(0, 0.9, 0.0);
  }
  CHECK(test.evidence() == 0.0);
  CHECK_FALSE(test.refuted());
  test.observe(1, 0.8, 1.0);
  CHECK(test.evidence() == doctest::Approx(std::log(0.8 / 0.5)));
}

TEST_CASE("a router's newcomer, bad as it may be, leaves the others their prior") {
  const ModelPrior high(vec({0.9}), 5.0);
  for (const bool informed : {true, false}) {
    const std::vector<ModelSettings> models{{{1e-6, 1e-6}, 10.0, high, 4'096.0, informed},
                                            {{1e-6, 1e-6}, 10.0, {vec({0.4}), 50.0}}};
    Router router({.dim = 1, .fallback = ModelPrior(vec({0.5}), 1.0)}, models, NoBudget{});
    Caller caller{router};
    for (int n = 0; n < 40; ++n) {
      const Decision decision = caller.decide(vec({1.0}));
      router.feedback(decision.id, decision.model == 0 ? 0.0 : 0.4);
    }
    CHECK(router.prior_refuted() == informed);
  }
}

TEST_CASE("certainty is not infinite, and refutation is for good") {
  PriorTest test;
  test.add(true);
  test.observe(0, 7.0, 0.0);  // a linear prediction may leave [0, 1]
  CHECK(test.evidence() == doctest::Approx(std::log(kLeastChance) - std::log(0.5)));
  for (int n = 0; n < 3; ++n) {
    test.observe(0, 1.0, 0.0);
  }
  CHECK(test.refuted());
  for (int n = 0; n < 100; ++n) {
    test.observe(0, 0.02, 0.0);
  }
  CHECK(test.refuted());
}

TEST_CASE("exchanging priors is learning the same after the other one") {
  constexpr Index kDim = 5;
  Random random(7);
  const auto vector = [&] {
    Vector v(kDim);
    for (double& value : v) {
      value = 2.0 * random.uniform() - 1.0;
    }
    return v;
  };
  Matrix root(kDim, kDim);
  for (Index c = 0; c < kDim; ++c) {
    root.col(c) = vector();
  }
  const Matrix full = Matrix::Identity(kDim, kDim) + root * root.transpose();
  const std::vector<ModelPrior> before{ModelPrior(full, vector()), ModelPrior(vector(), 3.0)};
  const ModelPrior after(vector(), 0.5);
  Bank bank(kDim);
  Bank twin(kDim);
  for (const ModelPrior& prior : before) {
    bank.add(prior);
    twin.add(after);
  }
  for (int n = 0; n < 200; ++n) {
    const Vector x = vector();
    const double reward = random.uniform();
    bank.update(n % 2, x, reward);
    twin.update(n % 2, x, reward);
  }
  bank.exchange(after);
  for (Index k = 0; k < 2; ++k) {
    CHECK((bank[k].theta() - twin[k].theta()).norm() < 1e-10);
    CHECK((bank[k].covariance() - twin[k].covariance()).norm() < 1e-10);
    CHECK((bank[k].precision() - twin[k].precision()).norm() < 1e-10);
    CHECK((bank[k].b() - twin[k].b()).norm() < 1e-10);
    CHECK(bank[k].updates() == 100);
  }
}
