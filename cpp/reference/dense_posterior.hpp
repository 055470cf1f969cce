// Textbook twin of posterior.hpp: keeps A and b, and inverts A afresh for every question. O(d^3).
#pragma once

#include <cmath>
#include <utility>

#include "pilotage/types.hpp"

namespace pilotage::reference {

/// A^-1 and A^-1 b from an LU factorisation with full pivoting: slow to compile, so compiled once.
[[nodiscard]] Matrix inverse(const Matrix& a);
[[nodiscard]] Vector solve(const Matrix& a, const Vector& b);

class DensePosterior {
 public:
  DensePosterior(const Vector& prior_mean, double strength)
      : DensePosterior(strength * Matrix::Identity(prior_mean.size(), prior_mean.size()),
                       strength * prior_mean) {}

  DensePosterior(Matrix prior_precision, Vector prior_b)
      : a_0_(std::move(prior_precision)), b_0_(std::move(prior_b)), a_(a_0_), b_(b_0_) {}

  void update(const Vector& x, double y) {
    a_ += x * x.transpose();
    b_ += y * x;
  }

  void forget(double gamma) {
    a_ = gamma * a_ + (1.0 - gamma) * a_0_;
    b_ = gamma * b_ + (1.0 - gamma) * b_0_;
  }

  [[nodiscard]] const Matrix& precision() const { return a_; }
  [[nodiscard]] const Vector& b() const { return b_; }
  [[nodiscard]] Matrix covariance() const { return inverse(a_); }
  [[nodiscard]] Vector theta() const { return solve(a_, b_); }

  [[nodiscard]] double mean(const Vector& x) const { return theta().dot(x); }
  [[nodiscard]] double cosine(const Vector& x) const { return theta().normalized().dot(x.normalized()); }
  [[nodiscard]] double width(const Vector& x) const { return std::sqrt(x.dot(covariance() * x)); }

 private:
  Matrix a_0_;
  Vector b_0_;
  Matrix a_;
  Vector b_;
};

}  // namespace pilotage::reference
