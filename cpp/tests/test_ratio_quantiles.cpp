#include "pilotage/ratio_quantiles.hpp"
#include "sorted_quantile.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

namespace {
const double kResolution = std::exp2(1.0 / 16.0) * (1.0 + 1e-12);  // half a bucket, as a factor
}

TEST_CASE("ratio_quantiles: the smallest, the middle and the largest of three") {
  RatioQuantiles quantiles;
  for (const double ratio : {1000.0, 1.0, 30.0}) {
    quantiles.add(ratio);
  }
  CHECK(quantiles.count() == 3);
  CHECK(quantiles.quantile(0.0) == doctest::Approx(1.0).epsilon(0.045));
  CHECK(quantiles.quantile(0.5) == doctest::Approx(30.0).epsilon(0.045));
  CHECK(quantiles.quantile(1.0) == doctest::Approx(1000.0).epsilon(0.045));
}

TEST_CASE("ratio_quantiles: what is not a positive finite ratio is ignored") {
  RatioQuantiles quantiles;
  for (const double ratio : {0.0, -1.0, kNaN, kInf, -kInf}) {
    quantiles.add(ratio);
  }
  CHECK(quantiles.count() == 0);
}

TEST_CASE("ratio_quantiles: ratios beyond the ends are counted at the ends") {
  RatioQuantiles quantiles;
  quantiles.add(std::numeric_limits<double>::denorm_min());
  quantiles.add(std::numeric_limits<double>::max());
  CHECK(quantiles.count() == 2);
  CHECK(quantiles.quantile(0.0) == doctest::Approx(std::exp2(-32.0)).epsilon(0.045));
  CHECK(quantiles.quantile(1.0) == doctest::Approx(std::exp2(48.0)).epsilon(0.045));
}

TEST_CASE("ratio_quantiles: within half a bucket of the sorted twin") {
  Engine engine(11);
  for (const int count : {1, 2, 17, 1'000}) {
    RatioQuantiles quantiles;
    std::vector<double> ratios;
    for (int i = 0; i < count; ++i) {
      ratios.push_back(std::exp2(uniform(engine, -30.0, 45.0)));
      quantiles.add(ratios.back());
    }
    for (const double q : {0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0}) {
      CAPTURE(count);
      CAPTURE(q);
      const double factor = quantiles.quantile(q) / reference::sorted_quantile(ratios, q);
      CHECK(factor <= kResolution);
      CHECK(factor >= 1.0 / kResolution);
    }
  }
}

TEST_CASE("ratio_quantiles: halved, what came before counts half beside what comes") {
  RatioQuantiles quantiles;
  for (int i = 0; i < 100; ++i) {
    quantiles.add(1.0);
  }
  quantiles.add(64.0);  // alone in its bucket: half of it is nothing
  quantiles.halve();
  CHECK(quantiles.count() == 50);
  CHECK(quantiles.quantile(1.0) == doctest::Approx(1.0).epsilon(0.045));
  for (int i = 0; i < 60; ++i) {
    quantiles.add(4.0);
  }
  CHECK(quantiles.quantile(0.4) == doctest::Approx(1.0).epsilon(0.045));
  CHECK(quantiles.quantile(0.5) == doctest::Approx(4.0).epsilon(0.045));
}
