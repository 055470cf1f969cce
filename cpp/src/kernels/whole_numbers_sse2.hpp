// Sums of whole numbers of 16 bits, by SSE2: see whole_numbers.hpp.
#pragma once

#include <immintrin.h>

#include "caches.hpp"
#include "pilotage/kernels.hpp"
#include "rounding.hpp"

namespace pilotage {

namespace {

/// One number for every vector: the sum of its lanes.
__m128i sums_of(__m128i a, __m128i b, __m128i c, __m128i d) {
  const __m128i ab = _mm_add_epi32(_mm_unpacklo_epi32(a, b), _mm_unpackhi_epi32(a, b));
  const __m128i cd = _mm_add_epi32(_mm_unpacklo_epi32(c, d), _mm_unpackhi_epi32(c, d));
  return _mm_add_epi32(_mm_unpacklo_epi64(ab, cd), _mm_unpackhi_epi64(ab, cd));
}

constexpr Index kHalf = kTileRows / 2;

/// k_i n_i + k_{i+1} n_{i+1} of every even i
__m128i products(const std::int16_t* k, __m128i n) {
  return _mm_madd_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(k)), n);
}

__m128i eight_at(const std::int16_t* n) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(n)); }

/// The lanes in pairs, as float64.
__m128d widened(__m128i lanes) {
  return _mm_add_pd(_mm_cvtepi32_pd(lanes),
                    _mm_cvtepi32_pd(_mm_shuffle_epi32(lanes, _MM_SHUFFLE(1, 0, 3, 2))));
}

/// The sums of a tile's columns over half of its rows, the first eight of every step.
void half_sums(const std::int16_t* tile, const std::int16_t* n, Index rows, __m128i* sums) {
  for (Index i = 0; i < rows; i += kTileRows) {
    const __m128i half = eight_at(n + i);
    for (Index c = 0; c < kTileColumns; ++c) {
      sums[c] = _mm_add_epi32(sums[c], products(tile + c * kTileRows, half));
    }
    tile += kTileColumns * kTileRows;
  }
}

/// A tile's columns times their factors.
__m128d columns_apart(const std::int16_t* tile, const std::int16_t* n, Index rows, Index j) {
  __m128d total = _mm_setzero_pd();
  for (Index half = 0; half < kTileRows; half += kHalf) {
    __m128i sums[kTileColumns] = {};
    half_sums(tile + half, n + j + half, rows, sums);
    for (Index c = 0; c < kTileColumns; ++c) {
      total = _mm_add_pd(total, _mm_mul_pd(_mm_set1_pd(n[j + c]), widened(sums[c])));
    }
  }
  return total;
}

/// The same, their lanes added first.
__m128d columns_together(const std::int16_t* tiles, const std::int16_t* n, Index rows, Index j) {
  __m128i sums[kTileColumns] = {};
  for (Index i = j; i < j + rows; i += kTileRows) {
    const __m128i n_upper = eight_at(n + i);
    const __m128i n_lower = eight_at(n + i + kHalf);
    for (__m128i& sum : sums) {
      sum = _mm_add_epi32(sum, products(tiles, n_upper));
      sum = _mm_add_epi32(sum, products(tiles + kHalf, n_lower));
      tiles += kTileRows;
    }
  }
  __m128d total = _mm_setzero_pd();
  for (Index c = 0; c < kTileColumns; c += 4) {
    const std::int16_t* columns = n + j + c;
    const __m128i four = sums_of(sums[c], sums[c + 1], sums[c + 2], sums[c + 3]);
    const __m128d low = _mm_cvtepi32_pd(four);
    const __m128d high = _mm_cvtepi32_pd(_mm_shuffle_epi32(four, _MM_SHUFFLE(1, 0, 3, 2)));
    total = _mm_add_pd(total, _mm_mul_pd(_mm_set_pd(columns[1], columns[0]), low));
    total = _mm_add_pd(total, _mm_mul_pd(_mm_set_pd(columns[3], columns[2]), high));
  }
  return total;
}

double integer_quadratic(const std::int16_t* tiles, const std::int16_t* n, Index d, Index first, Index last) {
  __m128d total = _mm_setzero_pd();
  for (Index j = first; j < last; j += kTileColumns) {
    const Index rows = tile_rows(d, j);
    if (d >= kLanesFrom) {
      total = _mm_add_pd(total, columns_apart(tiles, n, rows, j));
    } else {
      total = _mm_add_pd(total, columns_together(tiles, n, rows, j));
    }
    tiles += rows * kTileColumns;
  }
  return sum(total);
}

/// sum over [from, to) of k_i n_i
double integer_dot(const std::int16_t* k, const std::int16_t* n, Index from, Index to) {
  __m128i upper = _mm_setzero_si128();
  __m128i lower = _mm_setzero_si128();
  Index i = from;
  for (; i + kTileRows <= to; i += kTileRows) {
    upper = _mm_add_epi32(upper, products(k + i, eight_at(n + i)));
    lower = _mm_add_epi32(lower, products(k + i + kHalf, eight_at(n + i + kHalf)));
  }
  __m128d total = _mm_add_pd(widened(upper), widened(lower));
  for (; i < to; i += kHalf) {
    total = _mm_add_pd(total, widened(products(k + i, eight_at(n + i))));
  }
  return sum(total);
}

}  // namespace

}  // namespace pilotage
