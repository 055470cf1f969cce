#include "grid_knapsack.hpp"
#include "pilotage/knapsack.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

namespace {

constexpr double kNano = 1e-9;
constexpr double kPi = 3.14159265358979;

RowMatrix rows(std::initializer_list<std::initializer_list<double>> values) { return RowMatrix(values); }

using Choice = std::vector<std::int64_t>;

/// Random instances of one kind each, with costs in nano-dollars.
struct Instance {
  RowMatrix values;
  RowMatrix costs;  // US dollars
  std::vector<std::vector<double>> value_rows;
  std::vector<std::vector<std::int64_t>> nano_rows;
  std::int64_t budget;
};

double value_of(Engine& engine, int kind, std::int64_t nano) {
  switch (kind) {
    case 0:
      return uniform(engine, -1.0, 1.0);
    case 1:
      return static_cast<double>(below(engine, 2));  // right or wrong
    case 2:
      return static_cast<double>(below(engine, 11)) / 10.0;
    case 3:
      return static_cast<double>(nano);  // subset sum
    case 4:
      return static_cast<double>(nano) * 0.12345 + 0.7;  // strongly correlated, equal rates but for rounding
    default:
      return uniform(engine, -1.0, 1.0) * std::exp2(uniform(engine, -40.0, 40.0));
  }
}

Instance instance(Engine& engine, int kind, Index prompts, Index models) {
  Instance out{RowMatrix(prompts, models), RowMatrix(prompts, models), {}, {}, 0};
  const std::int64_t dearest = 1 + below(engine, 60);
  for (Index i = 0; i < prompts; ++i) {
    out.value_rows.emplace_back();
    out.nano_rows.emplace_back();
    for (Index k = 0; k < models; ++k) {
      const std::int64_t nano = below(engine, dearest + 1);
      out.nano_rows.back().push_back(nano);
      out.value_rows.back().push_back(value_of(engine, kind, nano));
      out.values(i, k) = out.value_rows.back().back();
      out.costs(i, k) = static_cast<double>(nano) * kNano;
    }
  }
  out.budget = below(engine, prompts * dearest + 1);
  return out;
}

void check_consistent(const Instance& given, const KnapsackSolution& solution) {
  double value = 0.0;
  std::int64_t nano = 0;
  for (std::size_t i = 0; i < given.value_rows.size(); ++i) {
    if (solution.choice[i] >= 0) {
      value += given.value_rows[i][static_cast<std::size_t>(solution.choice[i])];
      nano += given.nano_rows[i][static_cast<std::size_t>(solution.choice[i])];
    }
  }
  CHECK(solution.value == doctest::Approx(value).epsilon(1e-12));
  CHECK(solution.cost == nano);
  CHECK(nano <= given.budget);
  CHECK(solution.upper_bound >= solution.value);
}

}  // namespace

