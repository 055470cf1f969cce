#include "pilotage/model_prior.hpp"

#include <Eigen/Cholesky>
#include <cmath>
#include <stdexcept>
#include <string>

#include "pilotage/errors.hpp"
#include "pilotage/factorisation.hpp"

namespace pilotage {

namespace {

constexpr double kSymmetric = 1e-9;  // of the largest element

void require_symmetric(const ConstMatrixRef& precision) {
  if (precision.rows() != precision.cols()) {
    throw std::invalid_argument("prior_precision must be square, got shape (" +
                                std::to_string(precision.rows()) + ", " + std::to_string(precision.cols()) +
                                ")");
  }
  require_finite("prior_precision", precision.reshaped());
  const double difference = (precision - precision.transpose()).cwiseAbs().maxCoeff();
  if (!(difference <= kSymmetric * precision.cwiseAbs().maxCoeff())) {
    throw std::invalid_argument("prior_precision must be symmetric, got elements that differ by " +
                                std::to_string(difference));
  }
}

}  // namespace

ModelPrior::ModelPrior(const ConstVectorRef& mean, double strength) : mean_(mean) {
  require_at_least("dim", 1, mean.size());
  require_finite("prior_mean", mean);
  require_positive("strength", strength);
  const double weight = strength * mean.norm();
  if (!std::isfinite(1.0 / strength) || !std::isfinite(weight)) {
    throw std::invalid_argument("1 / strength and strength * norm of prior_mean must be finite, got " +
                                std::to_string(1.0 / strength) + " and " + std::to_string(weight));
  }
  const Index d = mean.size();
  precision_ = strength * Matrix::Identity(d, d);
  covariance_ = Matrix::Identity(d, d) / strength;
  b_ = strength * mean;
}

ModelPrior::ModelPrior(const ConstMatrixRef& precision, const ConstVectorRef& b) : b_(b) {
  require_at_least("dim", 1, b.size());
  require_finite("prior_b", b);
  require_symmetric(precision);
  require_size("prior_b", precision.rows(), b.size());
  precision_ = 0.5 * (precision + precision.transpose());

  const Eigen::LLT<Matrix> cholesky(precision_);
  const double conditioned = cholesky.info() == Eigen::Success ? cholesky.rcond() : 0.0;
  if (!(conditioned >= kLeastConditioned)) {
    throw std::invalid_argument(
        "prior_precision must be positive definite, and 1 / cond at least 1e-12, got " +
        std::to_string(conditioned));
  }
  Factorisation fresh(b.size());
  fresh.precision = precision_;
  fresh.b = b_;
  if (!fresh.solve()) {
    throw std::invalid_argument("prior_b must be small enough for A_0^-1 b_0 to be finite, got norm " +
                                std::to_string(b.norm()));
  }
  covariance_ = fresh.covariance;
  mean_ = fresh.theta;
}

}  // namespace pilotage
