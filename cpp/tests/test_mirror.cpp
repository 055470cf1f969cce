#include "dense_posterior.hpp"
#include "pilotage/bank.hpp"
#include "pilotage/mirror.hpp"
#include "pilotage/select.hpp"
#include "sorted_select.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

namespace {

/// Of every kind that tries the rounding: dense, sparse, with one large element, all alike, near duplicates.
Vector context(Engine& engine, Index d) {
  Vector x = unit_vector(engine, d);
  switch (below(engine, 6)) {
    case 0:
      return x;
    case 1:
      return (x.array() > 0.0).select(x, 0.0);
    case 2:
      x[below(engine, d)] = 2.0;
      return x.normalized();
    case 3:
      return Vector::Ones(d).normalized();
    case 4:
      return (Vector::Ones(d).normalized() + 1e-3 * x).normalized();
    default:
      return std::exp(uniform(engine, -20.0, 20.0)) * x;
  }
}

}  // namespace

TEST_CASE("mirror: a width is within its error of the width in full, and the error is small") {
  for (const Index d : {32, 33, 64, 101, 384}) {
    for (const double strength : {0.01, 1.0, 100.0}) {
      CAPTURE(d);
      CAPTURE(strength);
      Engine engine(static_cast<std::uint64_t>(d));
      Posterior posterior(Vector::Zero(d), strength);
      RoundedContext rounded(posterior.dim());
      const int updates = d < 100 ? 400 : 60;
      for (int i = 0; i < updates; ++i) {
        posterior.update(i % 2 == 0 ? context(engine, d) : unit_vector(engine, d), uniform(engine));
        const Vector x = context(engine, d);
        rounded.round(x);
        const RoughWidth rough = posterior.rough_width(x, rounded);
        CHECK(std::abs(rough.width - posterior.width(x)) <= rough.error);
        const Vector unit = unit_vector(engine, d);
        rounded.round(unit);
        CHECK(posterior.rough_width(unit, rounded).error <= 0.01 / std::sqrt(strength));
      }
    }
  }
}

TEST_CASE("mirror: where everything is rounded one way a width is as far off as its error allows") {
  constexpr Index kDim = 64;
  constexpr Index kStrip = 16;  // where the second of two begins
  constexpr double kQuantum = 1.0 / 32'767.0;
  REQUIRE(strips_of(kDim) == std::vector<Index>{0, kStrip, kDim});
  // Whole numbers of quanta, so that nothing of x is missed.
  Vector x = Vector::Constant(kDim, 680.0 * kQuantum);
  x[0] = 1.0;
  RoundedContext rounded(kDim);
  rounded.round(x);
  for (const double quanta : {100.499, 100.501}) {
    for (const bool lacking : {false, true}) {
      CAPTURE(quanta);
      CAPTURE(lacking);
      // The largest decides the quantum.
      Vector u = Vector::Zero(kDim);
      Matrix start = Matrix::Zero(kDim, kDim);
      if (lacking) {
        u.tail(kDim - kStrip).setConstant(quanta * kQuantum);
        u[kStrip] = 1.0;
      } else {
        start.bottomRightCorner(kDim - kStrip, kDim - kStrip).setConstant(quanta * kQuantum);
        start.diagonal().setZero();
        start(kStrip + 1, kStrip) = start(kStrip, kStrip + 1) = 1.0;
      }
      StripedMatrix m(start, 1.0);
      Mirror mirror(m, (start + u * u.transpose()).rowwise().sum().maxCoeff());
      m.add(u);
      mirror.copy(m, m.written());
      const RoughWidth rough = mirror.width(m, rounded);
      const double off = std::abs(rough.width - std::sqrt(m.quadratic(x)));
      CHECK(off <= rough.error);
      CHECK(off >= 0.3 * rough.error);
    }
  }
}

TEST_CASE("mirror: a width near zero may be further off above than below") {
  constexpr Index kDim = 64;
  constexpr Index kStrip = 16;  // as above, all but one element rounded down
  constexpr double kQuantum = 1.0 / 32'767.0;
  Vector x = Vector::Constant(kDim, 680.0 * kQuantum);
  x[0] = 1.0;
  RoundedContext rounded(kDim);
  rounded.round(x);
  Matrix start = Matrix::Zero(kDim, kDim);
  start.bottomRightCorner(kDim - kStrip, kDim - kStrip).setConstant(100.499 * kQuantum);
  start.diagonal().setZero();
  start(kStrip + 1, kStrip) = start(kStrip, kStrip + 1) = 1.0;
  const double largest = start.rowwise().sum().maxCoeff();
  const StripedMatrix whole(start, 1.0);
  const double rough_square = std::pow(Mirror(whole, largest).width(whole, rounded).width, 2);
  for (const double left : {1e-4, 1e-6, 1e-9, 0.0}) {
    CAPTURE(left);
    start(0, 0) = left - rough_square;  // x_0 = 1
    const StripedMatrix m(start, 1.0);
    const RoughWidth rough = Mirror(m, largest).width(m, rounded);
    CHECK(rough.width == doctest::Approx(std::sqrt(left)).epsilon(1e-3));
    CHECK(std::abs(rough.width - std::sqrt(m.quadratic(x))) <= rough.error);
  }
}

