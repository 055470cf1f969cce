#include "dense_posterior.hpp"
#include "pilotage/model_prior.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;
using pilotage::reference::DensePosterior;

namespace {

/// lambda I + sum x x' over contexts that leave some directions all but unknown.
Matrix full_precision(Engine& engine, Index d) {
  Matrix precision = 0.5 * Matrix::Identity(d, d);
  for (Index i = 0; i < d / 2 + 1; ++i) {
    const Vector x = 3.0 * unit_vector(engine, d);
    precision += x * x.transpose();
  }
  return precision;
}

Matrix two_by_two(double a, double b, double c, double d) {
  Matrix out(2, 2);
  out << a, b, c, d;
  return out;
}

}  // namespace

TEST_CASE("prior: a full precision, by hand") {
  // A_0 = [3 1; 1 2], A_0^-1 = [2 -1; -1 3] / 5, b_0 = (5, 0): theta_prior = (2, -1)
  const ModelPrior prior(two_by_two(3.0, 1.0, 1.0, 2.0), vec({5.0, 0.0}));
  CHECK(prior.dim() == 2);
  CHECK(relative_error(prior.mean(), vec({2.0, -1.0})) <= 1e-15);
  CHECK(relative_error(prior.covariance(), two_by_two(0.4, -0.2, -0.2, 0.6)) <= 1e-15);
}

TEST_CASE("prior: lambda I is the full precision that is a multiple of the identity") {
  const Vector mean = vec({0.6, 0.8});
  const ModelPrior scalar(mean, 4.0);
  const ModelPrior full(scalar.precision(), scalar.b());
  CHECK(scalar.precision() == Matrix(4.0 * Matrix::Identity(2, 2)));
  CHECK(scalar.mean() == mean);
  CHECK(relative_error(full.covariance(), scalar.covariance()) <= 1e-15);
  CHECK(relative_error(full.mean(), mean) <= 1e-15);
}

TEST_CASE("prior: learning from a full precision equals the dense twin") {
  for (const Index d : {1, 2, 33}) {
    CAPTURE(d);
    Engine engine(static_cast<std::uint64_t>(d));
    const Matrix precision = full_precision(engine, d);
    const Vector b = precision * unit_vector(engine, d);
    Posterior posterior(ModelPrior(precision, b));
    DensePosterior dense(precision, b);
    for (int i = 0; i < 300; ++i) {
      const Vector x = unit_vector(engine, d);
      CHECK(posterior.mean(x) == doctest::Approx(dense.mean(x)).epsilon(1e-10));
      CHECK(posterior.width(x) == doctest::Approx(dense.width(x)).epsilon(1e-10));
      const double y = uniform(engine);
      posterior.update(x, y);
      dense.update(x, y);
    }
    CHECK(relative_error(posterior.covariance(), dense.covariance()) <= 1e-10);
    CHECK(relative_error(posterior.theta(), dense.theta()) <= 1e-10);
  }
}

TEST_CASE("prior: observations made before are as good as observations") {
  Engine engine(4);
  Posterior earlier(Vector::Zero(5), 1.0);
  Posterior all(Vector::Zero(5), 1.0);
  for (int i = 0; i < 40; ++i) {
    const Vector x = unit_vector(engine, 5);
    earlier.update(x, x[0]);
    all.update(x, x[0]);
  }
  Posterior later(ModelPrior(earlier.precision(), earlier.b()));
  const Vector x = unit_vector(engine, 5);
  later.update(x, 0.5);
  all.update(x, 0.5);
  CHECK(relative_error(later.theta(), all.theta()) <= 1e-12);
  CHECK(relative_error(later.covariance(), all.covariance()) <= 1e-12);
}

TEST_CASE("prior: each model of a router has its own") {
  const ModelPrior known(two_by_two(100.0, 0.0, 0.0, 1.0), vec({50.0, 0.0}));  // of (1, 0) alone
  const std::vector<ModelSettings> models{{{1e-6, 1e-6}, 10.0, known},
                                          {{1e-6, 1e-6}, 10.0, {vec({0.4, 0.0}), 1.0}}};
  Router router({.dim = 2}, models, NoBudget{});
  CHECK(Caller{router}.decide(vec({1.0, 0.0})).width == doctest::Approx(1.0));  // model 1, unknown
  CHECK(Caller{router}.decide(vec({1.0, 0.0}), 10.0, {}, false).model == 0);
  CHECK(router.posterior(0).width(vec({1.0, 0.0})) == doctest::Approx(0.1));
  CHECK(router.posterior(0).width(vec({0.0, 1.0})) == doctest::Approx(1.0));
}

TEST_CASE("prior: what has no use is refused") {
  const Vector b = vec({0.0, 0.0});
  CHECK_REFUSED(ModelPrior(Matrix::Identity(2, 3), b), "prior_precision must be square, got shape (2, 3)");
  CHECK_REFUSED(ModelPrior(Matrix::Identity(3, 3), b), "prior_b must have shape (3,), got (2,)");
  CHECK_REFUSED(ModelPrior(Matrix(0, 0), Vector(0)), "dim must be >= 1, got 0");
  CHECK_REFUSED(ModelPrior(two_by_two(1.0, kNaN, 0.0, 1.0), b), "prior_precision must be finite, got nan");
  CHECK_REFUSED(ModelPrior(Matrix::Identity(2, 2), vec({0.0, kInf})), "prior_b must be finite, got inf");
  CHECK_REFUSED(ModelPrior(two_by_two(1.0, 0.1, 0.0, 1.0), b), "prior_precision must be symmetric");
  CHECK_REFUSED(ModelPrior(two_by_two(1.0, 2.0, 2.0, 1.0), b), "must be positive definite");
  CHECK_REFUSED(ModelPrior(two_by_two(0.0, 0.0, 0.0, 0.0), b), "must be positive definite");
  CHECK_REFUSED(ModelPrior(two_by_two(1.0, 0.0, 0.0, 1e-13), b), "1 / cond at least 1e-12");
  CHECK_REFUSED(ModelPrior(Matrix(1e-200 * Matrix::Identity(2, 2)), vec({1e200, 0.0})),
                "prior_b must be small enough");
  CHECK_REFUSED(ModelPrior(vec({0.0}), 0.0), "strength must be finite and > 0, got 0");
}
