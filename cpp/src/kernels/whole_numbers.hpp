// Whole numbers of 16 bits: from float64, and summed. Three ways to the same numbers; the last is for
// machines that are not x86.
#pragma once

#include "caches.hpp"
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

/// k_i n_i + k_{i+1} n_{i+1} of every even i
__m256i products(const std::int16_t* k, __m256i n) {
  return _mm256_madd_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(k)), n);
}

/// x / quantum, to the nearest whole numbers, four of them.
__m128i nearest(const double* x, double per_quantum) {
  return _mm256_cvtpd_epi32(_mm256_mul_pd(_mm256_set1_pd(per_quantum), _mm256_loadu_pd(x)));
}

void round_eight(const double* x, double per_quantum, std::int16_t* whole) {
  const __m128i both = _mm_packs_epi32(nearest(x, per_quantum), nearest(x + 4, per_quantum));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(whole), both);
}

void expand_eight(const std::int16_t* whole, double quantum, double* rounded) {
  const __m256d by = _mm256_set1_pd(quantum);
  const __m256i both = _mm256_cvtepi16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(whole)));
  _mm256_storeu_pd(rounded, _mm256_mul_pd(by, _mm256_cvtepi32_pd(_mm256_castsi256_si128(both))));
  _mm256_storeu_pd(rounded + 4, _mm256_mul_pd(by, _mm256_cvtepi32_pd(_mm256_extracti128_si256(both, 1))));
}

constexpr Index kAhead = 1'024;  // elements

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
    for (Index c = 0; c < kTileColumns; c += 4) {
      const __m128i columns = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(n + j + c));
      const __m256d factors = _mm256_cvtepi32_pd(_mm_cvtepi16_epi32(columns));
      const __m256d four = _mm256_cvtepi32_pd(sums_of(sums[c], sums[c + 1], sums[c + 2], sums[c + 3]));
      total = _mm256_add_pd(total, _mm256_mul_pd(factors, four));
    }
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

/// x / quantum, to the nearest whole numbers, two of them.
__m128i nearest(const double* x, double per_quantum) {
  return _mm_cvtpd_epi32(_mm_mul_pd(_mm_set1_pd(per_quantum), _mm_loadu_pd(x)));
}

void round_eight(const double* x, double per_quantum, std::int16_t* whole) {
  const __m128i low = _mm_unpacklo_epi64(nearest(x, per_quantum), nearest(x + 2, per_quantum));
  const __m128i high = _mm_unpacklo_epi64(nearest(x + 4, per_quantum), nearest(x + 6, per_quantum));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(whole), _mm_packs_epi32(low, high));
}

void expand_eight(const std::int16_t* whole, double quantum, double* rounded) {
  for (Index i = 0; i < 8; ++i) {
    rounded[i] = quantum * whole[i];
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
    for (Index c = 0; c < kTileColumns; c += 4) {
      const std::int16_t* columns = n + j + c;
      const __m128i four = sums_of(sums[c], sums[c + 1], sums[c + 2], sums[c + 3]);
      const __m128d low = _mm_cvtepi32_pd(four);
      const __m128d high = _mm_cvtepi32_pd(_mm_shuffle_epi32(four, _MM_SHUFFLE(1, 0, 3, 2)));
      total = _mm_add_pd(total, _mm_mul_pd(_mm_set_pd(columns[1], columns[0]), low));
      total = _mm_add_pd(total, _mm_mul_pd(_mm_set_pd(columns[3], columns[2]), high));
    }
  }
  return _mm_cvtsd_f64(_mm_add_sd(total, _mm_unpackhi_pd(total, total)));
}

#else

void round_eight(const double* x, double per_quantum, std::int16_t* whole) {
  for (Index i = 0; i < 8; ++i) {
    whole[i] = static_cast<std::int16_t>(__builtin_lrint(per_quantum * x[i]));
  }
}

void expand_eight(const std::int16_t* whole, double quantum, double* rounded) {
  for (Index i = 0; i < 8; ++i) {
    rounded[i] = quantum * whole[i];
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

void round(const double* x, double quantum, double per_quantum, std::int16_t* whole, double* rounded,
           Index n) {
  Index i = 0;
  for (; i + 8 <= n; i += 8) {
    round_eight(x + i, per_quantum, whole + i);
    expand_eight(whole + i, quantum, rounded + i);
  }
  for (; i < n; ++i) {
    whole[i] = static_cast<std::int16_t>(__builtin_lrint(per_quantum * x[i]));
    rounded[i] = quantum * whole[i];
  }
}

/// From element 7 - c on, what leaves of a tile's column c what is below the diagonal.
constexpr std::int16_t kBelow[2 * kTileColumns] = {0, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1};

void mirror(const double* m, Index d, Index first, Index last, double per_quantum, std::int16_t* tiles) {
  const double* end = m + d * d;
  for (Index j = first; j < last; j += kTileColumns) {
    const Index columns = d - j < kTileColumns ? d - j : kTileColumns;
    for (Index c = 0; c < columns; ++c) {
      const double* column = m + (j + c) * d + j;
      std::int16_t* out = tiles + c * kTileRows;
      for (Index i = 0; i < d - j; i += kTileRows, out += kTileRows * kTileColumns) {
        // Beyond its last row a column's are the next one's: they count for nothing.
        if (column + i + kTileRows <= end) {
          round_eight(column + i, per_quantum, out);
          round_eight(column + i + 8, per_quantum, out + 8);
          continue;
        }
        for (Index r = 0; column + i + r < end; ++r) {
          out[r] = static_cast<std::int16_t>(__builtin_lrint(per_quantum * column[i + r]));
        }
      }
      for (Index r = 0; r < kTileColumns; ++r) {
        std::int16_t& element = tiles[c * kTileRows + r];
        element = static_cast<std::int16_t>(element & kBelow[kTileColumns - 1 - c + r]);
      }
    }
    tiles += tile_rows(d, j) * kTileColumns;
  }
}

}  // namespace

}  // namespace pilotage
