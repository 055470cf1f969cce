// The loops that a decision and a reward spend their time in, compiled once for every instruction set.
//
// Which of them this machine can run is asked once. All give the same choices: whole numbers are summed
// exactly, and floating-point sums differ in their last bits, which no choice depends on (see select.hpp).
//
// Matrices are (d, d), column-major and symmetric: the lower triangle alone is read and written, and what is
// above the diagonal has no meaning.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace pilotage {

using Index = std::ptrdiff_t;  // Eigen's, without its headers: see kernels/isa.cpp

/// Tiles of whole numbers: kTileColumns columns, of so many rows that the last lies at or beyond the
/// matrix's; in steps of kTileRows rows, and within a step one column after the other. A tile's first row and
/// its first column have the same index j. Elements on or above the diagonal are zero, and so are columns
/// beyond the matrix; rows beyond it may hold anything.
inline constexpr Index kTileColumns = 8;
inline constexpr Index kTileRows = 16;

/// Rows of the tile that begins at column j of a (d, d) matrix.
[[gnu::always_inline]] constexpr Index tile_rows(Index d, Index j) {
  return (d - j + kTileRows - 1) / kTileRows * kTileRows;
}

/// The most that |k| sum_i |n_i| may be over what is summed in 32 bits: all i or, from this dimension on,
/// those of a lane, i / 2 = l modulo kSumLanes. Below, widening the lanes would take longer than it is worth.
inline constexpr double kMostOfASum = 2'147'000'000.0;
inline constexpr Index kLanesFrom = 192;
inline constexpr Index kSumLanes = 8;

/// Whole numbers n are zero from their last on, and readable so far beyond it.
inline constexpr Index kBeyond = 32;

/// Terms that are added at once, at most.
inline constexpr Index kMostTerms = 16;

struct Kernels {
  std::string_view isa;  // x86-64's level: "v1", "v3", "v4" (with VNNI); "any" on another machine

  /// Whether a large matrix is read sooner in two parts, see SplitTriangle.
  bool splits;

  /// out = m x
  void (*times)(const double* m, Index d, const double* x, double* out);  // x (d,), out (d,)

  /// x' m x
  double (*quadratic)(const double* m, Index d, const double* x);  // x (d,)

  /// Columns [first, last) of m + sum_t sign u_t u_t', n <= kMostTerms.
  void (*add)(double* m, Index d, Index first, Index last, double sign, const double* u,
              Index n);  // u (d, n)

  /// x' y
  double (*dot)(const double* x, const double* y, Index n);  // (n,)

  /// x' y over [b, n), [a, n) and [first, n). first <= a <= b <= n, each n or a multiple of
  /// kTileColumns.
  void (*tail_dots)(const double* x, const double* y, Index first, Index a, Index b, Index n,
                    double* out);  // (n,), out (3,)

  /// max |x_i|, and the sum of |x_i| in every lane.
  double (*sizes)(const double* x, Index n, double* lanes);  // (n,), lanes (kSumLanes,)

  /// whole = x / quantum, to the nearest whole numbers, all below 2^15 in size; rounded = quantum whole.
  /// per_quantum: 1 / quantum, or 0 where the quantum is. Returns |x - rounded|^2.
  double (*round)(const double* x, double quantum, double per_quantum, std::int16_t* whole, double* rounded,
                  Index n);  // (n,)

  /// whole as above, without the rest.
  void (*shorten)(const double* x, double per_quantum, std::int16_t* whole, Index n);  // (n,)

  /// max |m_ij| over i > j, j in [first, last)
  double (*largest)(const double* m, Index d, Index first, Index last);

  /// The tiles of k_ij = m_ij per_quantum, to the nearest, that begin at columns [first, last), steps of
  /// kTileColumns, one after the other from `tiles` on. Columns beyond the matrix are not written.
  void (*mirror)(const double* m, Index d, Index first, Index last, double per_quantum, std::int16_t* tiles);

  /// The same in two parts, m_ij = quantum 2^-32 (2^32 k_ij + l_ij - 2^31), to the nearest, l laid out as k.
  void (*split)(const double* m, Index d, Index first, Index last, double per_quantum, std::int16_t* tiles,
                std::uint32_t* low);

  /// And back, with terms added: m_ij = both parts + sum_t sign u_t u_t', i >= j, where the parts have zeros
  /// on the diagonal; what is above has no meaning. n <= kMostTerms. Returns the largest, as above.
  double (*expand)(const std::int16_t* tiles, const std::uint32_t* low, double quantum, Index d, Index first,
                   Index last, double sign, const double* u, Index n, double* m);  // u (d, n)

  /// out += (m + m') x, m of the elements below the diagonal in these tiles, for each of n vectors x.
  void (*split_times)(const std::int16_t* tiles, const std::uint32_t* low, double quantum, Index d,
                      Index first, Index last, const double* x, Index n, double* out);  // x, out (d, n)

  /// x' (m + m') x of the same m.
  double (*split_quadratic)(const std::int16_t* tiles, const std::uint32_t* low, double quantum, Index d,
                            Index first, Index last, const double* x);  // x (d,)

  /// sum_j n_j sum_i k_ij n_i over the tiles that begin at columns [first, last), as above. n: from index 0
  /// on, see kBeyond. Exact where the sums are as above, and sum_j |n_j| sum_{i>j} |k_ij n_i| below 2^53.
  double (*integer_quadratic)(const std::int16_t* tiles, const std::int16_t* n, Index d, Index first,
                              Index last);

  /// The same of two, to the last bit, the tiles read once.
  void (*integer_quadratics)(const std::int16_t* tiles, const std::int16_t* n, const std::int16_t* other,
                             Index d, Index first, Index last, double* out);  // out (2,)

  /// As `tail_dots`, of whole numbers, and exact; the sums of every lane as above, in every dimension.
  void (*integer_tail_dots)(const std::int16_t* k, const std::int16_t* n, Index first, Index a, Index b,
                            Index size, double* out);  // (size,), k readable as n is, out (3,)
};

/// Those that this machine can run, the slowest first.
[[nodiscard]] std::span<const Kernels* const> runnable_kernels();

/// Those in use: the fastest, unless others were chosen.
[[nodiscard]] const Kernels& kernels();

/// From now on, those for `isa`. For a program's start: routers of one process should not change theirs.
/// Throws std::invalid_argument when this machine cannot run them, or there are none.
void choose_kernels(std::string_view isa);

}  // namespace pilotage
