#include "dense_posterior.hpp"
#include "pilotage/errors.hpp"
#include "pilotage/posterior.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;
using pilotage::reference::DensePosterior;

namespace {

constexpr std::int64_t kNever = std::int64_t{1} << 40;

/// Contexts of one kind: all directions alike, or all within a thousandth of one another.
Vector context(Engine& engine, Index d, bool near_duplicate) {
  const Vector x = unit_vector(engine, d);
  return near_duplicate ? Vector((Vector::Ones(d).normalized() + 1e-3 * x).normalized()) : x;
}

void check_equal(const Posterior& posterior, const DensePosterior& dense, double tolerance) {
  CHECK(relative_error(posterior.precision(), dense.precision()) <= tolerance);
  CHECK(relative_error(posterior.b(), dense.b()) <= tolerance);
  CHECK(relative_error(posterior.covariance(), dense.covariance()) <= tolerance);
  CHECK(relative_error(posterior.theta(), dense.theta()) <= tolerance);
}

}  // namespace

TEST_CASE("posterior: the prior, by hand") {
  // A = 4 I, b = 4 (0.6, 0.8), theta = (0.6, 0.8)
  const Posterior posterior(vec({0.6, 0.8}), 4.0);
  CHECK(posterior.dim() == 2);
  CHECK(posterior.updates() == 0);
  CHECK(posterior.precision() == Matrix(4.0 * Matrix::Identity(2, 2)));
  CHECK(posterior.covariance() == Matrix(0.25 * Matrix::Identity(2, 2)));
  CHECK(posterior.b() == vec({2.4, 3.2}));
  CHECK(posterior.mean(vec({1.0, 0.0})) == doctest::Approx(0.6));
  CHECK(posterior.mean(vec({2.0, 1.0})) == doctest::Approx(2.0));
  CHECK(posterior.cosine(vec({0.0, 5.0})) == doctest::Approx(0.8));
  CHECK(posterior.width(vec({1.0, 0.0})) == doctest::Approx(0.5));
  CHECK(posterior.width(vec({3.0, 4.0})) == doctest::Approx(2.5));
}

TEST_CASE("posterior: updates, by hand") {
  // x = (1, 0), y = 1: A = diag(2, 1), b = (1, 0), theta = (1/2, 0)
  Posterior posterior(vec({0.0, 0.0}), 1.0);
  posterior.update(vec({1.0, 0.0}), 1.0);
  CHECK(posterior.precision().diagonal() == vec({2.0, 1.0}));
  CHECK(posterior.theta()[0] == doctest::Approx(0.5));
  CHECK(posterior.width(vec({1.0, 0.0})) == doctest::Approx(std::sqrt(0.5)));
  CHECK(posterior.width(vec({0.0, 1.0})) == doctest::Approx(1.0));
  // then x = (1, 1), y = 0: A = [3 1; 1 2], A^-1 = [2 -1; -1 3] / 5, theta = (2, -1) / 5
  posterior.update(vec({1.0, 1.0}), 0.0);
  CHECK(posterior.covariance()(0, 0) == doctest::Approx(0.4));
  CHECK(posterior.covariance()(0, 1) == doctest::Approx(-0.2));
  CHECK(posterior.covariance()(1, 1) == doctest::Approx(0.6));
  CHECK(posterior.theta()[0] == doctest::Approx(0.4));
  CHECK(posterior.theta()[1] == doctest::Approx(-0.2));
  CHECK(posterior.updates() == 2);
}

TEST_CASE("posterior: with d = 1, strength 1 and x = 1 the mean is (prior + sum of y) / (1 + n)") {
  Posterior posterior(vec({0.5}), 1.0);
  for (const double y : {1.0, 0.0, 1.0}) {
    posterior.update(vec({1.0}), y);
  }
  CHECK(posterior.mean(vec({1.0})) == doctest::Approx(2.5 / 4.0));
  CHECK(posterior.width(vec({1.0})) == doctest::Approx(0.5));
}

TEST_CASE("posterior: a zero vector has cosine 0 and width 0") {
  Posterior posterior(vec({0.0, 0.0}), 1.0);
  CHECK(posterior.cosine(vec({1.0, 0.0})) == 0.0);
  posterior.update(vec({1.0, 0.0}), 1.0);
  CHECK(posterior.cosine(vec({0.0, 0.0})) == 0.0);
  CHECK(posterior.width(vec({0.0, 0.0})) == 0.0);
}

