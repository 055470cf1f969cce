#include "fading_spend.hpp"
#include "pilotage/pricing/hull.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;
using reference::best_at;
using reference::Offer;

namespace {

/// What the choice costs that the hull's steps lead to at this price.
double cost_at(const Hull& hull, double price) {
  double usd = hull.cheapest_usd();
  for (const Step& step : hull.steps()) {
    usd += step.rate > price ? step.usd : 0.0;
  }
  return usd;
}

Hull hull_of(const Offer& offer, std::vector<std::uint8_t> eligible = {},
             std::optional<double> unserved = {}) {
  eligible.resize(static_cast<std::size_t>(offer.reward.size()), eligible.empty() ? 1 : 0);
  Hull hull(offer.reward.size());
  hull.build(offer.reward, offer.cost, eligible, unserved);
  return hull;
}

}  // namespace

TEST_CASE("hull: by hand") {
  // (1, .5) -> (2, .7) at .2 a dollar -> (4, .8) at .05; (3, .7) is dominated, (3.5, .74) lies below the
  // chord
  const Hull hull = hull_of({vec({0.7, 0.5, 0.8, 0.7, 0.74}), vec({3.0, 1.0, 4.0, 2.0, 3.5})});
  CHECK(hull.cheapest() == 1);
  REQUIRE(hull.steps().size() == 2);
  CHECK(hull.steps()[0].rate == doctest::Approx(0.2));
  CHECK(hull.steps()[0].usd == doctest::Approx(1.0));
  CHECK(hull.steps()[1].rate == doctest::Approx(0.05));
  CHECK(hull.steps()[1].usd == doctest::Approx(2.0));
}

TEST_CASE("hull: of equally cheap models the best, then the first; one model has no steps") {
  CHECK(hull_of({vec({0.1, 0.4, 0.4}), vec({1.0, 1.0, 1.0})}).cheapest() == 1);
  CHECK(hull_of({vec({0.1, 0.4, 0.4}), vec({1.0, 1.0, 1.0})}).steps().empty());
  CHECK(hull_of({vec({-3.0}), vec({0.0})}).steps().empty());
}

TEST_CASE("hull: what is not eligible is not there") {
  const Hull hull = hull_of({vec({0.2, 0.9, 0.5}), vec({1.0, 2.0, 3.0})}, {1, 0, 1});
  REQUIRE(hull.steps().size() == 1);
  CHECK(hull.steps()[0].usd == doctest::Approx(2.0));
}

TEST_CASE("hull: nobody is one more choice, at no cost") {
  const Hull hull = hull_of({vec({0.5, 0.9}), vec({1.0, 3.0})}, {}, 0.1);
  CHECK(hull.cheapest() == kNobody);
  CHECK(hull.cheapest_usd() == 0.0);
  REQUIRE(hull.steps().size() == 2);
  CHECK(hull.steps()[0].rate == doctest::Approx(0.4));
  CHECK(hull.steps()[0].usd == doctest::Approx(1.0));
  CHECK(hull.steps()[1].rate == doctest::Approx(0.2));
  // a model that costs nothing and is as good answers; worse, it does not
  CHECK(hull_of({vec({0.1, 0.9}), vec({0.0, 3.0})}, {}, 0.1).cheapest() == 0);
  CHECK(hull_of({vec({0.1, 0.9}), vec({0.0, 3.0})}, {}, 0.2).cheapest() == kNobody);
  CHECK(hull_of({vec({0.1, 0.9}), vec({1.0, 3.0})}, {}, 0.9).steps().empty());
}

TEST_CASE("hull: with nobody among the choices as with a model of that reward and no cost") {
  Engine engine(8);
  for (int trial = 0; trial < 500; ++trial) {
    CAPTURE(trial);
    const Index models = 1 + below(engine, 6);
    Offer offer{Vector(models + 1), Vector(models + 1)};  // the last one stands for nobody
    for (Index k = 0; k <= models; ++k) {
      offer.reward[k] = 0.25 * static_cast<double>(below(engine, 5));
      offer.cost[k] = k == models ? 0.0 : static_cast<double>(below(engine, 4));
    }
    const Hull hull = hull_of({offer.reward.head(models), offer.cost.head(models)}, {}, offer.reward[models]);
    const Hull same = hull_of(offer);
    CHECK(hull.cheapest() == (same.cheapest() == models ? kNobody : same.cheapest()));
    REQUIRE(hull.steps().size() == same.steps().size());
    for (std::size_t i = 0; i < hull.steps().size(); ++i) {
      CHECK(hull.steps()[i].rate == same.steps()[i].rate);
      CHECK(hull.steps()[i].usd == same.steps()[i].usd);
    }
  }
}

TEST_CASE("hull: room for at least one model") { CHECK_REFUSED(Hull(0), "models must be >= 1, got 0"); }

TEST_CASE("hull: leads to the best model at any price") {
  Engine engine(7);
  for (int trial = 0; trial < 2'000; ++trial) {
    CAPTURE(trial);
    const Index models = 1 + below(engine, 12);
    Offer offer{Vector(models), Vector(models)};
    for (Index k = 0; k < models; ++k) {
      // coarse values: ties in reward, in cost, and in rate
      offer.reward[k] = trial % 2 == 0 ? uniform(engine) : 0.25 * static_cast<double>(below(engine, 5));
      offer.cost[k] = trial % 2 == 0 ? uniform(engine) : static_cast<double>(1 + below(engine, 4));
    }
    const Hull hull = hull_of(offer);
    double last = kInf;
    for (const Step& step : hull.steps()) {
      CHECK(step.rate < last);
      CHECK(step.rate > 0.0);
      last = step.rate;
    }
    for (int i = 0; i < 20; ++i) {
      const double price = std::exp2(uniform(engine, -6.0, 6.0));
      CHECK(cost_at(hull, price) == doctest::Approx(offer.cost[best_at(offer, price)]));
    }
  }
}
