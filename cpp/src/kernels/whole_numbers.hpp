// Sums of whole numbers of 16 bits. Four ways to the same numbers; the last is for machines that are not x86.
//
// Apart: lanes are widened before they are added, see kLanesFrom.
#pragma once

#include "pilotage/kernels.hpp"

#if defined(__AVX512VNNI__)
#include "whole_numbers_avx512.hpp"
#elif defined(__AVX2__)
#include "whole_numbers_avx2.hpp"
#elif defined(__SSE2__)
#include "whole_numbers_sse2.hpp"
#endif

namespace pilotage {

namespace {

#if !defined(__SSE2__)

double integer_quadratic(const std::int16_t* tiles, const std::int16_t* n, Index d, Index first, Index last) {
  double total = 0.0;
  for (Index j = first; j < last; j += kTileColumns) {
    const Index rows = tile_rows(d, j);
    std::int64_t sums[kTileColumns] = {};
    for (Index i = 0; i < rows; ++i) {
      const std::int16_t* step = tiles + i / kTileRows * kTileRows * kTileColumns + i % kTileRows;
      for (Index c = 0; c < kTileColumns; ++c) {
        sums[c] += std::int64_t{step[c * kTileRows]} * n[j + i];
      }
    }
    for (Index c = 0; c < kTileColumns; ++c) {
      total += static_cast<double>(n[j + c]) * static_cast<double>(sums[c]);
    }
    tiles += rows * kTileColumns;
  }
  return total;
}

/// sum over [from, to) of k_i n_i
double integer_dot(const std::int16_t* k, const std::int16_t* n, Index from, Index to) {
  std::int64_t total = 0;
  for (Index i = from; i < to; ++i) {
    total += std::int64_t{k[i]} * n[i];
  }
  return static_cast<double>(total);
}

#endif

void integer_quadratics(const std::int16_t* tiles, const std::int16_t* n, const std::int16_t* other, Index d,
                        Index first, Index last, double* out) {
#if defined(__AVX512VNNI__)
  const std::int16_t* both[] = {n, other};
  integer_quadratics_of<2>(tiles, both, d, first, last, out);
#else  // the products alone keep the core as busy
  out[0] = integer_quadratic(tiles, n, d, first, last);
  out[1] = integer_quadratic(tiles, other, d, first, last);
#endif
}

void integer_tail_dots(const std::int16_t* k, const std::int16_t* n, Index first, Index a, Index b,
                       Index size, double* out) {
  out[0] = integer_dot(k, n, b, size);
  out[1] = out[0] + integer_dot(k, n, a, b);
  out[2] = out[1] + integer_dot(k, n, first, a);
}

}  // namespace

}  // namespace pilotage