TEST_CASE("mirror: it follows refactorisations, forgetting and another prior") {
  constexpr Index kDim = 48;
  Engine engine(3);
  Posterior posterior(Vector::Zero(kDim), 2.0, 25);
  RoundedContext rounded(posterior.dim());
  Factorisation workspace(kDim);
  for (int i = 0; i < 120; ++i) {
    posterior.update(unit_vector(engine, kDim), uniform(engine));
    if (i % 30 == 20) {
      REQUIRE(posterior.forget(0.5, workspace));
    }
    if (i == 70) {
      REQUIRE(posterior.exchange(ModelPrior(Vector::Ones(kDim), 0.3)));
    }
    const Vector x = unit_vector(engine, kDim);
    rounded.round(x);
    const RoughWidth rough = posterior.rough_width(x, rounded);
    CHECK(std::abs(rough.width - posterior.width(x)) <= rough.error);
    CHECK(rough.error <= 0.01);
  }
}

TEST_CASE("mirror: widths of several are those of each, to the last bit") {
  for (const Index d : {31, 32, 101, 256}) {
    CAPTURE(d);
    Engine engine(static_cast<std::uint64_t>(d));
    Posterior posterior(Vector::Zero(d), 1.0);
    for (int i = 0; i < 13; ++i) {
      posterior.update(unit_vector(engine, d), uniform(engine));
    }
    constexpr Index kContexts = 5;
    Matrix contexts(d, kContexts);
    std::vector<RoundedContext> rounded(kContexts, RoundedContext(d));
    for (Index i = 0; i < kContexts; ++i) {
      contexts.col(i) = context(engine, d);
      rounded[static_cast<std::size_t>(i)].round(contexts.col(i));
    }
    std::vector<RoughWidth> together(kContexts);
    posterior.rough_widths(contexts, rounded, together);
    for (std::size_t i = 0; i < kContexts; ++i) {
      const RoughWidth alone = posterior.rough_width(contexts.col(static_cast<Index>(i)), rounded[i]);
      CHECK(together[i].width == alone.width);
      CHECK(together[i].error == alone.error);
    }
  }
}

TEST_CASE("mirror: the zero vector, and vectors that are nearly zero") {
  Posterior posterior(Vector::Zero(32), 1.0);
  RoundedContext rounded(posterior.dim());
  for (const double size : {0.0, 5e-324, 1e-300, 1e-160, 1e150}) {
    CAPTURE(size);
    const Vector x = Vector::Constant(32, size);
    rounded.round(x);
    const RoughWidth rough = posterior.rough_width(x, rounded);
    CHECK(std::abs(rough.width - posterior.width(x)) <= rough.error);
  }
}

TEST_CASE("mirror: below its dimensions a rough width is the width") {
  Engine engine(4);
  Posterior posterior(Vector::Zero(kMirrorFrom - 1), 1.0);
  RoundedContext rounded(posterior.dim());
  const Vector x = unit_vector(engine, kMirrorFrom - 1);
  rounded.round(x);
  const RoughWidth rough = posterior.rough_width(x, rounded);
  CHECK(rough.error == 0.0);
  CHECK(rough.width == posterior.width(x));
}

TEST_CASE("mirror: a router chooses as it would by the widths in full, near ties included") {
  constexpr Index kDim = 40;
  constexpr Index kModels = 7;
  Engine engine(11);
  std::vector<ModelSettings> models;
  for (Index k = 0; k < kModels; ++k) {
    // Some are alike, some very nearly, and each costs something else.
    const Vector mean = Vector::Constant(kDim, k % 3 == 2 ? 1e-5 : 0.0);
    models.push_back({.prices = {1e-6 * static_cast<double>(1 + (k * 3) % kModels), 0.0},
                      .expected_output_tokens = 10.0,
                      .prior = ModelPrior(mean, 1.0)});
  }
  const double alpha = 1.3;
  Router router({.dim = kDim, .alpha = alpha}, models, BudgetSettings{});
  Caller caller{router};
  Vector mean(kModels);
  Vector width(kModels);
  Vector usd(kModels);
  int near = 0;
  for (int i = 0; i < 3'000; ++i) {
    const Vector x = unit_vector(engine, kDim);
    router.estimate(x, 100.0, mean, width, usd);
    const Vector score = mean + alpha * width;
    const Decision decision = caller.decide(x);
    CHECK(decision.model == reference::sorted_select(score, usd, caller.eligible, kTieTolerance));
    near += (score.array() >= score.maxCoeff() - 1e-3).count() > 1 ? 1 : 0;
    // Rewards that do not tell the models apart keep them close.
    router.feedback(decision.id, 0.5);
  }
  CHECK(near >= 10);
}