TEST_CASE("knapsack: three prompts by hand") {
  const RowMatrix values = rows({{0.6, 0.9}, {0.5, 0.6}, {0.3, 0.8}});
  const RowMatrix costs = rows({{1.0, 10.0}, {1.0, 10.0}, {1.0, 10.0}});
  // The budget pays two of three upgrades of 9 dollars: the best gain 0.3 and 0.5.
  const KnapsackSolution two = solve_knapsack(values, costs, 22.0);
  CHECK(two.choice == Choice{1, 0, 1});
  CHECK(two.value == 2.2);
  CHECK(two.cost == 21'000'000'000);
  CHECK(two.optimal);
  CHECK(two.upper_bound == two.value);
  CHECK(solve_knapsack(values, costs, 3.0).choice == Choice{0, 0, 0});
  CHECK(solve_knapsack(values, costs, 30.0).choice == Choice{1, 1, 1});
}

TEST_CASE("knapsack: the best choice is not the greedy one") {
  // By rate, 6 for 1 comes before 10 for 2 and 10 for 2; but 1 + 2 leaves a dollar unused.
  const RowMatrix values = rows({{0.0, 6.0}, {0.0, 10.0}, {0.0, 10.0}});
  const RowMatrix costs = rows({{0.0, 1.0}, {0.0, 2.0}, {0.0, 2.0}});
  const KnapsackSolution solution = solve_knapsack(values, costs, 4.0);
  CHECK(solution.choice == Choice{0, 1, 1});
  CHECK(solution.value == 20.0);
}

TEST_CASE("knapsack: nothing fits") {
  const KnapsackSolution solution = solve_knapsack(rows({{1.0}, {1.0}}), rows({{2.0}, {2.0}}), 3.999999999);
  CHECK(!solution.feasible);
  CHECK(solution.choice.empty());
  CHECK(solution.value == -kInf);
  CHECK(!solution.optimal);
}

TEST_CASE("knapsack: none is a choice, worth and costing nothing") {
  const KnapsackSettings none{.allow_none = true};
  const RowMatrix values = rows({{1.0}, {3.0}, {-1.0}});
  const RowMatrix costs = rows({{2.0}, {2.0}, {0.0}});
  CHECK(solve_knapsack(values, costs, 3.0, none).choice == Choice{-1, 0, -1});
  CHECK(solve_knapsack(values, costs, 0.0, none).choice == Choice{-1, -1, -1});
  CHECK(solve_knapsack(values, costs, 4.0, none).choice == Choice{0, 0, -1});
}

TEST_CASE("knapsack: no prompts") {
  const KnapsackSolution solution = solve_knapsack(RowMatrix(0, 2), RowMatrix(0, 2), 0.0);
  CHECK(solution.feasible);
  CHECK(solution.choice.empty());
  CHECK(solution.value == 0.0);
  CHECK(solution.optimal);
}

TEST_CASE("knapsack: costs are rounded up and the budget down, but not for a float64's rounding") {
  const RowMatrix values = rows({{0.0, 1.0}});
  const auto chosen = [&](double cost, double budget) {
    return solve_knapsack(values, rows({{0.0, cost}}), budget).choice.front();
  };
  CHECK(chosen(1.4e-9, 1.9e-9) == 0);  // 2 against 1 nano-dollars
  CHECK(chosen(1.4e-9, 2.0e-9) == 1);
  CHECK(chosen(0.1, 0.1) == 1);
  CHECK(17 * 1.5e-7 > 2.55e-6 * (1.0 - 1e-15));
  CHECK(chosen(17 * 1.5e-7, 2.55e-6) == 1);
  CHECK(chosen(0.1 + 0.2, 0.3) == 1);
  CHECK(chosen(4.5e9, 4e9) == 0);
  CHECK(chosen(4e9, 4e9) == 1);
  CHECK(chosen(1e300, 4e9) == 0);
}

TEST_CASE("knapsack: a choice that only a higher budget could pay does not bend the hull") {
  // The dear choice has the best rate, and would take all the money left for the others.
  const RowMatrix values = rows({{0.0, 1.0, 1000.0}, {0.0, 1.0, 1.5}});
  const RowMatrix costs = rows({{1.0, 2.0, 10.0}, {1.0, 2.0, 3.0}});
  const KnapsackSolution solution = solve_knapsack(values, costs, 5.0);
  CHECK(solution.value == 2.5);
  CHECK(solution.choice == Choice{1, 2});
}

TEST_CASE("knapsack: equal to the dynamic programme over a grid of money") {
  Engine engine(5);
  for (int round = 0; round < 6'000; ++round) {
    const int kind = round % 6;
    const Instance given = instance(engine, kind, 1 + below(engine, 12), 1 + below(engine, 5));
    const bool none = below(engine, 3) == 0;
    const double best = reference::grid_knapsack(given.value_rows, given.nano_rows, given.budget, none);
    const KnapsackSolution solution = solve_knapsack(
        given.values, given.costs, static_cast<double>(given.budget) * kNano, {.allow_none = none});
    CAPTURE(given.values);
    CAPTURE(given.costs);
    CAPTURE(given.budget);
    CAPTURE(none);
    REQUIRE(solution.feasible == (best > -kInf));
    if (solution.feasible) {
      check_consistent(given, solution);
      REQUIRE(solution.optimal);
      const double scale = given.values.cwiseAbs().maxCoeff();
      REQUIRE(std::abs(solution.value - best) <= 1e-11 * scale);
    }
  }
}

TEST_CASE("knapsack: with few states the bound still holds, and optimal is still a proof") {
  Engine engine(6);
  int unproven = 0;
  for (int round = 0; round < 3'000; ++round) {
    const Instance given = instance(engine, round % 6, 8, 4);
    const double best = reference::grid_knapsack(given.value_rows, given.nano_rows, given.budget, false);
    const KnapsackSettings few{.max_states = static_cast<std::size_t>(1 + below(engine, 4))};
    const KnapsackSolution solution =
        solve_knapsack(given.values, given.costs, static_cast<double>(given.budget) * kNano, few);
    REQUIRE(solution.feasible == (best > -kInf));
    if (solution.feasible) {
      check_consistent(given, solution);
      const double rounding = 1e-11 * given.values.cwiseAbs().maxCoeff();
      REQUIRE(solution.value <= best + rounding);
      REQUIRE(solution.upper_bound >= best - rounding);
      REQUIRE((!solution.optimal || solution.value >= best - rounding));
      unproven += solution.optimal ? 0 : 1;
    }
  }
  CHECK(unproven > 10);  // so the cap was reached
}

TEST_CASE("knapsack: the history of the states survives being swept") {
  // Subset sums under a small cap: many more states are made than kept.
  Engine engine(7);
  const Index prompts = 60;
  Instance given = instance(engine, 3, prompts, 3);
  std::int64_t dearest = 0;
  for (Index i = 0; i < prompts; ++i) {
    for (Index k = 0; k < 3; ++k) {
      const std::int64_t nano = 1'000'000 + 2 * below(engine, 1'000'000);  // even: 1 more cannot be spent
      given.nano_rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(k)] = nano;
      given.value_rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(k)] =
          static_cast<double>(nano) * kPi;
      given.values(i, k) = static_cast<double>(nano) * kPi;
      given.costs(i, k) = static_cast<double>(nano) * kNano;
    }
    dearest += 2'000'000;
  }
  given.budget = dearest + 1;
  const KnapsackSolution solution = solve_knapsack(
      given.values, given.costs, static_cast<double>(given.budget) * kNano, {.max_states = 256});
  REQUIRE(solution.feasible);
  check_consistent(given, solution);
  CHECK(solution.value > 0.9999 * kPi * static_cast<double>(given.budget));
}

