#include <array>

#include "pilotage/router.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

namespace {

std::vector<ModelSettings> pool() {
  return {{.prices = {1e-5, 1e-5}, .expected_output_tokens = 100.0, .prior = {Vector::Zero(2), 1.0}},
          {.prices = {2e-5, 2e-5}, .expected_output_tokens = 100.0, .prior = {Vector::Zero(2), 1.0}}};
}

}  // namespace

TEST_CASE("adopt: learns as from a decision, and no budget pays") {
  Router router({.dim = 2, .forgetting = 0.9}, pool(), CapSettings{1'000'000'000});
  const Decision adopted = router.adopt(vec({0.6, 0.8}), 100.0, 1);
  CHECK(adopted.model == 1);
  CHECK(adopted.reason == Reason::kAdopted);
  CHECK_FALSE(refuses(adopted.reason));
  CHECK(adopted.reserved == 0);
  CHECK(adopted.expected_cost == 4'000'000);  // 200 tokens at 2e-5 dollars
  CHECK(router.settle(adopted.id, 100.0, 50.0) == Status::kApplied);
  CHECK(router.feedback(adopted.id, 1.0) == Status::kApplied);
  CHECK(router.budget().settled == 0);
  CHECK(router.budget().reserved == 0);

  std::array<std::uint8_t, 2> eligible{};
  std::vector<ModelSettings> dearer = pool();
  dearer[0].prices = {3e-5, 3e-5};
  Router twin({.dim = 2, .forgetting = 0.9}, dearer, NoBudget{});
  const Decision decided = twin.decide(vec({0.6, 0.8}), 100.0, std::nullopt, false, eligible);
  REQUIRE(decided.model == 1);  // a tie, and cheaper
  twin.settle(decided.id, 100.0, 50.0);
  twin.feedback(decided.id, 1.0);
  CHECK(router.posterior(1).theta() == twin.posterior(1).theta());
}

TEST_CASE("adopt: refusals") {
  Router router({.dim = 2}, pool(), NoBudget{});
  CHECK_THROWS_AS(router.adopt(vec({0.6, 0.8}), 1.0, 2), std::out_of_range);
  CHECK_REFUSED(router.adopt(vec({0.6}), 1.0, 0), "x must have shape (2,), got (1,)");
  CHECK_REFUSED(router.adopt(vec({0.6, kNaN}), 1.0, 0), "x must be finite");
  CHECK_REFUSED(router.adopt(vec({0.6, 0.8}), -1.0, 0), "input_tokens must be finite and >= 0");
}
