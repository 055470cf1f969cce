// A^-1 and theta = A^-1 b from a Cholesky factor of A, in memory that is claimed once.
#pragma once

#include "pilotage/types.hpp"

namespace pilotage {

struct Factorisation {
  explicit Factorisation(Index dim);

  /// Reads `precision` and `b`, writes `covariance` and `theta`. O(d^3), and up to d = 128 no allocation.
  /// False when A has no Cholesky factor in float64, or one so badly conditioned that the results are not
  /// finite.
  [[nodiscard]] bool solve();

  Matrix precision;   // A (d, d), symmetric
  Vector b;           // (d,)
  Matrix covariance;  // A^-1 (d, d), symmetric to the last bit
  Vector theta;       // (d,)
  Matrix factor;      // L of A = L L' (d, d); what is above the diagonal has no meaning
};

}  // namespace pilotage
