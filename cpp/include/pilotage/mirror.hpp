// sqrt(x' M x) from a quarter of M's bytes, and how far it may be off.
//
// A mirror reads the strict lower triangle of a StripedMatrix in 16 bits, m_ij ~ q_s k_ij with one quantum
// q_s a strip, the terms that strips lack in 16 bits, u_i ~ p_t l_i with one quantum p_t a term, and the
// diagonal in full. Of what the matrix does not store in 16 bits the mirror holds a copy. A context is
// rounded once for all mirrors, x ~ x^ = h n with whole numbers n. Then
//
//   x^' M x^ ~ sum_j M_jj x^_j^2 + 2 sum_s q_s h^2 sum_{j in s} n_j sum_{i>j} k_ij n_i
//              + sign sum_t (c_t (u' x^)^2 + ...),   u' x^ ~ p_t h sum_i l_i n_i, and of its tails
//
// The inner sums are of whole numbers and therefore exact, on every instruction set; h is as fine as 16 bits,
// and sums that fit 32, allow. With an error of q_s / 2 and p_t / 2 in every element, and since sqrt(x' M x)
// is a norm, in which x - x^ has at most s_max |x - x^|,
//
//   | u' x^ - p_t h sum_i l_i n_i | <= p_t / 2 sum_i |x^_i| =: e_t
//   | x^' M x^ - the above | <= sum_s q_s sum_{j in s} |x^_j| sum_{i>j} |x^_i| + sum of 2 e_t |.| + e_t^2 of
//                               every square of a term =: delta
//   | sqrt(x' M x) - sqrt(x^' M x^) | <= s_max |x - x^|,   s_max^2 >= M's largest eigenvalue
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pilotage/pages.hpp"
#include "pilotage/split_triangle.hpp"
#include "pilotage/striped_matrix.hpp"
#include "pilotage/types.hpp"

namespace pilotage {

/// A context as mirrors read it: memory that is claimed once.
class RoundedContext {
 public:
  explicit RoundedContext(Index d);

  /// Takes x, finite. O(d), no allocation.
  void round(const ConstVectorRef& x);  // x (d,)

 private:
  friend class Mirror;
  std::vector<Index> first_;
  std::vector<std::int16_t> whole_;  // n, and zeros up to where kernels may read
  double quantum_ = 0.0;             // h
  Vector rounded_;                   // x^ (d,)
  Vector squares_;                   // x^_i^2 (d,)
  Vector reach_;                     // sum_{j in s} |x^_j| sum_{i>j} |x^_i|, of every strip, or more
  double size_ = 0.0;                // sum_i |x^_i|
  double missed_ = 0.0;              // |x - x^|
};

/// sqrt(x' M x) is within `error` of `width`.
struct RoughWidth {
  double width;
  double error;
};

class Mirror {
 public:
  /// largest: an upper bound of M's eigenvalues, for as long as it is mirrored.
  /// pages: where it is stored; none: on the heap.
  Mirror(const StripedMatrix& m, double largest, Pages* pages = nullptr);

  /// One strip was written, and a term came with it.
  void copy(const StripedMatrix& m, Index strip);

  /// Everything was.
  void copy(const StripedMatrix& m);

  /// Another upper bound of M's eigenvalues holds.
  void bound(double largest);

  /// O(d^2), no allocation.
  [[nodiscard]] RoughWidth width(const StripedMatrix& m, const RoundedContext& x) const;

  /// The same of several, to the last bit. A strip stays in the nearest cache while all are multiplied with
  /// it.
  void widths(const StripedMatrix& m, std::span<const RoundedContext> contexts,
              std::span<RoughWidth> widths_out) const;  // (n,) each

 private:
  struct RoughSquare {  // what is within `error` of `square`
    double square;
    double error;
  };
  [[nodiscard]] const RoundedTriangle& triangle(const StripedMatrix& m) const;
  [[nodiscard]] RoughWidth width(const StripedMatrix& m, const RoundedContext& x, double below) const;
  [[nodiscard]] RoughSquare lacking(const StripedMatrix& m, const RoundedContext& x) const;

  RoundedTriangle copy_;             // of what is not stored so; else of nothing
  PagedVector<std::int16_t> terms_;  // l
  std::size_t room_;                 // of a term
  Vector term_quanta_;               // p_t
  double largest_;                   // s_max^2
  double reach_;                     // s_max
};

}  // namespace pilotage
