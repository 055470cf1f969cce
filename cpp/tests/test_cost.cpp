#include <algorithm>

#include "pilotage/cost.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

namespace {

constexpr Prices kPrices{1e-6, 2e-6};

Vector predict(const CostModel& model, const Vector& x, double input_tokens) {
  Vector usd(model.size());
  model.predict(x, input_tokens, usd);
  return usd;
}

CostModel one_model(Index d, const CostSettings& settings, const Prices& prices = kPrices,
                    double expected = 50.0) {
  CostModel model(d, settings);
  model.add(prices, expected);
  return model;
}

}  // namespace

TEST_CASE("cost: prices, by hand") {
  CostModel model = one_model(2, {});
  model.add({3e-6, 0.0}, 10.0);
  CHECK(model.size() == 2);
  CHECK(model.prices(0).of(100.0, 50.0) == doctest::Approx(200e-6));
  CHECK(predict(model, vec({1.0, 0.0}), 100.0)[0] == doctest::Approx(200e-6));
  CHECK(predict(model, vec({1.0, 0.0}), 100.0)[1] == doctest::Approx(300e-6));
  CHECK(predict(model, vec({1.0, 0.0}), 0.0)[0] == doctest::Approx(100e-6));
}

TEST_CASE("cost: with no components it is the mean output length, the expected one counting `strength`") {
  CostModel model = one_model(1, {.lengths = {.components = 0, .strength = 2.0, .forgetting = 1.0}});
  const Vector x = vec({0.5});
  for (const double length : {80.0, 20.0, 100.0}) {
    model.observe(0, x, model.prices(0), 10.0, model.prices(0).of(10.0, length));
  }
  // (2 * 50 + 80 + 20 + 100) / (2 + 3) = 60
  CHECK(predict(model, x, 10.0)[0] == doctest::Approx(model.prices(0).of(10.0, 60.0)));
  CHECK(predict(model, vec({-7.0}), 10.0)[0] == doctest::Approx(model.prices(0).of(10.0, 60.0)));
}

TEST_CASE("cost: a prediction is never below the shortest output seen") {
  CostModel model = one_model(1, {.lengths = {.components = 1, .strength = 0.01}});
  model.observe(0, vec({1.0}), model.prices(0), 0.0, model.prices(0).of(0.0, 90.0));
  model.observe(0, vec({-1.0}), model.prices(0), 0.0, model.prices(0).of(0.0, 10.0));
  CHECK(predict(model, vec({-5.0}), 0.0)[0] == doctest::Approx(model.prices(0).of(0.0, 10.0)));
  CHECK(predict(model, vec({5.0}), 0.0)[0] > model.prices(0).of(0.0, 100.0));
}

TEST_CASE("cost: a call cheaper than its input counts as an empty output, and nothing becomes free") {
  CostModel model = one_model(1, {});
  for (int i = 0; i < 1'000; ++i) {
    model.observe(0, vec({0.0}), model.prices(0), 100.0, 0.0);
  }
  CHECK(predict(model, vec({0.0}), 0.0)[0] == doctest::Approx(model.prices(0).of(0.0, 50.0)));
}

