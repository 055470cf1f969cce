// What is believed of one model before its first observation.
//
//   theta ~ N(theta_prior, A_0^-1),   b_0 = A_0 theta_prior
//
// A_0 = lambda I is a mean and a weight; a full A_0 also says which directions are known, as the statistics
// of earlier observations do: A_0 = lambda I + sum x x', b_0 = lambda theta_prior + sum r x.
#pragma once

#include "pilotage/types.hpp"

namespace pilotage {

/// A_0 is refused below this reciprocal of its condition number: its inverse would have few digits left.
inline constexpr double kLeastConditioned = 1e-12;

class ModelPrior {
 public:
  /// A_0 = strength I. mean (d,): theta_prior. strength: lambda > 0, the weight in observations. Throws
  /// std::invalid_argument when either is not finite, strength <= 0, lambda theta_prior or 1 / lambda
  /// overflows, or d = 0.
  ModelPrior(const ConstVectorRef& mean, double strength);

  /// precision (d, d): A_0, symmetric to a billionth of its largest element, positive definite. b (d,): b_0.
  /// Throws std::invalid_argument for anything else, and for what is not finite or too badly conditioned.
  ModelPrior(const ConstMatrixRef& precision, const ConstVectorRef& b);

  [[nodiscard]] Index dim() const { return mean_.size(); }
  [[nodiscard]] const Matrix& precision() const { return precision_; }    // A_0 (d, d)
  [[nodiscard]] const Matrix& covariance() const { return covariance_; }  // A_0^-1 (d, d)
  [[nodiscard]] const Vector& b() const { return b_; }                    // b_0 (d,)
  [[nodiscard]] const Vector& mean() const { return mean_; }              // theta_prior (d,)

 private:
  Matrix precision_;
  Matrix covariance_;
  Vector b_;
  Vector mean_;
};

}  // namespace pilotage
