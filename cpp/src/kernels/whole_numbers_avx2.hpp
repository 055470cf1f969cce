// Sums of whole numbers of 16 bits, by AVX2: see whole_numbers.hpp.
#pragma once

#include <immintrin.h>

#include "caches.hpp"
#include "pilotage/kernels.hpp"
#include "rounding.hpp"

namespace pilotage {

namespace {

/// One number for every vector: the sum of its lanes.
__m128i sums_of(__m256i a, __m256i b, __m256i c, __m256i d) {
  const __m256i halves = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
  return _mm_add_epi32(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
}

/// k_i n_i + k_{i+1} n_{i+1} of every even i
__m256i products(const std::int16_t* k, __m256i n) {
  return _mm256_madd_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(k)), n);
}

/// The lanes in pairs, as float64.
__m256d widened(__m256i lanes) {
  return _mm256_add_pd(_mm256_cvtepi32_pd(_mm256_castsi256_si128(lanes)),
                       _mm256_cvtepi32_pd(_mm256_extracti128_si256(lanes, 1)));
}

template <bool Apart>
double integer_quadratic(const std::int16_t* tiles, const std::int16_t* n, Index d, Index first, Index last) {
  __m256d total = _mm256_setzero_pd();
  for (Index j = first; j < last; j += kTileColumns) {
    __m256i sums[kTileColumns];
    const __m256i first_rows = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(n + j));
    for (Index c = 0; c < kTileColumns; ++c) {
      sums[c] = products(tiles + c * kTileRows, first_rows);
    }
    const Index end = j + tile_rows(d, j);
    tiles += kTileColumns * kTileRows;
    for (Index i = j + kTileRows; i < end; i += kTileRows) {
      const __m256i rows = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(n + i));
      if (d >= kFar) {
        for (Index line = 0; line < kTileColumns * kTileRows; line += kLineBytes / 2) {
          __builtin_prefetch(tiles + kAhead + line);
        }
      }
      for (Index c = 0; c < kTileColumns; ++c) {
        sums[c] = _mm256_add_epi32(sums[c], products(tiles + c * kTileRows, rows));
      }
      tiles += kTileColumns * kTileRows;
    }
    if constexpr (Apart) {
      for (Index c = 0; c < kTileColumns; ++c) {
        const __m256d factor = _mm256_set1_pd(n[j + c]);
        total = _mm256_add_pd(total, _mm256_mul_pd(factor, widened(sums[c])));
      }
    } else {
      for (Index c = 0; c < kTileColumns; c += 4) {
        const __m128i columns = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(n + j + c));
        const __m256d factors = _mm256_cvtepi32_pd(_mm_cvtepi16_epi32(columns));
        const __m256d four = _mm256_cvtepi32_pd(sums_of(sums[c], sums[c + 1], sums[c + 2], sums[c + 3]));
        total = _mm256_add_pd(total, _mm256_mul_pd(factors, four));
      }
    }
  }
  return sum(total);
}

double integer_quadratic(const std::int16_t* tiles, const std::int16_t* n, Index d, Index first, Index last) {
  return d >= kLanesFrom ? integer_quadratic<true>(tiles, n, d, first, last)
                         : integer_quadratic<false>(tiles, n, d, first, last);
}

/// sum over [from, to) of k_i n_i
double integer_dot(const std::int16_t* k, const std::int16_t* n, Index from, Index to) {
  __m256i sums = _mm256_setzero_si256();
  Index i = from;
  for (; i + kTileRows <= to; i += kTileRows) {
    sums =
        _mm256_add_epi32(sums, products(k + i, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(n + i))));
  }
  __m256d total = widened(sums);
  for (; i < to; i += kTileColumns) {
    const __m128i rows = _mm_loadu_si128(reinterpret_cast<const __m128i*>(n + i));
    const __m128i rest = _mm_madd_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(k + i)), rows);
    total = _mm256_add_pd(total, _mm256_cvtepi32_pd(rest));
  }
  return sum(total);
}

}  // namespace

}  // namespace pilotage
