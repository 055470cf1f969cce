#include <numbers>
#include <numeric>

#include "literal_zcl.hpp"
#include "pilotage/pricing/zcl.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;
using reference::literal_zcl;
using reference::Row;

namespace {

constexpr double kDollar = kNanoDollarsPerDollar;

/// Drives a policy by hand. Costs are whole US dollars, of which a budget is a few.
struct Driver {
  explicit Driver(const ZclSettings& settings) : zcl(settings) {}

  Reason ask(const Vector& reward, const Vector& cost) {
    eligible.assign(static_cast<std::size_t>(reward.size()), 1);
    return zcl.admit(reward, cost, cost, eligible).reason;
  }

  /// Asks about one model, and commits to it where it is eligible.
  Reason call(double reward, double cost) {
    const Reason reason = ask(vec({reward}), vec({cost}));
    if (reason != Reason::kInsufficientBudget) {
      zcl.commit(to_nanodollars("cost", cost));
    }
    return reason;
  }

  Zcl zcl;
  std::vector<std::uint8_t> eligible;
};

ZclSettings settings(double dollars, std::int64_t requests, std::int64_t bin_size) {
  return {.budget = to_nanodollars("usd", dollars),
          .requests = requests,
          .bin_size = bin_size,
          .lower = 1.0,
          .upper = 1.0};
}

/// What the policy chooses of `rows`, whose costs are nano-dollars; as long as the money lasts.
std::vector<std::size_t> choices(const std::vector<Row>& rows, const ZclSettings& settings) {
  Driver driver(settings);
  std::vector<std::size_t> chosen;
  for (const Row& row : rows) {
    const Vector reward = Eigen::Map<const Vector>(row.values.data(), static_cast<Index>(row.values.size()));
    const Vector cost = Eigen::Map<const Vector>(row.costs.data(), reward.size()) / kDollar;
    if (driver.ask(reward, cost) == Reason::kInsufficientBudget) {
      continue;  // with `stop`, for good
    }
    std::size_t best = row.values.size();
    for (std::size_t k = 0; k < row.values.size(); ++k) {
      if (driver.eligible[k] != 0 && (best == row.values.size() || row.values[k] > row.values[best])) {
        best = k;
      }
    }
    driver.zcl.commit(static_cast<NanoDollars>(row.costs[best]));
    chosen.push_back(best);
  }
  return chosen;
}

std::vector<Row> random_rows(Engine& engine, std::size_t requests, std::size_t models) {
  std::vector<Row> rows(requests);
  for (Row& row : rows) {
    for (std::size_t k = 0; k < models; ++k) {
      row.values.push_back(uniform(engine, -0.1, 1.0));
      row.costs.push_back(std::round(1000.0 * std::exp2(uniform(engine, 0.0, 8.0))));
    }
  }
  return rows;
}

}  // namespace

TEST_CASE("zcl: the threshold starts at LB / e, passes LB and ends at UB") {
  for (const auto& [lower, upper] : {std::pair{2.0, 50.0}, {0.1, 0.1}, {3.0, 3000.0}}) {
    CHECK(Zcl::threshold(0.0, lower, upper) == doctest::Approx(lower / std::numbers::e));
    CHECK(Zcl::threshold(1.0 / (1.0 + std::log(upper / lower)), lower, upper) == doctest::Approx(lower));
    CHECK(Zcl::threshold(1.0, lower, upper) == doctest::Approx(upper));
  }
}

TEST_CASE("zcl: an untouched bin admits reward per dollar from LB / e") {
  Driver driver(settings(1.0, 10, 10));
  const double least = 1.0 / std::numbers::e;
  CHECK(driver.ask(vec({least + 1e-9, least - 1e-9, 0.9}), vec({1.0, 1.0, 1.0})) == Reason::kThreshold);
  CHECK(driver.eligible == std::vector<std::uint8_t>{1, 0, 1});
}

TEST_CASE("zcl: a model that cannot be afforded stays out, a reward that is not positive too") {
  Driver driver(settings(1.0, 10, 10));
  const Vector cost = Vector::Constant(3, 0.01);
  driver.eligible = {0, 1, 1};
  CHECK(driver.zcl.admit(vec({0.9, 0.0, 0.5}), cost, cost, driver.eligible).reason == Reason::kThreshold);
  CHECK(driver.eligible == std::vector<std::uint8_t>{0, 0, 1});
}

TEST_CASE("zcl: once the price is too high, an even split of what is left decides") {
  // One bin of 4 requests and 4 dollars, LB = UB = 1: Psi(z) = e^(z - 1).
  Driver driver(settings(4.0, 4, 4));
  CHECK(driver.call(2.0, 2.0) == Reason::kThreshold);  // ratio 1 >= Psi(0) = 0.37; now z = 1/2
  // Psi(1/2) = 0.61. Ratio 0.5 does not clear it; 2 dollars over 3 requests are 0.67 each.
  CHECK(driver.ask(vec({0.5, 0.3}), vec({1.0, 0.6})) == Reason::kEvenSplit);
  CHECK(driver.eligible == std::vector<std::uint8_t>{0, 1});
}

