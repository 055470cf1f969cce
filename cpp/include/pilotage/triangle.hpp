// Products with a symmetric matrix of which the lower triangle is read, and written, alone.
//
// Eigen has them too, for large matrices: at d = 64 its symmetric product takes 2.5 times as long as this
// one. m (d, d) is column-major; what is above its diagonal is never read and may be overwritten.
#pragma once

#include "pilotage/types.hpp"

namespace pilotage::triangle {

/// m x. O(d^2).
void times(const Matrix& m, const ConstVectorRef& x, Vector& product_out);  // (d,), out (d,)

/// x' m x. O(d^2).
[[nodiscard]] double quadratic(const Matrix& m, const ConstVectorRef& x);  // (d,)

inline constexpr Index kMostTerms = 16;

/// Columns [first, last) of m + sum sign u u', where u are the columns of terms (d, n), n <= kMostTerms.
/// O(n d (last - first)).
void add(Matrix& m, Index first, Index last, double sign, const Matrix& terms);

}  // namespace pilotage::triangle
