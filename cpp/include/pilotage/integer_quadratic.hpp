// sum_j n_j sum_i k_ij n_i over tiles of whole numbers, exactly.
//
// A tile is kTileColumns columns, of so many rows that the last lies at or beyond the matrix's: in steps of
// kTileRows rows, and within a step one column after the other. Its first row and its first column have the
// same index j. Elements of a tile on or above the diagonal, or beyond the matrix, are zero.
#pragma once

#include <cstdint>

#include "pilotage/types.hpp"

namespace pilotage {

inline constexpr Index kTileColumns = 4;
inline constexpr Index kTileRows = 16;

/// Rows of the tile that begins at column j of a (d, d) matrix.
constexpr Index tile_rows(Index d, Index j) { return (d - j + kTileRows - 1) / kTileRows * kTileRows; }

/// The most that |k| sum_i |n_i| may be: the sums of a column then fit 32 bits.
inline constexpr double kMostOfAColumn = 2'147'000'000.0;

/// Over the tiles that begin at columns [first, last), steps of kTileColumns, one after the other from
/// `tiles` on. whole: n from index 0 on, readable to tile_rows(d, j) beyond every j. Exact where the result
/// and the parts it is summed from are below 2^53.
[[nodiscard]] double integer_quadratic(const std::int16_t* tiles, const std::int16_t* whole, Index d,
                                       Index first, Index last);

}  // namespace pilotage