TEST_CASE("zcl: insufficient for one request, and enough again in the next bin") {
  Driver driver(settings(4.0, 4, 2));  // 2 dollars a bin
  CHECK(driver.call(2.0, 2.0) == Reason::kThreshold);
  CHECK(driver.call(0.1, 1.0) == Reason::kInsufficientBudget);
  CHECK(driver.call(1.0, 1.0) == Reason::kThreshold);
}

TEST_CASE("zcl: with stop, insufficient once is insufficient for good") {
  ZclSettings stopping = settings(4.0, 4, 2);
  stopping.stop = true;
  Driver driver(stopping);
  CHECK(driver.call(2.0, 2.0) == Reason::kThreshold);
  CHECK(driver.call(0.1, 1.0) == Reason::kInsufficientBudget);
  for (int i = 0; i < 5; ++i) {
    CHECK(driver.call(1.0, 1.0) == Reason::kInsufficientBudget);
  }
}

TEST_CASE("zcl: what a bin leaves over spills into the next, in the even split") {
  Driver driver(settings(4.0, 2, 1));  // 2 dollars a bin
  CHECK(driver.call(1.0, 0.5) == Reason::kThreshold);
  // 1.5 left over + 2. Ratio 0.1 clears no threshold.
  CHECK(driver.ask(vec({0.35, 0.36}), vec({3.5, 3.6})) == Reason::kEvenSplit);
  CHECK(driver.eligible == std::vector<std::uint8_t>{1, 0});
}

TEST_CASE("zcl: a short last bin has an equal share of the money") {
  Driver driver(settings(4.0, 3, 2));  // bins of 2 requests and of 1, 2 dollars each
  CHECK(driver.call(2.0, 2.0) == Reason::kThreshold);
  CHECK(driver.call(0.1, 1.0) == Reason::kInsufficientBudget);
  CHECK(driver.ask(vec({0.2, 0.21}), vec({2.0, 2.1})) == Reason::kEvenSplit);
  CHECK(driver.eligible == std::vector<std::uint8_t>{1, 0});
}

TEST_CASE("zcl: beyond the horizon whatever is left is at hand for every request") {
  Driver driver(settings(4.0, 2, 2));
  CHECK(driver.call(1.0, 1.0) == Reason::kThreshold);
  CHECK(driver.call(1.0, 1.0) == Reason::kThreshold);
  CHECK(driver.call(0.1, 2.1) == Reason::kInsufficientBudget);
  CHECK(driver.call(0.1, 1.5) == Reason::kEvenSplit);
  CHECK(driver.call(0.1, 0.6) == Reason::kInsufficientBudget);
  CHECK(driver.call(0.1, 0.5) == Reason::kEvenSplit);
}

TEST_CASE("zcl: the actual cost takes the place of the expected one") {
  for (const double actual : {0.0, 1.0, 2.0, 3.0}) {
    Driver told_later(settings(4.0, 4, 4));
    Driver knew(settings(4.0, 4, 4));
    (void)told_later.ask(vec({2.0}), vec({2.0}));
    (void)knew.ask(vec({2.0}), vec({2.0}));
    told_later.zcl.commit(to_nanodollars("cost", 2.0));
    told_later.zcl.correct(to_nanodollars("cost", 2.0), to_nanodollars("cost", actual));
    knew.zcl.commit(to_nanodollars("cost", actual));
    for (int i = 0; i < 3; ++i) {
      const Vector reward = vec({0.1, 0.4, 0.7, 1.0, 0.01});
      const Vector cost = vec({1.0, 1.0, 1.0, 1.0, 0.5});
      CHECK(told_later.ask(reward, cost) == knew.ask(reward, cost));
      CHECK(told_later.eligible == knew.eligible);
    }
  }
}

TEST_CASE("zcl: without bounds they are read from the ratios seen") {
  // All ratios are 8 dollars' worth, so LB = UB = 8 within 4.4 %: Psi(0) = 8 / e = 2.9.
  ZclSettings estimated = settings(1.0, 100, 100);
  estimated.lower = estimated.upper = std::nullopt;
  Driver driver(estimated);
  for (int i = 0; i < 20; ++i) {
    CHECK(driver.ask(vec({0.8, 0.8}), vec({0.1, 0.1})) == Reason::kThreshold);
  }
  CHECK(driver.ask(vec({0.8, 3.2, 2.7}), vec({0.1, 1.0, 1.0})) == Reason::kThreshold);
  CHECK(driver.eligible == std::vector<std::uint8_t>{1, 1, 0});
}

