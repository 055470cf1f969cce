#include "pilotage/posterior.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

#include "pilotage/errors.hpp"
#include "pilotage/kernels.hpp"

namespace pilotage {

namespace {

/// An upper bound of A^-1's eigenvalues from now on: A only ever exceeds A_0.
double largest_eigenvalue(const ModelPrior& prior) {
  // of a symmetric matrix, the largest row sum of absolute values is one
  return prior.covariance().cwiseAbs().rowwise().sum().maxCoeff();
}

double dot(const ConstVectorRef& x, const ConstVectorRef& y) {
  return kernels().dot(x.data(), y.data(), x.size());
}

}  // namespace

Posterior::Posterior(const ModelPrior& prior, std::int64_t refactor_every, Widths widths, Pages* pages,
                     StripRoom room)
    : prior_precision_(prior.precision()),
      prior_b_(prior.b()),
      precision_(prior.precision(), 1.0, pages, Use::kKept),
      covariance_(prior.covariance(), -1.0, pages, widths == Widths::kMirrored ? Use::kRead : Use::kKept,
                  std::move(room)),
      b_(prior.b()),
      theta_(prior.mean()),
      theta_norm_(prior.mean().norm()),
      refactor_every_(refactor_every),
      scaled_(Vector::Zero(prior.dim())),
      direction_(Vector::Zero(prior.dim())),
      b_next_(Vector::Zero(prior.dim())),
      theta_next_(Vector::Zero(prior.dim())) {
  require_at_least("refactor_every", 1, refactor_every);
  if (widths == Widths::kMirrored && dim() >= kMirrorFrom && dim() <= kMirrorTo) {
    mirror_.emplace(covariance_, largest_eigenvalue(prior), pages);
  }
}

double Posterior::mean(const ConstVectorRef& x) const { return dot(x, theta_); }

double Posterior::cosine(const ConstVectorRef& x) const {
  const double norms = x.norm() * theta_norm_;
  return norms > 0.0 ? x.dot(theta_) / norms : 0.0;
}

double Posterior::width(const ConstVectorRef& x) const {
  return std::sqrt(std::max(covariance_.quadratic(x), 0.0));
}

RoughWidth Posterior::rough_width(const ConstVectorRef& x, const RoundedContext& rounded) const {
  return mirror_ ? mirror_->width(covariance_, rounded) : RoughWidth{width(x), 0.0};
}

void Posterior::rough_widths(const ConstMatrixRef& contexts, std::span<const RoundedContext> rounded,
                             std::span<RoughWidth> widths_out) const {
  if (mirror_) {
    mirror_->widths(covariance_, rounded, widths_out);
    return;
  }
  for (std::size_t i = 0; i < widths_out.size(); ++i) {
    widths_out[i] = {width(contexts.col(static_cast<Index>(i))), 0.0};
  }
}

void Posterior::update(const ConstVectorRef& x, double y, double weight) {
  prepare(x, y, weight);
  commit();
  conclude();
}

void Posterior::products(const ConstMatrixRef& contexts, MatrixRef products_out) const {
  covariance_.times(contexts, products_out);
}

void Posterior::follow(const ConstMatrixRef& contexts, MatrixRef products) const {
  if (afresh_) {
    this->products(contexts, products);
    return;
  }
  // A^-1 x <- A^-1 x - v v'x, where A^-1 <- A^-1 - v v'
  for (Index i = 0; i < contexts.cols(); ++i) {
    products.col(i) -= dot(direction_, contexts.col(i)) * direction_;
  }
}

void Posterior::prepare(const ConstVectorRef& x, double y, double weight) {
  require_size("x", dim(), x.size());
  require_finite("x", x);
  covariance_.times(x, direction_);
  prepare_along(x, y, weight);
}

void Posterior::prepare(const ConstVectorRef& x, const ConstVectorRef& product, double y, double weight) {
  require_size("x", dim(), x.size());
  require_finite("x", x);
  direction_ = product;
  prepare_along(x, y, weight);
}

// direction_: A^-1 x
void Posterior::prepare_along(const ConstVectorRef& x, double y, double weight) {
  require_finite("y", y);

  // Everything that can fail is computed before anything is written.
  // s = w x' A^-1 x
  const double s = weight * dot(x, direction_);
  // |A_ij| <= trace(A): a finite trace after the update bounds every element.
  if (!std::isfinite(precision_.trace() + weight * dot(x, x)) || !std::isfinite(s)) {
    throw std::invalid_argument("x must be small enough for x x' to be summed, got norm " +
                                std::to_string(x.norm()));
  }
  if (s < 0.0) {
    throw NumericalError("covariance must stay positive definite, got x' A^-1 x = " + std::to_string(s));
  }
  b_next_.noalias() = b_ + weight * y * x;
  const double gain = weight * (y - dot(x, theta_)) / (1.0 + s);
  // theta <- theta + w A^-1 x (y - x' theta) / (1 + s), which equals A^-1 b after the update
  theta_next_.noalias() = theta_ + gain * direction_;
  theta_norm_next_ = std::sqrt(dot(theta_next_, theta_next_));
  if (!(std::isfinite(theta_norm_next_) && std::isfinite(b_next_.sum()))) {
    throw std::invalid_argument("y must be small enough for y x to be summed, got " + std::to_string(y));
  }

  scaled_.noalias() = std::sqrt(weight) * x;
  direction_ *= std::sqrt(weight / (1.0 + s));
  fresh_.reset();
  if ((updates_ + 1) % refactor_every_ == 0 || s > kRefactorAbove) {
    fresh_.emplace(dim());
    precision_.copy_to(fresh_->precision);
    fresh_->precision.noalias() += scaled_ * scaled_.transpose();
    fresh_->b = b_next_;
    if (!fresh_->solve()) {
      fresh_.reset();  // the rank-one values stand
    }
  }
  afresh_ = fresh_.has_value();
  if (!afresh_) {
    covariance_.prepare(direction_);
  }
}

void Posterior::commit() {
  ++updates_;
  if (fresh_) {
    take(*fresh_);
    return;
  }
  // b <- b + w y x
  b_ = b_next_;  // copied, not swapped: views of b and theta stay valid
  theta_ = theta_next_;
  theta_norm_ = theta_norm_next_;
  // A^-1 <- A^-1 - w (A^-1 x)(A^-1 x)' / (1 + s)
  covariance_.commit();
  if (mirror_) {
    mirror_->copy(covariance_, covariance_.written());
  }
}

void Posterior::conclude() {
  // A <- A + w x x'
  if (!fresh_) {
    precision_.add(scaled_);
  }
  fresh_.reset();
}

bool Posterior::refactorise() {
  Factorisation fresh(dim());
  precision_.copy_to(fresh.precision);
  fresh.b = b_;
  return adopt(fresh);
}

bool Posterior::forget(double kept, Factorisation& workspace) {
  // A <- A_0 + g (A - A_0),   b <- b_0 + g (b - b_0)
  precision_.copy_to(workspace.precision);
  workspace.precision = prior_precision_ + kept * (workspace.precision - prior_precision_);
  workspace.b = prior_b_ + kept * (b_ - prior_b_);
  return adopt(workspace);
}

void Posterior::start_at(const ConstVectorRef& prior_mean) {
  require_size("prior_mean", dim(), prior_mean.size());
  // b_0 = A_0 theta_prior
  b_next_.noalias() = prior_precision_ * prior_mean;
  require_finite("A_0 prior_mean", b_next_);
  prior_b_ = b_next_;
  b_ = b_next_;
  theta_ = prior_mean;
  theta_norm_ = theta_.norm();
}

bool Posterior::exchange(const ModelPrior& prior) {
  // A <- A + A_0' - A_0,   b <- b + b_0' - b_0
  Factorisation fresh(dim());
  fresh.precision = precision_.whole() + (prior.precision() - prior_precision_);
  fresh.b = b_ + (prior.b() - prior_b_);
  if (!adopt(fresh)) {
    return false;
  }
  prior_precision_ = prior.precision();
  prior_b_ = prior.b();
  if (mirror_) {
    mirror_->bound(largest_eigenvalue(prior));
  }
  return true;
}

bool Posterior::exchange(const ModelPrior& prior, double share) {
  // A_0 <- A_0 + s (A_0' - A_0),   b_0 <- b_0 + s (b_0' - b_0); its condition number is no larger than both
  const Matrix precision = prior_precision_ + share * (prior.precision() - prior_precision_);
  const Vector b = prior_b_ + share * (prior.b() - prior_b_);
  return exchange(ModelPrior(precision, b));
}

bool Posterior::adopt(Factorisation& fresh) {
  if (!fresh.solve()) {
    return false;
  }
  take(fresh);
  return true;
}

void Posterior::take(const Factorisation& fresh) {
  precision_.assign(fresh.precision);
  b_ = fresh.b;
  covariance_.assign(fresh.covariance);
  if (mirror_) {
    mirror_->copy(covariance_);
  }
  theta_ = fresh.theta;
  theta_norm_ = theta_.norm();
}

}  // namespace pilotage
