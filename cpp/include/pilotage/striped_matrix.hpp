// A symmetric matrix that rank-one terms are added to or taken from, a strip of columns at a time.
//
//   M <- M + sign u u'
//
// To write all of M for every term moves d^2 / 2 numbers through the caches for two operations each. Instead
// each term writes one strip of columns, the strips in turn, and the strip takes the latest n terms at once:
// the same operations, an n-th of the traffic, and no call that pays for the others. What is stored lacks,
// of every one of the latest n terms, the strips that have not had their turn since; products with a vector
// add it. It costs two dot products a term, since in the columns [a, b), and their mirror image in the rows,
//
//   u u' = u_a u_a' - u_b u_b',   u_c: the elements of u from c on, and zeros before
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "pilotage/pages.hpp"
#include "pilotage/split_triangle.hpp"
#include "pilotage/strip_room.hpp"
#include "pilotage/types.hpp"

namespace pilotage {

/// How a matrix is used. Strips save writing, and cost products two dot products each.
enum class Use : std::uint8_t {
  kRead,  // a product at every decision
  kKept,  // read once in a long while
};

/// Dimensions in which a matrix that is read at every decision may be stored in two parts, see
/// Kernels::splits: smaller ones lie in the nearer caches.
inline constexpr Index kSplitFrom = 192;

/// First columns of the strips of a (d, d) matrix and, last, d: multiples of kTileColumns but for d.
std::vector<Index> strips_of(Index d, Use use = Use::kRead);

class StripedMatrix {
 public:
  /// start (d, d): symmetric. sign: 1 or -1. pages: where it is stored; none: on the heap.
  StripedMatrix(const Matrix& start, double sign, Pages* pages = nullptr, Use use = Use::kRead,
                StripRoom room = {});

  /// M <- M + sign u u'. O(d^2), no allocation.
  void add(const ConstVectorRef& u);  // u (d,)

  /// The same in two steps, in this order; the first writes what no product with M reads. Between the two
  /// no copy is made, and no other matrix of the same room prepared. A copy's first allocates.
  void prepare(const ConstVectorRef& u);  // u (d,)
  void commit();

  /// M <- m, (d, d), symmetric; no allocation.
  void assign(const Matrix& m);

  /// x' M x. O(d^2), no allocation.
  [[nodiscard]] double quadratic(const ConstVectorRef& x) const;  // x (d,)

  /// M x for each of n vectors, M's memory read once for several. O(n d^2), no allocation.
  void times(const ConstMatrixRef& x, MatrixRef product_out) const;  // x (d, n), out (d, n)

  [[nodiscard]] double trace() const { return trace_; }

  /// M itself, symmetric to the last bit. O(n d^2), no allocation.
  void copy_to(Matrix& m_out) const;  // (d, d)

  /// The same in memory of its own.
  [[nodiscard]] Matrix whole() const;

  [[nodiscard]] Index dim() const { return terms_.rows(); }

  /// n >= 1.
  [[nodiscard]] Index strips() const { return static_cast<Index>(first_.size()) - 1; }

  /// First columns of the strips and, last, d: (n + 1,), multiples of kTileColumns but for d.
  [[nodiscard]] const std::vector<Index>& first_columns() const { return first_; }

  /// The strip that the latest `add` has written.
  [[nodiscard]] Index written() const { return latest_; }

  /// The largest of a strip as it was written, see Kernels::largest; of a matrix that is kept, nothing.
  [[nodiscard]] double largest(Index strip) const { return largest_[strip]; }

  /// What is stored in 16 bits, of a matrix in two parts; else none.
  [[nodiscard]] const RoundedTriangle* rounded() const { return split_ ? &split_->rounded() : nullptr; }

  /// What is stored, of a matrix that is not; only the lower triangle has a meaning. (d, d), column-major
  [[nodiscard]] const double* stored() const { return stored_.data(); }

  /// What is stored lacks of a term  outer u u' + (1 - 2 outer) (u_a u_a' - u_b u_b').
  struct Gap {
    Index a;  // a <= b
    Index b;
    double outer;  // 0 or 1

    /// Where what is needed of u begins.
    [[nodiscard]] Index first() const { return outer == 0.0 ? a : 0; }

    /// x' what is lacking x, from the dot products of x with u, u_a and u_b.
    [[nodiscard]] double square(double all, double from_a, double from_b) const {
      return outer * all * all + (1.0 - 2.0 * outer) * (from_a * from_a - from_b * from_b);
    }
  };

  /// M = stored + sign * what is lacking of all terms, of which there are as many as strips: term c came with
  /// strip c's turn. The oldest lacks nothing.
  [[nodiscard]] double sign() const { return sign_; }
  [[nodiscard]] Index oldest() const { return (latest_ + 1) % strips(); }
  [[nodiscard]] Eigen::Map<const Vector> term(Index c) const { return {terms_.col(c).data(), dim()}; }
  [[nodiscard]] Gap gap(Index term) const;

 private:
  struct Tails {  // dot products of x with u, u_a and u_b
    double all;
    double from_a;
    double from_b;
  };
  [[nodiscard]] Tails tails(Index term, const Gap& gap, const ConstVectorRef& x) const;
  [[nodiscard]] double lacking(const ConstVectorRef& x) const;         // x' (M - stored) x
  void add_lacking(const ConstVectorRef& x, VectorRef product) const;  // += (M - stored) x

  [[nodiscard]] double* room();  // by the strip that is next, as columns of M

  std::vector<Index> first_;
  std::optional<SplitTriangle> split_;
  StripRoom room_;
  PagedVector<double> stored_;  // (d, d), or nothing
  Matrix terms_;                // (d, n): u, a ring; term c came with strip c's turn
  Vector largest_;              // (n,), of a matrix that is read; else (0,)
  double sign_;
  double trace_;
  Index latest_;
};

}  // namespace pilotage
