// A triangle in two parts, 16 bits and what they miss in 32: m_ij = q k_ij + r_ij.
//
// A product with it moves six bytes an element in place of eight, two of which a decision has most often left
// in the nearer caches.
#pragma once

#include "caches.hpp"
#include "pilotage/kernels.hpp"
#include "triangle.hpp"
#include "widths.hpp"

namespace pilotage {

namespace {

#if defined(__AVX512F__)
constexpr bool kSplits = true;
#else
constexpr bool kSplits = false;  // to widen the parts would take longer than to read all
#endif

/// What a tile that begins at this row has of both parts.
struct Tile {
  const std::int16_t* k;
  const float* r;
  double quantum;
  Index row;
  /// Of column c and row row + i.
  [[nodiscard]] static Index where(Index c, Index i) {
    return i / kTileRows * kTileRows * kTileColumns + c * kTileRows + i % kTileRows;
  }
  [[nodiscard]] Lanes lanes(Index c, Index i) const {
    const Index at = where(c, i - row);
    return quantum * wide(k + at) + wide(r + at);
  }
  // Where a sum begins, see Dense; a tile ends later than the matrix.
  [[nodiscard]] Lanes lanes(const double* /*there*/, Index c, Index i) const { return lanes(c, i); }
  [[nodiscard]] Lanes lanes(const double* /*there*/, Index c, Index i, Index /*n*/) const {
    return lanes(c, i);
  }
  [[nodiscard]] double element(const double* /*there*/, Index c, Index i) const { return element(c, i); }
  [[nodiscard]] Tile from_column(Index c) const {
    return {k + c * kTileRows, r + c * kTileRows, quantum, row};
  }
  [[nodiscard]] double element(Index c, Index i) const {
    const Index at = where(c, i - row);
    return quantum * k[at] + static_cast<double>(r[at]);
  }
};

void expand(const std::int16_t* tiles, const float* rest, double quantum, Index d, Index first, Index last,
            double sign, const double* u, Index n, double* m) {
  for (Index j = first; j < last; j += kTileColumns) {
    const Tile tile{tiles, rest, quantum, j};
    const Index end = j + kTileColumns < last ? j + kTileColumns : last;
    Index column = j;
    for (; column + kColumns <= end; column += kColumns) {
      add_columns<kColumns>(m, tile.from_column(column - j), d, column, sign, u, n);
    }
    for (; column < end; ++column) {
      add_columns<1>(m, tile.from_column(column - j), d, column, sign, u, n);
    }
    tiles += tile_rows(d, j) * kTileColumns;
    rest += tile_rows(d, j) * kTileColumns;
  }
}

void split_times(const std::int16_t* tiles, const float* rest, double quantum, Index d, Index first,
                 Index last, const double* x, double* out) {
  for (Index j = first; j < last; j += kTileColumns) {
    const Tile tile{tiles, rest, quantum, j};
    const Index columns = d - j < kTileColumns ? d - j : kTileColumns;
    double factors[kTileColumns] = {};
    for (Index c = 0; c < columns; ++c) {
      factors[c] = x[j + c];
    }
    Lanes sums[kTileColumns] = {};
    Index i = j;
    for (; i + kLanes <= d; i += kLanes) {
      if ((i - j) % kTileRows == 0) {  // for each column a line of r, and half of one of k
        const Index ahead = Tile::where(0, i - j) + kAhead;
        for (Index c = 0; c < kTileColumns; ++c) {
          __builtin_prefetch(rest + ahead + c * kTileRows);
        }
        for (Index c = 0; c < kTileColumns; c += 2) {
          __builtin_prefetch(tiles + ahead + c * kTileRows);
        }
      }
      const Lanes at = load(x + i);
      Lanes row{};
      for (Index c = 0; c < kTileColumns; ++c) {
        const Lanes element = tile.lanes(c, i);
        row += element * factors[c];
        sums[c] += element * at;
      }
      store(out + i, load(out + i) + row);
    }
    double dots[kTileColumns];
    for (Index c = 0; c < kTileColumns; ++c) {
      dots[c] = sum(sums[c]);
    }
    for (; i < d; ++i) {
      for (Index c = 0; c < columns; ++c) {
        out[i] += tile.element(c, i) * factors[c];
        dots[c] += tile.element(c, i) * x[i];
      }
    }
    for (Index c = 0; c < columns; ++c) {
      out[j + c] += dots[c];
    }
    tiles += tile_rows(d, j) * kTileColumns;
    rest += tile_rows(d, j) * kTileColumns;
  }
}

}  // namespace

}  // namespace pilotage