TEST_CASE("knapsack: a bar by a very low value costs no precision elsewhere") {
  RowMatrix values = RowMatrix::Constant(30, 3, -1e9);
  RowMatrix costs = RowMatrix::Zero(30, 3);
  Engine engine(8);
  for (Index i = 0; i < 30; ++i) {
    values(i, 1) = uniform(engine);
    values(i, 2) = values(i, 1) + uniform(engine);
    costs(i, 1) = static_cast<double>(below(engine, 30)) * kNano;
    costs(i, 2) = costs(i, 1) + static_cast<double>(1 + below(engine, 30)) * kNano;
  }
  const double budget = 0.5 * (costs.col(1).sum() + costs.col(2).sum());
  const KnapsackSolution barred = solve_knapsack(values, costs, budget);
  const KnapsackSolution without = solve_knapsack(values.rightCols(2), costs.rightCols(2), budget);
  CHECK(barred.optimal);
  CHECK(barred.value == without.value);
}

TEST_CASE("knapsack: values near the ends of float64") {
  for (const double scale : {1e-300, 1e-150, 1.0, 1e150, 1e198}) {
    const RowMatrix values = rows({{0.0, 6.5 * scale}, {0.0, 10.25 * scale}, {0.0, 10.125 * scale}});
    const RowMatrix costs = rows({{0.0, 1.0}, {0.0, 2.0}, {0.0, 2.0}});
    CAPTURE(scale);
    CHECK(solve_knapsack(values, costs, 4.0).choice == Choice{0, 1, 1});
    CHECK(solve_knapsack(values, costs, 3.0).choice == Choice{1, 1, 0});
  }
}

