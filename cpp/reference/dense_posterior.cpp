#include "dense_posterior.hpp"

#include <Eigen/LU>

namespace pilotage::reference {

Matrix inverse(const Matrix& a) { return a.fullPivLu().inverse(); }

Vector solve(const Matrix& a, const Vector& b) { return a.fullPivLu().solve(b); }

}  // namespace pilotage::reference
