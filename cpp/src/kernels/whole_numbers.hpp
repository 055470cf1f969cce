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

constexpr Index kAhead = 1'024;  // elements of tiles, asked for before they are read

#if defined(__AVX512VNNI__)

/// x / quantum, to the nearest whole numbers, all that fit a register.
void round_eight(const double* x, double per_quantum, std::int16_t* whole) {
  const __m256i eight = _mm512_cvtpd_epi32(_mm512_mul_pd(_mm512_set1_pd(per_quantum), _mm512_loadu_pd(x)));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(whole), _mm256_cvtsepi32_epi16(eight));
}

/// Eight of them, as float64.
__m512d eight_of(const std::int16_t* whole) {
  return _mm512_cvtepi32_pd(_mm256_cvtepi16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(whole))));
}

void expand_eight(const std::int16_t* whole, double quantum, double* rounded) {
  _mm512_storeu_pd(rounded, _mm512_mul_pd(_mm512_set1_pd(quantum), eight_of(whole)));
}

/// The same sixteen rows for two columns.
__m512i twice(const std::int16_t* rows) {
  return _mm512_broadcast_i64x4(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows)));
}

/// Pairs of columns (0, 1), (2, 3), ... in; the sums of columns 0, 2, 4, 6, 1, 3, 5, 7 out.
__m512d sums_of(const __m512i* pairs) {
  // after the first two steps every quarter of a register is one column's, after the third every half
  const __m512i first =
      _mm512_add_epi32(_mm512_unpacklo_epi32(pairs[0], pairs[1]), _mm512_unpackhi_epi32(pairs[0], pairs[1]));
  const __m512i last =
      _mm512_add_epi32(_mm512_unpacklo_epi32(pairs[2], pairs[3]), _mm512_unpackhi_epi32(pairs[2], pairs[3]));
  const __m512i four =
      _mm512_add_epi32(_mm512_unpacklo_epi64(first, last), _mm512_unpackhi_epi64(first, last));
  const __m512i both = _mm512_add_epi32(four, _mm512_shuffle_i64x2(four, four, _MM_SHUFFLE(2, 3, 0, 1)));
  const __m512i halves = _mm512_shuffle_i64x2(both, both, _MM_SHUFFLE(2, 2, 2, 0));
  return _mm512_cvtepi32_pd(_mm512_castsi512_si256(halves));
}

constexpr Index kPairs = kTileColumns / 2;

/// sum_j n_j sum_i k_ij n_i for each of N vectors n.
template <Index N>
void integer_quadratic(const std::int16_t* tiles, const std::int16_t* const* n, Index d, Index first,
                       Index last, double* out) {
  const __m512i order = _mm512_set_epi64(7, 5, 3, 1, 6, 4, 2, 0);
  __m512d totals[N] = {};
  for (Index j = first; j < last; j += kTileColumns) {
    __m512i sums[N][kPairs] = {};
    const Index end = j + tile_rows(d, j);
    for (Index i = j; i < end; i += kTileRows) {
      for (Index pair = 0; pair < kPairs; ++pair) {
        const std::int16_t* k = tiles + pair * 2 * kTileRows;
        if (d >= kFar) {
          __builtin_prefetch(k + kAhead);
        }
        for (Index v = 0; v < N; ++v) {
          sums[v][pair] = _mm512_dpwssd_epi32(sums[v][pair], _mm512_loadu_si512(k), twice(n[v] + i));
        }
      }
      tiles += kTileColumns * kTileRows;
    }
    for (Index v = 0; v < N; ++v) {
      const __m512d factors = _mm512_permutexvar_pd(order, eight_of(n[v] + j));
      totals[v] = _mm512_fmadd_pd(factors, sums_of(sums[v]), totals[v]);
    }
  }
  for (Index v = 0; v < N; ++v) {
    out[v] = _mm512_reduce_add_pd(totals[v]);
  }
}

double integer_quadratic(const std::int16_t* tiles, const std::int16_t* n, Index d, Index first, Index last) {
  double out = 0.0;
  integer_quadratic<1>(tiles, &n, d, first, last, &out);
  return out;
}

#elif defined(__AVX2__)

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

void integer_quadratics(const std::int16_t* tiles, const std::int16_t* n, const std::int16_t* other, Index d,
                        Index first, Index last, double* out) {
#if defined(__AVX512VNNI__)
  const std::int16_t* both[] = {n, other};
  integer_quadratic<2>(tiles, both, d, first, last, out);
#else  // the products alone keep the core as busy
  out[0] = integer_quadratic(tiles, n, d, first, last);
  out[1] = integer_quadratic(tiles, other, d, first, last);
#endif
}

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