TEST_CASE("knapsack: amounts near the end of int64") {
  const RowMatrix values = rows({{0.0, 1.0, 2.5}, {0.0, 1.0, 2.5}, {0.0, 1.0, 2.5}});
  const RowMatrix costs = rows({{0.0, 2e9, 4e9}, {0.0, 2e9, 4e9}, {0.0, 2e9, 4e9}});
  CHECK(solve_knapsack(values, costs, 4e9).value == 2.5);
  CHECK(solve_knapsack(values, costs, 3.9e9).value == 1.0);
  CHECK(!solve_knapsack(values.rightCols(2), costs.rightCols(2), 4e9).feasible);
}

TEST_CASE("knapsack: the same instance gives the same choice") {
  Engine engine(9);
  const Instance given = instance(engine, 1, 200, 5);
  const auto solve = [&] { return solve_knapsack(given.values, given.costs, 2e-6, {.max_states = 8}); };
  CHECK(solve().choice == solve().choice);
}

TEST_CASE("knapsack: told to stop, it returns the best so far and a bound") {
  Engine engine(10);
  for (int round = 0; round < 200; ++round) {
    const Instance given = instance(engine, round % 6, 10, 4);
    const double best = reference::grid_knapsack(given.value_rows, given.nano_rows, given.budget, false);
    int polls = 0;
    KnapsackSettings settings;
    settings.stop = [&] { return ++polls > round % 20; };
    const KnapsackSolution solution =
        solve_knapsack(given.values, given.costs, static_cast<double>(given.budget) * kNano, settings);
    if (solution.feasible) {
      check_consistent(given, solution);
      REQUIRE(solution.upper_bound >= best - 1e-11 * given.values.cwiseAbs().maxCoeff());
    }
  }
}

TEST_CASE("knapsack: what stop throws comes through") {
  KnapsackSettings settings;
  settings.stop = []() -> bool { throw std::runtime_error("interrupted"); };
  const auto call = [&] { (void)solve_knapsack(rows({{1.0}}), rows({{1.0}}), 1.0, settings); };
  CHECK(message_of<std::runtime_error>(call) == "interrupted");
}

TEST_CASE("knapsack: refusals") {
  const RowMatrix one = rows({{1.0, 2.0}});
  const auto solve = [&](const RowMatrix& values, const RowMatrix& costs, double budget,
                         std::size_t states = 1) {
    (void)solve_knapsack(values, costs, budget, {.max_states = states});
  };
  CHECK_REFUSED(solve(rows({{1.0, kNaN}}), one, 1.0),
                "values must be finite and within +-1e200, got nan at (0, 1)");
  CHECK_REFUSED(solve(rows({{-kInf, 1.0}}), one, 1.0),
                "values must be finite and within +-1e200, got -inf at (0, 0)");
  CHECK_REFUSED(solve(rows({{1e201, 1.0}}), one, 1.0), "got 1e+201");
  CHECK_REFUSED(solve(one, rows({{1.0, -1e-9}}), 1.0), "costs must be finite and >= 0, got -1e-09 at (0, 1)");
  CHECK_REFUSED(solve(one, rows({{kInf, 1.0}}), 1.0), "costs must be finite and >= 0, got inf at (0, 0)");
  CHECK_REFUSED(solve(one, rows({{1.0}}), 1.0), "costs must have shape (1, 2) like values, got (1, 1)");
  CHECK_REFUSED(solve(RowMatrix(3, 0), RowMatrix(3, 0), 1.0),
                "values must have a column for at least one model");
  CHECK_REFUSED(solve(one, one, -1.0), "budget must be in [0, 4e+09] US dollars, got -1");
  CHECK_REFUSED(solve(one, one, kNaN), "budget must be in [0, 4e+09] US dollars, got nan");
  CHECK_REFUSED(solve(one, one, 1.0, 0), "max_states must be");
}
