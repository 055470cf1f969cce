#include <utility>
#include <vector>

#include "pilotage/ageing.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

TEST_CASE("ageing: four rounds, each as long after the last as all before, one model a reward") {
  Ageing ageing(5);
  std::vector<std::pair<int, Index>> halved;  // (reward, model)
  for (int n = 1; n <= 1000; ++n) {
    if (const Index k = ageing.tick(2); k >= 0) {
      halved.emplace_back(n, k);
    }
    CHECK(ageing.tested() == (n < 10));
    CHECK(ageing.over() == (n >= 41));
  }
  const std::vector<std::pair<int, Index>> expected{{5, 0},  {6, 1},  {10, 0}, {11, 1},
                                                    {20, 0}, {21, 1}, {40, 0}, {41, 1}};
  CHECK(halved == expected);
}

TEST_CASE("ageing: a round of many models ends before the next begins") {
  Ageing ageing(1);
  int halved = 0;
  for (int n = 0; n < 1000; ++n) {
    halved += ageing.tick(30) >= 0 ? 1 : 0;
  }
  CHECK(halved == kHalvings * 30);
  CHECK(ageing.over());
}

TEST_CASE("ageing: half way to another prior, the observations kept") {
  Engine engine(3);
  const ModelPrior before(vec({0.4, 0.1}), 8.0);
  const ModelPrior cold(vec({0.2, 0.0}), 2.0);
  Posterior posterior(before);
  Posterior twin(ModelPrior(0.5 * (before.precision() + cold.precision()), 0.5 * (before.b() + cold.b())));
  for (int n = 0; n < 20; ++n) {
    const Vector x = unit_vector(engine, 2);
    const double reward = uniform(engine);
    posterior.update(x, reward);
    twin.update(x, reward);
  }
  CHECK(posterior.exchange(cold, 0.5));
  CHECK(relative_error(posterior.theta(), twin.theta()) <= 1e-12);
  CHECK(relative_error(posterior.covariance(), twin.covariance()) <= 1e-12);
  // what forgetting goes back to is the prior as it is now
  Factorisation workspace(2);
  CHECK(posterior.forget(0.0, workspace));
  CHECK(relative_error(posterior.precision(), Matrix(5.0 * Matrix::Identity(2, 2))) <= 1e-12);
}

TEST_CASE("ageing: what is said of a model that is never tried is doubted in the end") {
  const ModelPrior cold(vec({0.4}), 2.0);
  const std::vector<ModelSettings> models{{{1e-6, 1e-6}, 10.0, {vec({0.6}), 100.0}},
                                          {{1e-6, 1e-6}, 10.0, {vec({0.2}), 100.0}}};
  Router router({.dim = 1, .alpha = 2.0, .fallback = cold, .halved_after = 10}, models, NoBudget{});
  Caller caller{router};
  for (int n = 0; n < 200; ++n) {
    const Decision decision = caller.decide(vec({1.0}));
    router.feedback(decision.id, decision.model == 0 ? 0.6 : 0.9);
  }
  // A_0 = 2 + 98 / 16, and the model is tried and found better
  CHECK(router.posterior(1).precision()(0, 0) > 2.0 + 98.0 / 16.0 + 5.0);
  CHECK(caller.decide(vec({1.0}), 10.0, {}, false).model == 1);
  CHECK_FALSE(router.prior_refuted());
}

TEST_CASE("ageing: a prior that counts less than half is refuted no more") {
  for (const int wrong_from : {0, 25}) {
    const std::vector<ModelSettings> models{{{1e-6, 1e-6}, 10.0, {vec({0.8}), 100.0}}};
    Router router({.dim = 1, .fallback = ModelPrior(vec({0.5}), 2.5), .halved_after = 10}, models,
                  NoBudget{});
    Caller caller{router};
    for (int n = 0; n < 200; ++n) {
      router.feedback(caller.decide(vec({1.0})).id, n < wrong_from ? 0.8 : 0.0);
    }
    CHECK(router.prior_refuted() == (wrong_from == 0));
  }
}

TEST_CASE("ageing: refused") {
  const ModelPrior one(vec({0.4}), 2.0);
  const std::vector<ModelSettings> models{{{1e-6, 1e-6}, 10.0, {vec({0.6, 0.0}), 1.0}}};
  CHECK_REFUSED(Router({.dim = 2, .fallback = one}, models, NoBudget{}),
                "fallback must have shape (2,), got (1,)");
  CHECK_REFUSED(Router({.dim = 2, .halved_after = 0}, models, NoBudget{}),
                "halved_after must be >= 1, got 0");
}
