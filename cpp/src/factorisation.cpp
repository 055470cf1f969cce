#include "pilotage/factorisation.hpp"

#include <Eigen/Cholesky>

namespace pilotage {

Factorisation::Factorisation(Index dim)
    : precision(Matrix::Zero(dim, dim)),
      b(Vector::Zero(dim)),
      covariance(Matrix::Zero(dim, dim)),
      theta(Vector::Zero(dim)),
      factor(Matrix::Zero(dim, dim)) {}

bool Factorisation::solve() {
  factor = precision;
  const Eigen::LLT<Eigen::Ref<Matrix>> cholesky(factor);  // in place
  if (cholesky.info() != Eigen::Success) {
    return false;
  }
  covariance.setIdentity();
  cholesky.solveInPlace(covariance);
  theta = b;
  // as a matrix of one column: clang's analyzer takes Eigen's scratch for a single vector for a leak
  Eigen::Map<Matrix> column(theta.data(), theta.size(), 1);
  cholesky.solveInPlace(column);
  for (Index j = 1; j < covariance.cols(); ++j) {
    for (Index i = 0; i < j; ++i) {
      covariance(i, j) = covariance(j, i) = 0.5 * (covariance(i, j) + covariance(j, i));
    }
  }
  return covariance.allFinite() && theta.allFinite();
}

}  // namespace pilotage
