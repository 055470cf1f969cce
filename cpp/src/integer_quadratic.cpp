// Three ways to the same number; the last is for machines that are not x86.
#include "pilotage/integer_quadratic.hpp"

#include <array>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace pilotage {

#if defined(__AVX2__)

namespace {

/// One number for every vector: the sum of its lanes.
__m128i sums_of(__m256i a, __m256i b, __m256i c, __m256i d) {
  const __m256i halves = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
  return _mm_add_epi32(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
}

}  // namespace

double integer_quadratic(const std::int16_t* tiles, const std::int16_t* whole, Index d, Index first,
                         Index last) {
  __m256d total = _mm256_setzero_pd();
  for (Index j = first; j < last; j += kTileColumns) {
    __m256i sums[kTileColumns] = {};
    const Index end = j + tile_rows(d, j);
    for (Index i = j; i < end; i += kTileRows) {
      const __m256i n = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(whole + i));
      for (__m256i& sum : sums) {
        const __m256i k = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(tiles));
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(k, n));
        tiles += kTileRows;
      }
    }
    const __m128i column = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(whole + j));
    const __m256d n = _mm256_cvtepi32_pd(_mm_cvtepi16_epi32(column));
    const __m256d sum = _mm256_cvtepi32_pd(sums_of(sums[0], sums[1], sums[2], sums[3]));
    total = _mm256_add_pd(total, _mm256_mul_pd(n, sum));
  }
  const __m128d halves = _mm_add_pd(_mm256_castpd256_pd128(total), _mm256_extractf128_pd(total, 1));
  return _mm_cvtsd_f64(_mm_add_sd(halves, _mm_unpackhi_pd(halves, halves)));
}

#elif defined(__SSE2__)

namespace {

/// One number for every vector: the sum of its lanes.
__m128i sums_of(__m128i a, __m128i b, __m128i c, __m128i d) {
  const __m128i ab = _mm_add_epi32(_mm_unpacklo_epi32(a, b), _mm_unpackhi_epi32(a, b));
  const __m128i cd = _mm_add_epi32(_mm_unpacklo_epi32(c, d), _mm_unpackhi_epi32(c, d));
  return _mm_add_epi32(_mm_unpacklo_epi64(ab, cd), _mm_unpackhi_epi64(ab, cd));
}

}  // namespace

double integer_quadratic(const std::int16_t* tiles, const std::int16_t* whole, Index d, Index first,
                         Index last) {
  constexpr Index kHalf = kTileRows / 2;
  __m128d total = _mm_setzero_pd();
  for (Index j = first; j < last; j += kTileColumns) {
    __m128i sums[kTileColumns] = {};
    const Index end = j + tile_rows(d, j);
    for (Index i = j; i < end; i += kTileRows) {
      const __m128i n_upper = _mm_loadu_si128(reinterpret_cast<const __m128i*>(whole + i));
      const __m128i n_lower = _mm_loadu_si128(reinterpret_cast<const __m128i*>(whole + i + kHalf));
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
    total = _mm_add_pd(total, _mm_mul_pd(_mm_set_pd(whole[j + 1], whole[j]), low));
    total = _mm_add_pd(total, _mm_mul_pd(_mm_set_pd(whole[j + 3], whole[j + 2]), high));
  }
  return _mm_cvtsd_f64(_mm_add_sd(total, _mm_unpackhi_pd(total, total)));
}

#else

double integer_quadratic(const std::int16_t* tiles, const std::int16_t* whole, Index d, Index first,
                         Index last) {
  double total = 0.0;
  for (Index j = first; j < last; j += kTileColumns) {
    const Index rows = tile_rows(d, j);
    std::array<std::int64_t, kTileColumns> sums{};
    for (Index i = 0; i < rows; ++i) {
      const std::int16_t* step = tiles + i / kTileRows * kTileRows * kTileColumns + i % kTileRows;
      for (Index c = 0; c < kTileColumns; ++c) {
        sums[static_cast<std::size_t>(c)] += std::int64_t{step[c * kTileRows]} * whole[j + i];
      }
    }
    for (Index c = 0; c < kTileColumns; ++c) {
      total += static_cast<double>(whole[j + c]) * static_cast<double>(sums[static_cast<std::size_t>(c)]);
    }
    tiles += rows * kTileColumns;
  }
  return total;
}

#endif

}  // namespace pilotage