TEST_CASE("posterior: scaling rewards and prior scales theta; the widths do not know") {
  Engine engine(3);
  const Vector prior = unit_vector(engine, 7);
  Posterior once(prior, 2.0);
  Posterior twice(2.0 * prior, 2.0);
  for (int i = 0; i < 100; ++i) {
    const Vector x = unit_vector(engine, 7);
    const double y = uniform(engine);
    once.update(x, y);
    twice.update(x, 2.0 * y);
  }
  CHECK(same_bits(Vector(2.0 * once.theta()), twice.theta()));
  CHECK(same_bits(once.covariance(), twice.covariance()));
}

TEST_CASE("posterior: incremental equals dense after 10,000 updates") {
  for (const bool near_duplicate : {false, true}) {
    for (const Index d : {1, 2, 33, 128}) {
      CAPTURE(near_duplicate);
      CAPTURE(d);
      Engine engine(static_cast<std::uint64_t>(d));
      const Vector prior = unit_vector(engine, d);
      Posterior posterior(prior, 1.5);
      Posterior rank_one(prior, 1.5, kNever);
      DensePosterior dense(prior, 1.5);
      for (int i = 0; i < 10'000; ++i) {
        const Vector x = context(engine, d, near_duplicate);
        const double y = uniform(engine);
        posterior.update(x, y);
        rank_one.update(x, y);
        dense.update(x, y);
      }
      check_equal(posterior, dense, 1e-10);
      check_equal(rank_one, dense, 1e-9);
      const Vector x = context(engine, d, near_duplicate);
      CHECK(posterior.mean(x) == doctest::Approx(dense.mean(x)).epsilon(1e-10));
      CHECK(posterior.cosine(x) == doctest::Approx(dense.cosine(x)).epsilon(1e-10));
      CHECK(posterior.width(x) == doctest::Approx(dense.width(x)).epsilon(1e-10));

      const Posterior before = rank_one;
      REQUIRE(rank_one.refactorise());
      CHECK(relative_error(rank_one.covariance(), before.covariance()) <= 1e-9);
      CHECK(relative_error(rank_one.theta(), before.theta()) <= 1e-9);
      CHECK(same_bits(rank_one.precision(), before.precision()));
      CHECK(same_bits(rank_one.b(), before.b()));
      CHECK(rank_one.updates() == 10'000);
    }
  }
}

TEST_CASE("posterior: contexts far longer than 1 lose no more than a billionth") {
  for (const double length : {1e2, 1e4, 1e6}) {
    for (const Index d : {1, 2, 8}) {
      CAPTURE(length);
      CAPTURE(d);
      Engine engine(17);
      Posterior posterior(Vector::Zero(d), 1.0);
      DensePosterior dense(Vector::Zero(d), 1.0);
      for (int i = 0; i < 200; ++i) {
        const Vector x = length * unit_vector(engine, d);
        const double y = uniform(engine);
        posterior.update(x, y);
        dense.update(x, y);
      }
      check_equal(posterior, dense, 1e-9);
    }
  }
}

TEST_CASE("posterior: symmetric to the last bit, before and after a refactorisation") {
  Engine engine(5);
  Posterior posterior(unit_vector(engine, 33), 1.0, 50);
  for (int i = 0; i < 120; ++i) {
    posterior.update(unit_vector(engine, 33), uniform(engine));
    REQUIRE(same_bits(posterior.precision(), Matrix(posterior.precision().transpose())));
    REQUIRE(same_bits(posterior.covariance(), Matrix(posterior.covariance().transpose())));
  }
}

TEST_CASE("posterior: refactorisation comes by itself every refactor_every updates") {
  Engine engine(6);
  Posterior every_third(Vector::Zero(4), 1.0, 3);
  Posterior never(Vector::Zero(4), 1.0, kNever);
  for (int i = 0; i < 3; ++i) {
    const Vector x = unit_vector(engine, 4);
    every_third.update(x, 0.5);
    never.update(x, 0.5);
  }
  CHECK_FALSE(same_bits(every_third.covariance(), never.covariance()));
  REQUIRE(never.refactorise());
  CHECK(same_bits(every_third.covariance(), never.covariance()));
}

TEST_CASE("posterior: a view of its numbers outlives updates and refactorisations") {
  Posterior posterior(vec({0.0, 0.0}), 1.0, 2);
  const double* const theta = posterior.theta().data();
  const double* const b = posterior.b().data();
  for (int i = 0; i < 4; ++i) {
    posterior.update(vec({1.0, 0.0}), 1.0);
    CHECK(posterior.theta().data() == theta);
    CHECK(posterior.b().data() == b);
  }
}

TEST_CASE("posterior: what is refused changes nothing") {
  Posterior posterior(vec({0.1, 0.2}), 1.0);
  posterior.update(vec({0.6, 0.8}), 0.5);
  const Posterior before = posterior;
  CHECK_REFUSED(posterior.update(vec({1.0}), 0.5), "x must have shape (2,), got (1,)");
  CHECK_REFUSED(posterior.update(vec({1.0, kNaN}), 0.5), "x must be finite, got nan at index 1");
  CHECK_REFUSED(posterior.update(vec({-kInf, 1.0}), 0.5), "x must be finite, got -inf at index 0");
  CHECK_REFUSED(posterior.update(vec({1.0, 1.0}), kNaN), "y must be finite, got nan");
  CHECK_REFUSED(posterior.update(vec({1.0, 1.0}), kInf), "y must be finite, got inf");
  CHECK_REFUSED(posterior.update(vec({1e200, 0.0}), 0.5), "x must be small enough");
  CHECK_REFUSED(posterior.update(vec({1e308, 1e308}), 0.5), "x must be small enough");
  CHECK_REFUSED(posterior.update(vec({1e10, 0.0}), 1e308), "y must be small enough");
  CHECK(same_bits(posterior, before));

  Posterior vague(vec({0.0}), 1e-300);
  const Posterior vague_before = vague;
  CHECK_REFUSED(vague.update(vec({1e100}), 0.5), "x must be small enough");     // x' A^-1 x overflows
  CHECK_REFUSED(vague.update(vec({1e-200}), 1e300), "y must be small enough");  // theta overflows
  CHECK(same_bits(vague, vague_before));
}

TEST_CASE("posterior: where float64 ends, a numerical error, and nothing changed") {
  // Near-duplicates a billion long: A has no Cholesky factor, and the rank-one identity loses the sign.
  Engine engine(0);
  Posterior posterior(vec({0.0, 0.0}), 1.0);
  Posterior before = posterior;
  std::string message;
  for (int i = 0; i < 50 && message.empty(); ++i) {
    before = posterior;
    const Vector x = vec({1e9 + uniform(engine), 1e9 + uniform(engine)});
    message = message_of<NumericalError>([&] { posterior.update(x, 0.5); });
  }
  CHECK(message.find("covariance must stay positive definite, got x' A^-1 x = -") == 0);
  CHECK(same_bits(posterior, before));
  CHECK_FALSE(posterior.refactorise());
  CHECK(same_bits(posterior, before));
}

TEST_CASE("posterior: a prior that is not finite, or whose numbers overflow, is refused") {
  CHECK_REFUSED(Posterior(vec({}), 1.0), "dim must be >= 1, got 0");
  CHECK_REFUSED(Posterior(vec({0.0, kNaN}), 1.0), "prior_mean must be finite, got nan at index 1");
  CHECK_REFUSED(Posterior(vec({0.0}), 0.0), "strength must be finite and > 0, got 0");
  CHECK_REFUSED(Posterior(vec({0.0}), kInf), "strength must be finite and > 0, got inf");
  CHECK_REFUSED(Posterior(vec({0.0}), 1.0, 0), "refactor_every must be >= 1, got 0");
  CHECK_REFUSED(Posterior(vec({1e300}), 1e10), "must be finite");
  CHECK_REFUSED(Posterior(vec({0.0}), 1e-320), "must be finite");
}

TEST_CASE("posterior: another mean before the first observation") {
  Posterior posterior(ModelPrior(vec({5.0, 0.0}), 2.0));
  posterior.start_at(vec({1.0, -1.0}));
  CHECK(same_bits(posterior, Posterior(ModelPrior(vec({1.0, -1.0}), 2.0))));
  CHECK(posterior.cosine(vec({1.0, -1.0})) == doctest::Approx(1.0));
  posterior.update(vec({1.0, 0.0}), 0.0);
  Factorisation workspace(2);
  REQUIRE(posterior.forget(0.0, workspace));
  CHECK(posterior.theta().isApprox(vec({1.0, -1.0}), 1e-15));  // there it returns
  CHECK_REFUSED(posterior.start_at(vec({1.0})), "prior_mean must have shape (2,), got (1,)");
  CHECK_REFUSED(posterior.start_at(vec({1e308, 0.0})), "A_0 prior_mean must be finite, got inf");
}
