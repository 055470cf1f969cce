// Sums of whole numbers of 16 bits, by AVX-512 with VNNI: see whole_numbers.hpp.
#pragma once

#include <immintrin.h>

#include "caches.hpp"
#include "pilotage/kernels.hpp"
#include "rounding.hpp"

namespace pilotage {

namespace {

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

/// Both halves of a register, as float64.
__m512d lower(__m512i lanes) { return _mm512_cvtepi32_pd(_mm512_castsi512_si256(lanes)); }
__m512d upper(__m512i lanes) { return _mm512_cvtepi32_pd(_mm512_extracti64x4_epi64(lanes, 1)); }

/// One of eight, in every lane.
__m512d every(__m512d eight, Index which) { return _mm512_permutexvar_pd(_mm512_set1_epi64(which), eight); }

constexpr Index kPairs = kTileColumns / 2;

/// sum_j n_j sum_i k_ij n_i for each of N vectors n.
template <Index N, bool Apart>
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
      const __m512d eight = eight_of(n[v] + j);
      if constexpr (Apart) {
        __m512d odd{};
        for (Index pair = 0; pair < kPairs; ++pair) {
          totals[v] = _mm512_fmadd_pd(every(eight, 2 * pair), lower(sums[v][pair]), totals[v]);
          odd = _mm512_fmadd_pd(every(eight, 2 * pair + 1), upper(sums[v][pair]), odd);
        }
        totals[v] += odd;
      } else {
        totals[v] = _mm512_fmadd_pd(_mm512_permutexvar_pd(order, eight), sums_of(sums[v]), totals[v]);
      }
    }
  }
  for (Index v = 0; v < N; ++v) {
    out[v] = _mm512_reduce_add_pd(totals[v]);
  }
}

template <Index N>
void integer_quadratics_of(const std::int16_t* tiles, const std::int16_t* const* n, Index d, Index first,
                           Index last, double* out) {
  if (d >= kLanesFrom) {
    integer_quadratic<N, true>(tiles, n, d, first, last, out);
  } else {
    integer_quadratic<N, false>(tiles, n, d, first, last, out);
  }
}

double integer_quadratic(const std::int16_t* tiles, const std::int16_t* n, Index d, Index first, Index last) {
  double out = 0.0;
  integer_quadratics_of<1>(tiles, &n, d, first, last, &out);
  return out;
}

/// sum over [from, to) of k_i n_i
double integer_dot(const std::int16_t* k, const std::int16_t* n, Index from, Index to) {
  constexpr Index kRows = 32;
  __m512i sums{};
  Index i = from;
  for (; i + kRows <= to; i += kRows) {
    sums = _mm512_dpwssd_epi32(sums, _mm512_loadu_si512(k + i), _mm512_loadu_si512(n + i));
  }
  if (i < to) {
    const auto rest = static_cast<__mmask32>((1U << static_cast<unsigned>(to - i)) - 1U);
    sums = _mm512_dpwssd_epi32(sums, _mm512_maskz_loadu_epi16(rest, k + i), _mm512_loadu_si512(n + i));
  }
  return _mm512_reduce_add_pd(lower(sums) + upper(sums));
}

}  // namespace

}  // namespace pilotage
