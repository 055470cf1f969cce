// Three ways to the same number; the last is for machines that are not x86.
#pragma once

#include "pilotage/kernels.hpp"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace pilotage {

namespace {

#if defined(__AVX2__)

/// One number for every vector: the sum of its lanes.
__m128i sums_of(__m256i a, __m256i b, __m256i c, __m256i d) {
  const __m256i halves = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
  return _mm_add_epi32(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
}

void round(const double* x, double factor, std::int16_t* out, Index n) {
  const __m256d by = _mm256_set1_pd(factor);
  for (Index i = 0; i < n; i += 8) {
    const __m128i low = _mm256_cvtpd_epi32(_mm256_mul_pd(by, _mm256_loadu_pd(x + i)));
    const __m128i high = _mm256_cvtpd_epi32(_mm256_mul_pd(by, _mm256_loadu_pd(x + i + 4)));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i), _mm_packs_epi32(low, high));
  }
}

double integer_quadratic(const std::int16_t* tiles, const std::int16_t* n, Index d, Index first, Index last) {
  __m256d total = _mm256_setzero_pd();
  for (Index j = first; j < last; j += kTileColumns) {
    __m256i sums[kTileColumns] = {};
    const Index end = j + tile_rows(d, j);
    for (Index i = j; i < end; i += kTileRows) {
      const __m256i at = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(n + i));
      for (__m256i& sum : sums) {
        const __m256i k = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(tiles));
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(k, at));
        tiles += kTileRows;
      }
    }
    const __m128i column = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(n + j));
    const __m256d factor = _mm256_cvtepi32_pd(_mm_cvtepi16_epi32(column));
    const __m256d sum = _mm256_cvtepi32_pd(sums_of(sums[0], sums[1], sums[2], sums[3]));
    total = _mm256_add_pd(total, _mm256_mul_pd(factor, sum));
  }
  const __m128d halves = _mm_add_pd(_mm256_castpd256_pd128(total), _mm256_extractf128_pd(total, 1));
  return _mm_cvtsd_f64(_mm_add_sd(halves, _mm_unpackhi_pd(halves, halves)));
}

#elif defined(__SSE2__)

/// One number for every vector: the sum of its lanes.
__m128i sums_of(__m128i a, __m128i b, __m128i c, __m128i d) {
  const __m128i ab = _mm_add_epi32(_mm_unpacklo_epi32(a, b), _mm_unpackhi_epi32(a, b));
  const __m128i cd = _mm_add_epi32(_mm_unpacklo_epi32(c, d), _mm_unpackhi_epi32(c, d));
  return _mm_add_epi32(_mm_unpacklo_epi64(ab, cd), _mm_unpackhi_epi64(ab, cd));
}

/// factor x to the nearest whole numbers, two of them.
__m128i nearest(__m128d factor, const double* x) {
  return _mm_cvtpd_epi32(_mm_mul_pd(factor, _mm_loadu_pd(x)));
}

void round(const double* x, double factor, std::int16_t* out, Index n) {
  const __m128d by = _mm_set1_pd(factor);
  for (Index i = 0; i < n; i += 8) {
    const __m128i low = _mm_unpacklo_epi64(nearest(by, x + i), nearest(by, x + i + 2));
    const __m128i high = _mm_unpacklo_epi64(nearest(by, x + i + 4), nearest(by, x + i + 6));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i), _mm_packs_epi32(low, high));
  }
}

double integer_quadratic(const std::int16_t* tiles, const std::int16_t* n, Index d, Index first, Index last) {
  constexpr Index kHalf = kTileRows / 2;
  __m128d total = _mm_setzero_pd();
  for (Index j = first; j < last; j += kTileColumns) {
    __m128i sums[kTileColumns] = {};
    const Index end = j + tile_rows(d, j);
    for (Index i = j; i < end; i += kTileRows) {
      const __m128i n_upper = _mm_loadu_si128(reinterpret_cast<const __m128i*>(n + i));
      const __m128i n_lower = _mm_loadu_si128(reinterpret_cast<const __m128i*>(n + i + kHalf));
      for (__m128i& sum : sums) {
        const __m128i k_upper = _mm_loadu_si128(reinterpret_cast<const __m128i*>(tiles));
        const __m128i k_lower = _mm_loadu_si128(reinterpret_cast<const __m128i*>(tiles + kHalf));
        sum = _mm_add_epi32(sum, _mm_madd_epi16(k_upper, n_upper));
        sum = _mm_add_epi32(sum, _mm_madd_epi16(k_lower, n_lower));
        tiles += kTileRows;
      }
    }
    const __m128i sum = sums_of(sums[0], sums[1], sums[2], sums[3]);
    const __m128d low = _mm_cvtepi32_pd(sum);
    const __m128d high = _mm_cvtepi32_pd(_mm_shuffle_epi32(sum, _MM_SHUFFLE(1, 0, 3, 2)));
    total = _mm_add_pd(total, _mm_mul_pd(_mm_set_pd(n[j + 1], n[j]), low));
    total = _mm_add_pd(total, _mm_mul_pd(_mm_set_pd(n[j + 3], n[j + 2]), high));
  }
  return _mm_cvtsd_f64(_mm_add_sd(total, _mm_unpackhi_pd(total, total)));
}

#else

void round(const double* x, double factor, std::int16_t* out, Index n) {
  for (Index i = 0; i < n; ++i) {
    out[i] = static_cast<std::int16_t>(__builtin_lrint(factor * x[i]));
  }
}

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

#endif

}  // namespace

}  // namespace pilotage
