#include <array>
#include <set>

#include "pilotage/select.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

namespace {

constexpr Index kDim = 40;
constexpr Index kModels = 3;

std::vector<ModelSettings> pool() {
  std::vector<ModelSettings> models;
  for (const double price : {1e-6, 2e-6, 4e-6}) {
    models.push_back({{price, price}, 50.0, ModelPrior(Vector::Zero(kDim), 1.0)});
  }
  return models;
}

Matrix contexts(Engine& engine, Index n) {
  Matrix columns(kDim, n);
  for (Index i = 0; i < n; ++i) {
    columns.col(i) = unit_vector(engine, kDim);
  }
  return columns;
}

void check_alike(const Posterior& one, const Posterior& other, double close) {
  CHECK(one.updates() == other.updates());
  CHECK(relative_error(other.covariance(), one.covariance()) <= close);
  CHECK(relative_error(other.precision(), one.precision()) <= close);
  CHECK((other.theta() - one.theta()).norm() <= close * one.theta().norm());
}

}  // namespace

TEST_CASE("batch: one after the other, across the size that is weighed at once") {
  for (const double forgetting : {1.0, 0.9}) {
    CAPTURE(forgetting);
    const RouterSettings settings{.dim = kDim, .forgetting = forgetting, .exploration = 0.2, .seed = 4};
    Router one(settings, pool(), DualSettings{.budget = 8'000'000, .requests = 100});
    Router many(settings, pool(), DualSettings{.budget = 8'000'000, .requests = 100});
    Caller caller{one};
    Engine engine(2);
    const Index n = forgetting < 1.0 ? 1 : 2 * kBatch + 3;
    for (int round = 0; round < 3; ++round) {
      const Matrix columns = contexts(engine, n);
      const Vector tokens = Vector::Constant(n, 100.0);
      std::vector<Decision> decisions(static_cast<std::size_t>(n));
      Eigen::Array<std::uint8_t, -1, -1> eligible(kModels, n);
      many.decide_many(columns, tokens, 80.0, true, decisions, eligible);
      std::vector<DecisionId> ids;
      for (Index i = 0; i < n; ++i) {
        const Decision alone = caller.decide(columns.col(i), 100.0, 80.0);
        const Decision& together = decisions[static_cast<std::size_t>(i)];
        CHECK(alone.id == together.id);
        CHECK(alone.model == together.model);
        CHECK(alone.reserved == together.reserved);
        CHECK(together.width == doctest::Approx(alone.width).epsilon(1e-12));  // but for last bits of A^-1
        CHECK(alone.propensity == together.propensity);
        CHECK(std::equal(caller.eligible.begin(), caller.eligible.end(), eligible.col(i).begin()));
        ids.push_back(together.id);
      }
      Vector rewards(n);
      for (double& reward : rewards) {
        reward = uniform(engine);
      }
      std::vector<Status> statuses(ids.size());
      many.feedback_many(ids, rewards, statuses);
      for (std::size_t i = 0; i < ids.size(); ++i) {
        CHECK(statuses[i] == one.feedback(ids[i], rewards[static_cast<Index>(i)]));
      }
    }
    for (Index k = 0; k < kModels; ++k) {
      check_alike(one.posterior(k), many.posterior(k), 1e-13);
    }
  }
}

