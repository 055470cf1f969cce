#include <algorithm>
#include <cmath>
#include <vector>

#include "dense_posterior.hpp"
#include "pilotage/lengths.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

namespace {

/// [x_1 ... x_n, 1]
Vector leading(const Vector& x, Index n) {
  Vector out = Vector::Ones(n + 1);
  out.head(n) = x.head(n);
  return out;
}

/// A regression that forgets, its steps some twelve per cent together.
struct DenseFading {
  reference::DensePosterior dense;
  double gamma;
  double weight = 1.0;

  void update(const Vector& z, double y) {
    dense.update(z * std::sqrt(weight), y * std::sqrt(weight));
    weight /= gamma;
    if (weight > 1.125) {
      dense.forget(1.0 / weight);
      weight = 1.0;
    }
  }
};

/// The latter half of 2 `calls` settlements, nearly all of model 0: how far predictions for model 1 are off.
double error_of_the_rare_one(Index shared_components) {
  Engine engine(5);
  LengthModel model(4, {.components = 4, .shared_components = shared_components});
  model.add(100.0);
  model.add(300.0);
  constexpr int kCalls = 600;
  Vector tokens(2);
  double error = 0.0;
  double predicted = 0.0;
  for (int call = 0; call < kCalls; ++call) {
    const Vector x = unit_vector(engine, 4);
    const double longer = 1.0 + 0.9 * x[1] - 0.4 * x[3];
    model.predict(x, tokens);
    error += call >= kCalls / 2 ? std::abs(tokens[1] - 300.0 * longer) : 0.0;
    const Index k = call % 50 == 0 ? 1 : 0;
    const double noise = uniform(engine, 0.8, 1.2);
    model.observe(k, x, (k == 0 ? 100.0 : 300.0) * longer * noise, predicted);
  }
  return error / (kCalls / 2);
}

}  // namespace

TEST_CASE("lengths: what is shared and what is a model's own are ridge regressions, which forget") {
  constexpr Index kOwn = 2;
  constexpr Index kDim = 5;
  for (const Index common : {0, 3}) {
    CAPTURE(common);
    Engine engine(22);
    const LengthSettings settings{.components = kOwn,
                                  .shared_components = common,
                                  .strength = 1.5,
                                  .forgetting = 0.98,
                                  .shared_forgetting = 0.99};
    const Vector expected = vec({200.0, 50.0});
    LengthModel model(kDim, settings);
    Vector level_tokens = settings.strength * expected;
    Vector level_calls = Vector::Constant(2, settings.strength);
    const Vector own_strength =
        settings.strength * (common > 0 ? vec({1.0, 1.0, 5.0, 1.0}) : vec({1.0, 1.0, 1.0}));
    const Index last = own_strength.size() - 1;
    std::vector<DenseFading> own;
    for (const double length : expected) {
      model.add(length);
      own.push_back(
          {{own_strength.asDiagonal(), own_strength[last] * length * Vector::Unit(own_strength.size(), last)},
           settings.forgetting});
    }
    Vector shared_strength = Vector::Constant(common + 1, 0.57);
    shared_strength[common] = 1.0;
    DenseFading shared{{shared_strength.asDiagonal(), Vector::Unit(common + 1, common)},
                       settings.shared_forgetting};
    const auto features = [&](const Vector& x) {
      Vector z = Vector::Ones(own_strength.size());
      z.head(kOwn) = x.head(kOwn);
      if (common > 0) {
        z[last] = std::max(shared.dense.mean(leading(x, common)), 0.02);
      }
      return z;
    };
    Vector shortest = expected;
    Vector tokens(2);
    double predicted = 0.0;
    for (int call = 0; call < 300; ++call) {
      const Vector x = unit_vector(engine, kDim);
      const Index k = below(engine, 3) == 0 ? 1 : 0;
      const double length =
          std::floor((k == 0 ? 100.0 : 400.0) * (1.0 + 0.8 * x[2]) * uniform(engine, 0.5, 1.5));
      const Vector z = features(x);
      model.predict(x, tokens);
      for (Index each = 0; each < 2; ++each) {
        const double mean = own[static_cast<std::size_t>(each)].dense.mean(z);
        REQUIRE(tokens[each] == doctest::Approx(std::max(mean, shortest[each])).epsilon(1e-9));
      }
      REQUIRE(model.observe(k, x, length, predicted));
      CHECK(predicted == tokens[k]);
      own[static_cast<std::size_t>(k)].update(z, length);
      level_tokens[k] += length;
      level_calls[k] += 1.0;
      shared.update(leading(x, common), length / (level_tokens[k] / level_calls[k]));
      level_tokens[k] *= settings.forgetting;
      level_calls[k] *= settings.forgetting;
      shortest[k] = std::min(shortest[k], length);
    }
  }
}

TEST_CASE("lengths: what cannot be learned from changes nothing") {
  LengthModel model(1, {.components = 1, .shared_components = 1});
  model.add(100.0);
  Vector before(1);
  Vector after(1);
  model.predict(vec({0.5}), before);
  double predicted = 0.0;
  CHECK_FALSE(model.observe(0, vec({0.5}), kInf, predicted));
  CHECK_FALSE(model.observe(0, vec({1e200}), 10.0, predicted));
  model.predict(vec({0.5}), after);
  CHECK(after == before);
}

TEST_CASE("lengths: a model that is seldom called learns from the others' answers") {
  const double alone = error_of_the_rare_one(0);
  const double together = error_of_the_rare_one(4);
  CHECK(together < 0.75 * alone);
}
