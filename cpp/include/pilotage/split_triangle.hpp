// A symmetric matrix by the columns of its lower triangle, in strips: rounded, and in two parts.
#pragma once

#include <cstdint>
#include <vector>

#include "pilotage/pages.hpp"
#include "pilotage/types.hpp"

namespace pilotage {

inline constexpr double kMostWhole = 32'767.0;   // of 16 bits
inline constexpr double kLeastQuantum = 1e-290;  // below it, zero: the reciprocal would overflow

/// The finest quantum in which 16 bits reach as far as `largest`; 0 where there is none.
double quantum_of(double largest);

/// Its reciprocal, and that of 0: 0.
double reciprocal(double quantum);

/// m_ij ~ q_s k_ij below the diagonal, k_ij in 16 bits, one quantum q_s a strip; the diagonal in full.
class RoundedTriangle {
 public:
  /// first: first columns of the strips and, last, d: see strips_of. Zero.
  explicit RoundedTriangle(const std::vector<Index>& first, Pages* pages = nullptr);

  /// A strip of m (d, d), column-major, is taken over; largest: of it, see Kernels::largest. O(d^2 / n), no
  /// allocation.
  void copy(const double* m, Index strip, double largest);

  /// The same in two parts: k is the nearest, halves up, and low l of this strip, laid out as tiles are.
  void copy(const double* m, Index strip, double largest, std::uint32_t* low);

  [[nodiscard]] Index dim() const { return diagonal_.size(); }
  [[nodiscard]] Index strips() const { return quanta_.size(); }
  [[nodiscard]] Index first(Index strip) const { return first_[static_cast<std::size_t>(strip)]; }
  [[nodiscard]] std::size_t size() const { return tiles_.size(); }
  [[nodiscard]] std::size_t offset(Index strip) const { return offsets_[static_cast<std::size_t>(strip)]; }
  [[nodiscard]] const std::int16_t* tiles(Index strip) const { return tiles_.data() + offset(strip); }
  [[nodiscard]] double quantum(Index strip) const { return quanta_[strip]; }
  [[nodiscard]] const Vector& diagonal() const { return diagonal_; }  // (d,)

 private:
  double look(const double* m, Index strip, double largest);  // the diagonal, and 1 / q_s

  std::vector<Index> first_;
  std::vector<std::size_t> offsets_;  // where each strip's tiles begin
  PagedVector<std::int16_t> tiles_;   // k, see kernels.hpp
  Vector quanta_;                     // q_s
  Vector diagonal_;                   // (d,)
};

/// m_ij = q_s (k_ij + (l_ij - 2^31) / 2^32), l_ij in 32 bits: within 2^-48 of the strip's largest. Nothing is
/// stored twice, of eight bytes six are read, and what reads k alone has read a part of it already.
class SplitTriangle {
 public:
  explicit SplitTriangle(const std::vector<Index>& first, Pages* pages = nullptr);

  /// As RoundedTriangle::copy.
  void copy(const double* m, Index strip, double largest);

  /// m's lower triangle in the columns of a strip, plus sign u u' of every column u. m (d, d), column-major.
  /// Returns its largest, see Kernels::largest.
  double expand(Index strip, double sign, const ConstMatrixRef& u, double* m) const;  // u (d, n)

  /// product_out <- M x for each of n vectors, the memory read once for four. O(n d^2), no allocation.
  void times(const ConstMatrixRef& x, MatrixRef product_out) const;  // x (d, n), out (d, n)

  /// x' M x. O(d^2), no allocation.
  [[nodiscard]] double quadratic(const ConstVectorRef& x) const;  // x (d,)

  [[nodiscard]] const RoundedTriangle& rounded() const { return rounded_; }

 private:
  RoundedTriangle rounded_;
  PagedVector<std::uint32_t> low_;  // l, as k is laid out
};

}  // namespace pilotage