TEST_CASE("batch: rewards are learned as one by one, whatever becomes of them") {
  for (const Index dim : {Index{3}, Index{65}, kSplitFrom + 1}) {
    for (const std::int64_t refactor_every : {std::int64_t{3}, kRefactorEvery}) {
      CAPTURE(dim);
      CAPTURE(refactor_every);
      const RouterSettings settings{
          .dim = dim, .exploration = 1.0, .capacity = 60, .refactor_every = refactor_every};
      std::vector<ModelSettings> models;
      for (const double price : {1e-6, 2e-6, 4e-6}) {
        models.push_back({{price, price}, 50.0, ModelPrior(Vector::Zero(dim), 1e-3)});
      }
      Router one(settings, models, CapSettings{1'000'000'000});
      Router many(settings, models, CapSettings{1'000'000'000});
      Engine engine(3);
      std::vector<DecisionId> ids;
      std::vector<double> rewards;
      const Vector common = unit_vector(engine, dim);
      for (int i = 0; i < 80; ++i) {  // more than are remembered, and nearly the same
        const Vector x = common + (i % 9 == 0 ? 1.0 : 1e-3) * unit_vector(engine, dim);
        ids.push_back(Caller{one}.decide(x).id);
        Caller{many}.decide(x);
        rewards.push_back(uniform(engine));
        if (i % 7 == 0) {  // said twice, and not always in the same words
          ids.push_back(ids.back());
          rewards.push_back(i % 2 == 0 ? rewards.back() : uniform(engine));
        }
      }
      ids.push_back(DecisionId{1} << 30);
      rewards.push_back(0.5);
      one.release(ids[60]);
      many.release(ids[60]);

      std::vector<Status> statuses(ids.size());
      many.feedback_many(ids, Eigen::Map<Vector>(rewards.data(), static_cast<Index>(rewards.size())),
                         statuses);
      std::set<Status> seen;
      for (std::size_t i = 0; i < ids.size(); ++i) {
        CHECK(statuses[i] == one.feedback(ids[i], rewards[i]));
        seen.insert(statuses[i]);
      }
      CHECK(seen.size() == 5);
      for (Index k = 0; k < kModels; ++k) {
        CHECK(many.posterior(k).updates() > kBatch / 2);
        check_alike(one.posterior(k), many.posterior(k), 1e-10);  // of a condition of 1e5
      }
    }
  }
}

TEST_CASE("batch: where models forget all are weighed as they were when the batch came") {
  constexpr double kAlpha = 1.5;
  const RouterSettings settings{.dim = kDim, .alpha = kAlpha, .forgetting = 0.9};
  Router router(settings, pool(), BudgetSettings{});
  Caller caller{router};
  Engine engine(5);
  const Index n = 3 * kBatch;
  for (int round = 0; round < 10; ++round) {
    const Matrix columns = contexts(engine, n);
    std::vector<Index> best;
    for (Index i = 0; i < n; ++i) {
      Vector mean(kModels);
      Vector width(kModels);
      Vector usd(kModels);
      router.estimate(columns.col(i), 100.0, mean, width, usd);
      best.push_back(select(mean + kAlpha * width, usd, std::vector<std::uint8_t>(kModels, 1)));
    }
    std::vector<Decision> decisions(static_cast<std::size_t>(n));
    Eigen::Array<std::uint8_t, -1, -1> eligible(kModels, n);
    router.decide_many(columns, Vector::Constant(n, 100.0), {}, true, decisions, eligible);
    for (std::size_t i = 0; i < decisions.size(); ++i) {
      CHECK(decisions[i].model == best[i]);
      router.feedback(decisions[i].id, uniform(engine));
    }
  }
}

TEST_CASE("batch: what is refused changes nothing") {
  Router router({.dim = kDim}, pool(), CapSettings{1'000'000'000});
  Engine engine(3);
  Matrix columns = contexts(engine, 2);
  Vector tokens = Vector::Constant(2, 100.0);
  std::vector<Decision> decisions(2);
  Eigen::Array<std::uint8_t, -1, -1> eligible(kModels, 2);
  const auto decide = [&] { router.decide_many(columns, tokens, {}, true, decisions, eligible); };
  tokens[1] = -1.0;
  CHECK_REFUSED(decide(), "input_tokens must be finite and >= 0");
  tokens[1] = 1e300;
  CHECK_REFUSED(decide(), "cost must be in [0, 4e+09] US dollars");
  tokens[1] = 100.0;
  columns(3, 1) = kNaN;
  CHECK_REFUSED(decide(), "x must be finite");
  CHECK(router.budget().reserved == 0);
  std::vector<Status> statuses(2);
  const std::array<DecisionId, 2> ids{0, 1};
  CHECK_REFUSED(router.feedback_many(ids, vec({0.5, 1.5}), statuses), "reward must be in [0, 1]");
  CHECK(router.posterior(0).updates() == 0);
}