TEST_CASE("zcl: while no ratio is positive there are no bounds, and the even split decides") {
  ZclSettings estimated = settings(1.0, 10, 10);
  estimated.lower = estimated.upper = std::nullopt;
  Driver driver(estimated);
  CHECK(driver.ask(vec({0.0, -0.5}), vec({0.1, 0.11})) == Reason::kEvenSplit);
  CHECK(driver.eligible == std::vector<std::uint8_t>{1, 0});
}

TEST_CASE("zcl: no money, no model") {
  Driver driver(settings(0.0, 10, 5));
  CHECK(driver.call(0.9, 1.0) == Reason::kInsufficientBudget);
}

TEST_CASE("zcl: bounds estimated from fixed ratios settle within a bucket of the bounds given") {
  Engine engine(31);
  const std::vector<Row> rows = random_rows(engine, 400, 3);
  RatioQuantiles all;
  for (const Row& row : rows) {
    for (std::size_t k = 0; k < 3; ++k) {
      all.add(row.values[k] / row.costs[k] * kDollar);
    }
  }
  ZclSettings given{.budget = 20'000'000, .requests = 400, .bin_size = 50};
  const std::vector<std::size_t> estimated = choices(rows, given);
  given.lower = all.quantile(given.lower_quantile);
  given.upper = all.quantile(given.upper_quantile);
  const std::vector<std::size_t> fixed = choices(rows, given);
  REQUIRE(estimated.size() == 400);
  REQUIRE(fixed.size() == 400);
  const int same = std::transform_reduce(estimated.begin() + 100, estimated.end(), fixed.begin() + 100, 0,
                                         std::plus<>(), [](auto a, auto b) { return a == b ? 1 : 0; });
  CHECK(same >= 240);  // of 300; a third of them would agree by chance
}

TEST_CASE("zcl: equals algorithm 3 as printed, on random streams") {
  int stopped = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Engine engine(seed);
    const auto models = static_cast<std::size_t>(1 + below(engine, 6));
    const auto requests = static_cast<std::size_t>(1 + below(engine, 200));
    const std::vector<Row> rows = random_rows(engine, requests, models);
    const double a = std::exp2(uniform(engine, 10.0, 20.0));  // reward per US dollar
    const double b = std::exp2(uniform(engine, 10.0, 20.0));
    const ZclSettings settings{.budget = static_cast<NanoDollars>(requests) * (500 + below(engine, 60'000)),
                               .requests = static_cast<std::int64_t>(requests),
                               .bin_size = 1 + below(engine, 1 + static_cast<std::int64_t>(requests)),
                               .lower = std::min(a, b),
                               .upper = std::max(a, b),
                               .stop = true};
    CAPTURE(seed);
    const std::vector<std::size_t> literal =
        literal_zcl(rows, static_cast<double>(settings.budget), static_cast<std::size_t>(settings.bin_size),
                    *settings.lower / kDollar, *settings.upper / kDollar);
    REQUIRE(choices(rows, settings) == literal);
    stopped += literal.size() < requests ? 1 : 0;

    // One bin is the plain form, however large a bin may be.
    ZclSettings plain = settings;
    plain.bin_size = std::numeric_limits<std::int64_t>::max();
    REQUIRE(choices(rows, plain) == literal_zcl(rows, static_cast<double>(settings.budget), requests,
                                                *settings.lower / kDollar, *settings.upper / kDollar));
  }
  CHECK(stopped > 20);
  CHECK(stopped < 280);  // both ends of a stream were reached
}

TEST_CASE("zcl: refusals") {
  const auto refused = [](auto change, const char* text) {
    ZclSettings changed = settings(1.0, 10, 5);
    change(changed);
    CHECK_REFUSED(Zcl{changed}, text);
  };
  refused([](ZclSettings& s) { s.budget = -1; }, "budget must be >= 0, got -1");
  refused([](ZclSettings& s) { s.requests = 0; }, "requests must be >= 1, got 0");
  refused([](ZclSettings& s) { s.bin_size = 0; }, "bin_size must be >= 1, got 0");
  refused([](ZclSettings& s) { s.lower = 0.0; }, "lower must be finite and > 0, got 0");
  refused([](ZclSettings& s) { s.upper = kInf; }, "upper must be finite and > 0, got inf");
  refused([](ZclSettings& s) { s.lower = 2.0; }, "lower must be <= upper = 1.000000, got 2.000000");
  refused([](ZclSettings& s) { s.lower_quantile = kNaN; }, "lower_quantile must be in [0, 1], got nan");
  refused([](ZclSettings& s) { s.lower_quantile = 0.99; }, "lower_quantile must be <= upper_quantile");
}
