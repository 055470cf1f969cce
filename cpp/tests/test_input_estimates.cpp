// By hand; the specification in Python plays it against random streams.
#include "pilotage/input_estimates.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

TEST_CASE("input estimates: believed until calls tell more") {
  InputEstimates inputs;
  CHECK(inputs.of(100.0).expected == 100.0);
  CHECK(inputs.of(100.0).high == 100.0);
  inputs.observe(256.0, 1'156.0);
  CHECK(inputs.of(100.0).expected == 100.0 + 900.0 / 3.0);  // with two that read what was estimated
  CHECK(inputs.of(100.0).high == 1'000.0);
  for (int i = 0; i < 63; ++i) {
    inputs.observe(256.0, 1'156.0);
  }
  CHECK(inputs.of(100.0).expected == 1'000.0);
  CHECK(inputs.of(5'000.0).high == 5'900.0);
}

TEST_CASE("input estimates: never below what was estimated") {
  InputEstimates inputs;
  for (int i = 0; i < 100; ++i) {
    inputs.observe(256.0, 0.0);
  }
  CHECK(inputs.of(256.0).expected == 256.0);
  CHECK(inputs.of(256.0).high == 256.0);
}

TEST_CASE("input estimates: 19 of 20 count, of the last 64 calls") {
  InputEstimates inputs;
  const auto observe = [&](int calls, double tokens) {
    for (int i = 0; i < calls; ++i) {
      inputs.observe(256.0, tokens);
    }
  };
  observe(61, 356.0);
  observe(3, 50'000.0);  // 3 of 64
  CHECK(inputs.of(256.0).high == 356.0);
  CHECK(inputs.of(256.0).expected == 356.0);
  observe(1, 50'000.0);  // 4 of 64
  CHECK(inputs.of(256.0).high == 50'000.0);
  CHECK(inputs.of(256.0).expected == doctest::Approx((60.0 * 356.0 + 4.0 * 50'000.0) / 64.0));
  observe(61, 266.0);
  CHECK(inputs.of(256.0).high == 266.0);
  observe(3, 266.0);  // the last of the others are forgotten
  CHECK(inputs.of(256.0).expected == 266.0);
}

TEST_CASE("input estimates: one odd call moves nobody, be its prompt short or long") {
  for (const double odd : {1.0, 10'000.0}) {
    InputEstimates inputs;
    for (int i = 0; i < 100; ++i) {
      const double estimate = i == 60 ? odd : 25.0 + 5.0 * (i % 40);
      inputs.observe(estimate, i == 60 ? 1e6 : estimate + 100.0);
    }
    for (const double estimate : {1.0, 25.0, 400.0}) {
      CHECK(inputs.of(estimate).expected == doctest::Approx(estimate + 100.0));
      CHECK(inputs.of(estimate).high == doctest::Approx(estimate + 100.0));
    }
  }
}

TEST_CASE("input estimates: what no call reads is not learned") {
  InputEstimates inputs;
  for (const double tokens : {1e300, 2e9, kNaN, kInf}) {
    inputs.observe(256.0, tokens);
    inputs.observe(tokens, 256.0);
  }
  CHECK(inputs.of(100.0).expected == 100.0);
  CHECK(inputs.of(100.0).high == 100.0);
}
