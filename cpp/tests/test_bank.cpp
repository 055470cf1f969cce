#include <numeric>

#include "pilotage/bank.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

namespace {

/// K models of dimension d, each with some learning behind it that depends on `labels` alone.
Bank learned_bank(const std::vector<std::size_t>& labels, Index d) {
  Bank bank(d);
  for (const std::size_t label : labels) {
    Engine engine(label);
    const Index k = bank.add({unit_vector(engine, d), 1.0 + uniform(engine)});
    for (int i = 0; i < 20; ++i) {
      bank.update(k, unit_vector(engine, d), uniform(engine));
    }
  }
  return bank;
}

struct Scores {
  explicit Scores(const Bank& bank, const Vector& x)
      : linear(bank.size()), pilot(bank.size()), width(bank.size()) {
    bank.means(x, Score::kLinear, linear);
    bank.means(x, Score::kPilot, pilot);
    bank.widths(x, width);
  }
  Vector linear, pilot, width;
};

std::vector<std::size_t> labels(std::size_t models) {
  std::vector<std::size_t> out(models);
  std::iota(out.begin(), out.end(), 1U);
  return out;
}

}  // namespace

TEST_CASE("bank: two models, by hand") {
  Bank bank(2);
  CHECK(bank.add({vec({1.0, 0.0}), 1.0}) == 0);
  CHECK(bank.add({vec({0.3, 0.4}), 4.0}) == 1);
  const Scores scores(bank, vec({0.0, 2.0}));
  CHECK(scores.linear == vec({0.0, 0.8}));
  CHECK(scores.pilot[1] == doctest::Approx(0.8));
  CHECK(scores.width == vec({2.0, 1.0}));
}

TEST_CASE("bank: every score is that of the model's own posterior") {
  for (const std::size_t models : {1U, 3U, 29U}) {
    const Bank bank = learned_bank(labels(models), 9);
    Engine engine(99);
    const Vector x = unit_vector(engine, 9);
    const Scores scores(bank, x);
    REQUIRE(bank.size() == static_cast<Index>(models));
    for (Index k = 0; k < bank.size(); ++k) {
      CHECK(scores.linear[k] == bank[k].mean(x));
      CHECK(scores.pilot[k] == bank[k].cosine(x));
      CHECK(scores.width[k] == bank[k].width(x));
    }
  }
}

TEST_CASE("bank: permuting models permutes scores, to the last bit") {
  for (const std::size_t models : {1U, 3U, 29U}) {
    std::vector<std::size_t> order = labels(models);
    std::shuffle(order.begin(), order.end(), Engine(7));
    Engine engine(99);
    const Vector x = unit_vector(engine, 9);
    const Scores scores(learned_bank(labels(models), 9), x);
    const Scores permuted(learned_bank(order, 9), x);
    for (std::size_t k = 0; k < models; ++k) {
      const auto from = static_cast<Index>(order[k] - 1);
      CHECK(permuted.linear[static_cast<Index>(k)] == scores.linear[from]);
      CHECK(permuted.pilot[static_cast<Index>(k)] == scores.pilot[from]);
      CHECK(permuted.width[static_cast<Index>(k)] == scores.width[from]);
    }
  }
}

TEST_CASE("bank: an update touches its own model only") {
  Bank bank = learned_bank(labels(3), 5);
  const std::vector<Posterior> before{bank[0], bank[1], bank[2]};
  bank.update(1, Vector::Ones(5), 1.0);
  CHECK(same_bits(bank[0], before[0]));
  CHECK_FALSE(same_bits(bank[1], before[1]));
  CHECK(same_bits(bank[2], before[2]));
}

TEST_CASE("bank: refusals") {
  CHECK_REFUSED(Bank(0), "dim must be >= 1, got 0");
  CHECK_REFUSED(Bank(2, 0), "refactor_every must be >= 1, got 0");
  Bank bank(2);
  CHECK_REFUSED(bank.add({vec({1.0}), 1.0}), "prior_mean must have shape (2,), got (1,)");
  CHECK_REFUSED(bank.add({vec({1.0, 0.0}), -1.0}), "strength must be finite and > 0, got -1");
  CHECK(bank.size() == 0);
  CHECK_THROWS_WITH_AS(bank.update(0, vec({1.0, 0.0}), 0.5), "model must be in [0, 0), got 0",
                       std::out_of_range);
  CHECK_THROWS_AS(bank.update(-1, vec({1.0, 0.0}), 0.5), std::out_of_range);
  CHECK_THROWS_AS((void)bank[2], std::out_of_range);
}
