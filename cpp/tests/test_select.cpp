#include "pilotage/select.hpp"
#include "sorted_select.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

namespace {
using Flags = std::vector<std::uint8_t>;
}

TEST_CASE("select: the highest score wins, among the eligible") {
  const Vector score = vec({0.2, 0.9, 0.5});
  const Vector cost = vec({1.0, 3.0, 2.0});
  CHECK(select(score, cost, Flags{1, 1, 1}) == 1);
  CHECK(select(score, cost, Flags{1, 0, 1}) == 2);
  CHECK(select(score, cost, Flags{1, 0, 0}) == 0);
  CHECK(select(score, cost, Flags{0, 0, 0}) == -1);
  CHECK(select(vec({-2.0, -1.0}), vec({1.0, 1.0}), Flags{1, 1}) == 1);
}

TEST_CASE("select: ties go to the lower cost, then the lower index") {
  CHECK(select(vec({0.5, 0.5, 0.5}), vec({2.0, 1.0, 1.0}), Flags{1, 1, 1}) == 1);
  CHECK(select(vec({0.5, 0.5, 0.5}), vec({1.0, 1.0, 1.0}), Flags{1, 1, 1}) == 0);
  CHECK(select(vec({0.5, 0.5, 0.5}), vec({1.0, 1.0, 1.0}), Flags{0, 1, 1}) == 1);
}

TEST_CASE("select: within the tolerance is a tie, beyond it is not") {
  const Vector cost = vec({1.0, 2.0});
  CHECK(select(vec({0.5, 0.5 + 0.5e-9}), cost, Flags{1, 1}) == 0);
  CHECK(select(vec({0.5, 0.5 + 2e-9}), cost, Flags{1, 1}) == 1);
  CHECK(select(vec({1000.0, 1000.0 + 0.5e-6}), cost, Flags{1, 1}) == 0);
  CHECK(select(vec({1000.0, 1000.0 + 2e-6}), cost, Flags{1, 1}) == 1);
  CHECK(select(vec({-1000.0, -1000.0 + 0.5e-6}), cost, Flags{1, 1}) == 0);
}

TEST_CASE("select: an ineligible model's score does not matter") {
  CHECK(select(vec({0.5, 1e9}), vec({1.0, 1.0}), Flags{1, 0}) == 0);
}

TEST_CASE("select: equals the sorted twin on random scores full of ties") {
  Engine engine(8);
  for (int i = 0; i < 5'000; ++i) {
    const Index models = 1 + below(engine, 8);
    Vector score(models);
    Vector cost(models);
    Flags eligible(static_cast<std::size_t>(models));
    for (Index k = 0; k < models; ++k) {
      score[k] = static_cast<double>(below(engine, 3)) + 3e-10 * static_cast<double>(below(engine, 8));
      cost[k] = static_cast<double>(below(engine, 3));
      eligible[static_cast<std::size_t>(k)] = below(engine, 4) > 0 ? 1 : 0;
    }
    CAPTURE(score.transpose());
    CAPTURE(cost.transpose());
    REQUIRE(select(score, cost, eligible) == reference::sorted_select(score, cost, eligible, kTieTolerance));
  }
}
