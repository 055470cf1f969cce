#include "pilotage/random.hpp"
#include "support.hpp"

using namespace pilotage;

TEST_CASE("random: the published sequence of SplitMix64 for seed 1234567") {
  Random random(1234567);
  CHECK(random.next() == 6457827717110365317ULL);
  CHECK(random.next() == 3203168211198807973ULL);
  CHECK(random.next() == 9817491932198370423ULL);
  CHECK(random.next() == 4593380528125082431ULL);
}

TEST_CASE("random: uniform and below stay in their ranges and fill them evenly") {
  Random random(1);
  std::vector<int> counts(5);
  double sum = 0.0;
  for (int i = 0; i < 50'000; ++i) {
    const double u = random.uniform();
    REQUIRE((u >= 0.0 && u < 1.0));
    sum += u;
    ++counts.at(static_cast<std::size_t>(random.below(5)));
  }
  CHECK(sum / 50'000 == doctest::Approx(0.5).epsilon(0.02));
  for (const int count : counts) {
    CHECK(std::abs(count - 10'000) < 600);  // more than six standard deviations of 89
  }
  CHECK(random.below(1) == 0);
}
