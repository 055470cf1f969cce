// By hand; the specification in Python plays it against random streams.
#include "pilotage/input_estimates.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

TEST_CASE("input estimates: believed until a call tells more") {
  InputEstimates inputs;
  CHECK(inputs.of(100.0).expected == 100.0);
  CHECK(inputs.of(100.0).high == 100.0);
  // z = (1, 1): A = I + z z', b = (0, 1) + 4 z, theta = (1, 2)
  inputs.observe(256.0, 1'024.0);
  CHECK(inputs.of(256.0).expected == doctest::Approx(768.0));
  CHECK(inputs.of(256.0).high == doctest::Approx(1'024.0));
  CHECK(inputs.of(512.0).expected == doctest::Approx(1'280.0));
  CHECK(inputs.of(512.0).high == doctest::Approx(1'280.0 + 256.0));    // beyond it, not a third more
  CHECK(inputs.of(128.0).high == doctest::Approx(512.0 * 4.0 / 3.0));  // a third more, not 256 beyond
}

TEST_CASE("input estimates: never below what was estimated, and an eighth of it on average") {
  InputEstimates inputs;
  for (int i = 0; i < 100; ++i) {
    inputs.observe(256.0, 0.0);
  }
  CHECK(inputs.of(256.0).expected == 32.0);
  CHECK(inputs.of(256.0).high == 256.0);
  CHECK(inputs.of(0.0).expected >= 0.0);
}

TEST_CASE("input estimates: 19 of 20 count, of the last 64 calls") {
  InputEstimates inputs;
  for (int i = 0; i < 64; ++i) {
    inputs.observe(256.0, i < 3 ? 50'000.0 : 256.0);
  }
  CHECK(inputs.of(256.0).high == doctest::Approx(inputs.of(256.0).expected));  // 3 of 64
  inputs.observe(256.0, 50'000.0);
  inputs.observe(256.0, 50'000.0);
  inputs.observe(256.0, 50'000.0);
  inputs.observe(256.0, 50'000.0);  // 4 of 64
  CHECK(inputs.of(256.0).high == doctest::Approx(50'000.0));
  for (int i = 0; i < 61; ++i) {
    inputs.observe(256.0, 256.0);
  }
  CHECK(inputs.of(256.0).high < 10'000.0);
}

TEST_CASE("input estimates: what no call reads is not learned") {
  InputEstimates inputs;
  for (const double tokens : {1e300, 2e9, kNaN, kInf}) {
    inputs.observe(256.0, tokens);
  }
  inputs.observe(0.5, 1'000.0);
  CHECK(inputs.of(100.0).expected == 100.0);
  CHECK(inputs.of(100.0).high == 100.0);
}
