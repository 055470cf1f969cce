#include "literal_zcl.hpp"
#include "pilotage/spend.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

namespace {

std::vector<std::int64_t> choices(const BudgetSettings& budget, const RowMatrix& reward,
                                  const RowMatrix& cost, const RowMatrix& actual) {
  std::vector<std::int64_t> out(static_cast<std::size_t>(reward.rows()));
  const Vector list_price = Vector::Ones(reward.cols());
  spend(budget, reward, cost, actual, list_price, out);
  return out;
}

RowMatrix rows(Index n, std::initializer_list<double> row) {
  return RowMatrix(vec(row).transpose().replicate(n, 1));
}

using Choices = std::vector<std::int64_t>;
constexpr NanoDollars kDollar = 1'000'000'000;

}  // namespace

TEST_CASE("spend: by hand") {
  const RowMatrix reward = rows(4, {0.5, 0.9});
  const RowMatrix cost = rows(4, {1.0, 3.0});
  CHECK(choices(NoBudget{}, reward, cost, cost) == Choices{1, 1, 1, 1});
  CHECK(choices(CapSettings{7 * kDollar}, reward, cost, cost) == Choices{1, 1, 0, -1});
  const DualSettings dual{.budget = 8 * kDollar, .requests = 4};
  CHECK(std::ranges::count(choices(dual, reward, cost, cost), 1) == 2);  // 3 + 3 + 1 + 1
  // a call costs 5 in truth: one for each of the others stays
  CHECK(std::ranges::count(choices(dual, reward, cost, rows(4, {1.0, 5.0})), 1) == 1);
  CHECK(choices(PacerSettings{.rate = 2.0}, reward, cost, cost) == Choices{0, 1, 0, 1});
}

TEST_CASE("spend: zcl chooses what algorithm 3 chooses") {
  Engine engine(4);
  RowMatrix reward(300, 5);
  RowMatrix cost(300, 5);
  std::vector<reference::Row> literal(300);
  for (Index i = 0; i < 300; ++i) {
    for (Index k = 0; k < 5; ++k) {
      reward(i, k) = uniform(engine);
      const double nano = std::round(1000.0 * std::exp2(uniform(engine, 0.0, 8.0)));
      cost(i, k) = nano / static_cast<double>(kDollar);
      literal[static_cast<std::size_t>(i)].values.push_back(reward(i, k));
      literal[static_cast<std::size_t>(i)].costs.push_back(nano);
    }
  }
  const double dollars = 0.4 * cost.rowwise().mean().sum();
  const ZclSettings zcl{.budget = to_nanodollars("usd", dollars),
                        .requests = 300,
                        .bin_size = 50,
                        .lower = 1e3,
                        .upper = 1e6,
                        .stop = true};
  const double per_nano = static_cast<double>(kDollar);
  const std::vector<std::size_t> expected = reference::literal_zcl(
      literal, static_cast<double>(zcl.budget), 50, *zcl.lower / per_nano, *zcl.upper / per_nano);
  const Choices found = choices(zcl, reward, cost, cost);
  REQUIRE(expected.size() > 100);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    REQUIRE(found[i] == static_cast<std::int64_t>(expected[i]));
  }
}

TEST_CASE("spend: refusals") {
  const RowMatrix reward = rows(2, {0.5, 0.9});
  const RowMatrix cost = rows(2, {1.0, 3.0});
  CHECK_REFUSED((void)choices(NoBudget{}, reward, rows(3, {1.0, 3.0}), cost),
                "cost must have shape (2, 2), got (3, 2)");
  CHECK_REFUSED((void)choices(NoBudget{}, reward, cost, rows(2, {1.0})),
                "actual must have shape (2, 2), got (2, 1)");
  CHECK_REFUSED((void)choices(NoBudget{}, rows(2, {kNaN, 0.0}), cost, cost), "reward must be finite");
  CHECK_REFUSED((void)choices(NoBudget{}, reward, rows(2, {-1.0, 0.0}), cost), "cost must be in [0");
  CHECK_REFUSED((void)choices(NoBudget{}, reward, cost, rows(2, {kInf, 0.0})), "actual must be in [0");
  CHECK_REFUSED((void)choices(CapSettings{-1}, reward, cost, cost), "must be >= 0");
}
