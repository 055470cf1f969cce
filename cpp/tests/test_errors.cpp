#include "pilotage/errors.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

TEST_CASE("errors: a message names the argument, what was expected and what was received") {
  CHECK(message_of<std::invalid_argument>([] { require_size("x", 32, 31); }) ==
        "x must have shape (32,), got (31,)");
  CHECK(message_of<std::invalid_argument>([] { require_finite("x", vec({0.0, 1.0, 2.0, kNaN})); }) ==
        "x must be finite, got nan at index 3");
  CHECK(message_of<std::invalid_argument>([] { require_finite("y", -kInf); }) ==
        "y must be finite, got -inf");
  CHECK(message_of<std::invalid_argument>([] { require_positive("strength", 0.0); }) ==
        "strength must be finite and > 0, got 0");
  CHECK(message_of<std::invalid_argument>([] { require_nonnegative("alpha", -0.5); }) ==
        "alpha must be finite and >= 0, got -0.5");
  CHECK(message_of<std::invalid_argument>([] { require_unit_interval("reward", 1.25); }) ==
        "reward must be in [0, 1], got 1.25");
  CHECK(message_of<std::invalid_argument>([] { require_at_least("dim", 1, 0); }) ==
        "dim must be >= 1, got 0");
  CHECK(message_of<std::out_of_range>([] { require_index("model", 3, 3); }) ==
        "model must be in [0, 3), got 3");
}

TEST_CASE("errors: the ends of a range belong to it, NaN to none") {
  CHECK_NOTHROW(require_nonnegative("v", 0.0));
  CHECK_NOTHROW(require_unit_interval("v", 0.0));
  CHECK_NOTHROW(require_unit_interval("v", 1.0));
  CHECK_NOTHROW(require_at_least("v", 1, 1));
  CHECK_NOTHROW(require_index("v", 3, 0));
  CHECK_THROWS_AS(require_positive("v", kNaN), std::invalid_argument);
  CHECK_THROWS_AS(require_nonnegative("v", kNaN), std::invalid_argument);
  CHECK_THROWS_AS(require_unit_interval("v", kNaN), std::invalid_argument);
  CHECK_THROWS_AS(require_index("v", 3, -1), std::out_of_range);
}

TEST_CASE("errors: finite numbers whose sum overflows are finite") {
  CHECK_NOTHROW(require_finite("x", vec({1e308, 1e308, 1e308})));
  CHECK_THROWS_AS(require_finite("x", vec({kInf, -kInf})), std::invalid_argument);
}