TEST_CASE("cost: a call that cost exactly its input counts as an empty output, whatever the rounding") {
  for (const double price : {1e-6, 3e-7, 7e-6, 1.1e-5}) {
    for (const double tokens : {1.0, 3.0, 100.0, 12'345.0}) {
      CostModel model = one_model(1, {}, {price, price / 3.0});
      model.observe(0, vec({0.0}), model.prices(0), tokens, std::nextafter(tokens * price, 1.0));
      CHECK(predict(model, vec({0.0}), 0.0)[0] == doctest::Approx(model.prices(0).of(0.0, 50.0)));
    }
  }
}

TEST_CASE("cost: learn = false, or an output that costs nothing, keeps the expected length") {
  CostModel fixed = one_model(1, {.learn = false});
  CostModel free_output = one_model(1, {}, {1e-6, 0.0});
  for (CostModel* model : {&fixed, &free_output}) {
    const double before = predict(*model, vec({1.0}), 100.0)[0];
    model->observe(0, vec({1.0}), model->prices(0), 100.0, 1.0);
    CHECK(predict(*model, vec({1.0}), 100.0)[0] == before);
  }
}

TEST_CASE("cost: nothing shared, a settlement teaches its own model only") {
  CostModel model = one_model(1, {});
  model.add(kPrices, 50.0);
  model.observe(1, vec({0.0}), model.prices(1), 0.0, model.prices(1).of(0.0, 150.0));
  const Vector usd = predict(model, vec({0.0}), 0.0);
  CHECK(usd[0] == doctest::Approx(model.prices(0).of(0.0, 50.0)));
  CHECK(usd[1] == doctest::Approx(model.prices(1).of(0.0, 100.0)));
}

TEST_CASE(
    "cost: high is twice the answer's expected length until twenty calls are known, then their quantile") {
  CostModel model(1, {});
  model.add({1e-6, 1e-5}, 100.0);
  CHECK(model.high(0, 100.0) == 200.0);
  // nineteen answers as expected, one twenty times as long: the quantile stays within the first nineteen
  for (int call = 0; call < 20; ++call) {
    model.observe(0, vec({0.0}), model.prices(0), 0.0, (call == 10 ? 20.0 : 1.0) * 1e-3);
  }
  CHECK(model.high(0, 100.0) < 120.0);
}

TEST_CASE("cost: nineteen of twenty answers are no longer than high") {
  Engine engine(3);
  CostModel model(2, {.lengths = {.components = 2}});
  model.add(kPrices, 200.0);
  std::lognormal_distribution<double> tail(0.0, 1.0);
  Vector tokens(1);
  int above = 0;
  constexpr int kCalls = 4'000;
  for (int call = 0; call < 2 * kCalls; ++call) {
    const Vector x = unit_vector(engine, 2);
    const double actual = (300.0 + 200.0 * x[0]) * tail(engine);
    model.lengths(x, tokens);
    above += call >= kCalls && actual > model.high(0, tokens[0]) ? 1 : 0;
    model.observe(0, x, model.prices(0), 50.0, model.prices(0).of(50.0, actual));
  }
  CHECK(above > 0.035 * kCalls);
  CHECK(above < 0.065 * kCalls);
}

TEST_CASE("cost: the quantile follows answers that grow longer tails late") {
  CostModel model(1, {});
  model.add(kPrices, 200.0);
  Engine engine(8);
  for (int call = 0; call < 2'000; ++call) {
    model.observe(0, vec({0.0}), model.prices(0), 0.0,
                  model.prices(0).of(0.0, uniform(engine, 180.0, 220.0)));
  }
  const double before = model.high(0, 1.0);
  CHECK(before < 1.2);
  for (int call = 0; call < 2'000; ++call) {
    const double tokens = call % 5 == 0 ? 2'000.0 : 200.0;
    model.observe(0, vec({0.0}), model.prices(0), 0.0, model.prices(0).of(0.0, tokens));
  }
  CHECK(model.high(0, 1.0) > 2.0 * before);
}

TEST_CASE("cost: answers that become three times as long are followed, and an idle model is not forgotten") {
  CostModel model = one_model(1, {}, kPrices, 50.0);
  model.add(kPrices, 50.0);
  Vector tokens(2);
  const auto play = [&](Index k, double length, int calls) {
    for (int call = 0; call < calls; ++call) {
      model.observe(k, vec({0.0}), model.prices(k), 0.0, model.prices(k).of(0.0, length));
    }
    model.lengths(vec({0.0}), tokens);
    return tokens[k];
  };
  CHECK(play(0, 200.0, 2'000) == doctest::Approx(200.0).epsilon(0.01));
  CHECK(play(1, 200.0, 20) == doctest::Approx((50.0 + 20 * 200.0) / 21.0).epsilon(0.01));
  CHECK(play(0, 600.0, 500) > 400.0);
  CHECK(play(0, 600.0, 1'500) == doctest::Approx(600.0).epsilon(0.04));
  CHECK(tokens[1] == doctest::Approx((50.0 + 20 * 200.0) / 21.0).epsilon(0.01));
}

TEST_CASE("cost: the quantile follows answers whose tails end") {
  CostModel model = one_model(1, {}, kPrices, 200.0);
  const auto play = [&](double long_one, int calls) {
    for (int call = 0; call < calls; ++call) {
      const double length = call % 10 == 0 ? long_one : 200.0;
      model.observe(0, vec({0.0}), model.prices(0), 0.0, model.prices(0).of(0.0, length));
    }
    return model.factor(0);
  };
  CHECK(play(2'000.0, 5'000) > 3.0);
  CHECK(play(200.0, 5'000) < 1.2);
}

TEST_CASE("cost: without learning high is what is expected") {
  CostModel model(1, {.learn = false});
  model.add(kPrices, 100.0);
  CHECK(model.high(0, 300.0) == 300.0);
}

TEST_CASE("cost: an answer that was cut would have been longer, so a quantile in force can still grow") {
  CostModel model(1, {});
  model.add(kPrices, 100.0);
  Vector tokens(1);
  for (int call = 0; call < 400; ++call) {  // all want 1,000 tokens, and are cut at `high`
    model.lengths(vec({0.0}), tokens);
    const double limit = std::floor(std::min(1'000.0, model.high(0, tokens[0])));
    model.observe(0, vec({0.0}), model.prices(0), 0.0, model.prices(0).of(0.0, limit), limit);
  }
  model.lengths(vec({0.0}), tokens);
  CHECK(model.high(0, tokens[0]) > 1'000.0);
}

TEST_CASE("cost: a cost that no length explains teaches nothing, and says so") {
  CostModel model(1, {});
  model.add({0.0, 1e-300}, 100.0);
  CHECK_FALSE(model.observe(0, vec({0.0}), model.prices(0), 0.0, 1.0));  // 1e300 tokens, squared
  CHECK_FALSE(model.observe(0, vec({0.0}), {0.0, 5e-324}, 0.0, 1.0));    // infinitely many
  CHECK(predict(model, vec({0.0}), 0.0)[0] == doctest::Approx(1e-298));
  CHECK(model.observe(0, vec({0.0}), model.prices(0), 0.0, 1e-298));
}

TEST_CASE("cost: refusals") {
  CHECK_REFUSED(CostModel(2, {.lengths = {.components = -1}}), "cost_components must be >= 0, got -1");
  CHECK_REFUSED(CostModel(2, {.lengths = {.components = 3}}), "cost_components must be <= dim = 2, got 3");
  CHECK_REFUSED(CostModel(2, {.lengths = {.shared_components = 3}}),
                "shared_cost_components must be <= dim = 2, got 3");
  CHECK_REFUSED(CostModel(2, {.quantile = 1.5}), "cost_quantile must be in [0, 1], got 1.5");
  CHECK_REFUSED(CostModel(2, {.lengths = {.forgetting = 0.0}}), "cost_forgetting must be in (0, 1], got 0");
  CHECK_REFUSED(CostModel(2, {.lengths = {.shared_forgetting = 2.0}}),
                "shared_cost_forgetting must be in (0, 1], got 2");
  CHECK_REFUSED(CostModel(2, {.lengths = {.strength = 0.0}}), "cost_strength must be finite and > 0, got 0");
  CostModel model(2, {});
  CHECK_REFUSED(model.add({-1e-6, 1e-6}, 1.0), "input_cost_per_token must be finite and >= 0");
  CHECK_REFUSED(model.add({1e-6, kNaN}, 1.0), "output_cost_per_token must be finite and >= 0, got nan");
  CHECK_REFUSED(model.add(kPrices, 0.0), "expected_output_tokens must be finite and > 0, got 0");
  CHECK(model.size() == 0);
}
