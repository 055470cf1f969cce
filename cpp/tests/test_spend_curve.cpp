#include "fading_spend.hpp"
#include "pilotage/pricing/spend_curve.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;
using reference::fading_spend;
using reference::Offer;

namespace {

constexpr double kBucket = 1.0218971486541166;  // 2^(1/32)

/// A curve, and everything it was ever told.
struct Recorder {
  explicit Recorder(double memory_of_curve) : memory(memory_of_curve), curve(memory_of_curve) {}

  void add(const Offer& offer) {
    Hull hull(offer.reward.size());
    hull.build(offer.reward, offer.cost,
               std::vector<std::uint8_t>(static_cast<std::size_t>(offer.cost.size()), 1));
    curve.add(offer.cost[hull.cheapest()], hull.steps());
    offers.push_back(offer);
  }

  [[nodiscard]] double spend(double price) const { return fading_spend(offers, price, memory); }

  double memory;
  SpendCurve curve;
  std::vector<Offer> offers;
};

Offer random_offer(Engine& engine) {
  const Index models = 1 + below(engine, 6);
  Offer offer{Vector(models), Vector(models)};
  for (Index k = 0; k < models; ++k) {
    offer.reward[k] = uniform(engine);
    offer.cost[k] = 1e-5 * std::exp2(uniform(engine, 0.0, 10.0));
  }
  return offer;
}

}  // namespace

TEST_CASE("spend curve: by hand") {
  Recorder recorder(1e9);                            // forgets nothing worth mentioning
  recorder.add({vec({0.5, 0.9}), vec({1.0, 3.0})});  // a step of 2 dollars at 0.2 a dollar
  recorder.add({vec({0.5, 0.6}), vec({1.0, 2.0})});  // a step of 1 dollar at 0.1 a dollar
  SpendCurve& curve = recorder.curve;
  CHECK(curve.cheapest() == doctest::Approx(1.0));
  CHECK(curve.price(0.5) == kInf);  // less than the cheapest
  CHECK(curve.price(1.0) == kInf);
  CHECK(curve.price(1.999) == doctest::Approx(0.2).epsilon(kBucket - 1.0));
  CHECK(curve.price(2.001) == doctest::Approx(0.1).epsilon(kBucket - 1.0));
  CHECK(curve.price(2.499) == doctest::Approx(0.1).epsilon(kBucket - 1.0));
  CHECK(curve.price(2.501) == 0.0);            // more than everything costs
  CHECK(curve.price(1.5) > curve.price(1.6));  // within a bucket too
  CHECK(curve.price_below(1.001) < 0.2);       // the whole step is wanted
  CHECK(curve.price_below(1.001) > 0.2 / (kBucket * kBucket));
  CHECK(curve.price_below(1.001) == curve.price_below(1.999));
  CHECK(curve.price_below(1.0) == kInf);
  CHECK(curve.price_below(2.501) == 0.0);
}

TEST_CASE("spend curve: the price costs what was asked for, to within a bucket") {
  for (const double memory : {1.0, 3.5, 50.0, 500.0}) {
    CAPTURE(memory);
    Engine engine(11);
    Recorder recorder(memory);
    for (int t = 0; t < 600; ++t) {
      CAPTURE(t);
      recorder.add(random_offer(engine));
      const double usd = 1e-5 * std::exp2(uniform(engine, -1.0, 10.0));
      const double price = recorder.curve.price(usd);
      if (price == kInf) {
        CHECK(usd <= recorder.spend(1e30) * (1.0 + 1e-9));
      } else {
        CHECK(recorder.spend(price * kBucket) <= usd * (1.0 + 1e-9));
        CHECK((price == 0.0 ? recorder.spend(0.0) <= usd * (1.0 + 1e-9)
                            : recorder.spend(price / kBucket) >= usd * (1.0 - 1e-9)));
      }
      CHECK(recorder.curve.cheapest() == doctest::Approx(recorder.spend(1e30)).epsilon(1e-9));
    }
  }
}

TEST_CASE("spend curve: where it was asked before does not matter") {
  Engine engine(12);
  SpendCurve asked(100.0);
  SpendCurve quiet(100.0);
  for (int t = 0; t < 20'000; ++t) {  // past several rescalings
    const Offer offer = random_offer(engine);
    Hull hull(offer.reward.size());
    hull.build(offer.reward, offer.cost,
               std::vector<std::uint8_t>(static_cast<std::size_t>(offer.cost.size()), 1));
    asked.add(offer.cost[hull.cheapest()], hull.steps());
    quiet.add(offer.cost[hull.cheapest()], hull.steps());
    (void)asked.price(1e-5 * std::exp2(uniform(engine, -1.0, 10.0)));
  }
  for (const double factor : {1.01, 1.1, 1.5, 3.0, 10.0}) {
    const double usd = factor * quiet.cheapest();
    CHECK(quiet.price(usd) < kInf);
    CHECK(asked.price(usd) == doctest::Approx(quiet.price(usd)).epsilon(1e-9));
  }
}

TEST_CASE("spend curve: what money earns is the integral of the price") {
  Engine engine(13);
  SpendCurve curve(100.0);
  for (int t = 0; t < 300; ++t) {
    const Offer offer = random_offer(engine);
    Hull hull(offer.reward.size());
    hull.build(offer.reward, offer.cost,
               std::vector<std::uint8_t>(static_cast<std::size_t>(offer.cost.size()), 1));
    curve.add(offer.cost[hull.cheapest()], hull.steps());
  }
  const double cheapest = curve.cheapest();
  CHECK(curve.earned(0.99 * cheapest, 2.0 * cheapest) == kInf);
  CHECK(curve.earned(2.0 * cheapest, 2.0 * cheapest) == 0.0);
  CHECK(curve.earned(1e6 * cheapest, 2e6 * cheapest) == 0.0);
  for (const auto& [low, high] : {std::pair{1.05, 1.06}, {1.1, 2.0}, {1.5, 8.0}, {3.0, 1e4}}) {
    constexpr int kSlices = 4'000;
    const double slice = std::min(high - low, 200.0) * cheapest / kSlices;  // nothing is to be had above
    double sum = 0.0;
    for (int i = 0; i < kSlices; ++i) {
      sum += slice * curve.price(low * cheapest + (i + 0.5) * slice);
    }
    CHECK(curve.earned(low * cheapest, high * cheapest) == doctest::Approx(sum).epsilon(0.01));
  }
}

TEST_CASE("spend curve: steps beyond the ends of the histogram, and for free") {
  SpendCurve curve(10.0);
  const std::vector<Step> steps{{kInf, 0.0}, {1e200, 1.0}, {1e-200, 1.0}};
  curve.add(0.0, steps);
  CHECK(curve.price(0.5) > 1e14);
  CHECK(curve.price(1.5) > 0.0);
  CHECK(curve.price(1.5) < 1e-8);
  CHECK(curve.price(2.5) == 0.0);
}

TEST_CASE("spend curve: refuses a memory below 1") {
  CHECK_REFUSED(SpendCurve(0.5), "memory must be finite and >= 1, got 0.5");
  CHECK_REFUSED(SpendCurve{kNaN}, "memory must be finite and >= 1, got");
  CHECK_REFUSED(SpendCurve{kInf}, "memory must be finite and >= 1, got inf");
}
