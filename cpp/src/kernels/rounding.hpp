// From float64 to whole numbers of 16 bits, and back. Four ways to the same numbers; the last is for
// machines that are not x86.
#pragma once

#include "caches.hpp"
#include "pilotage/kernels.hpp"
#include "triangle.hpp"

namespace pilotage {

namespace {

#if defined(__AVX512VNNI__)

// Beyond it float64 counts in steps of one, and its last bits are a whole number's.
constexpr double kWholeFrom = 0x1.8p52;

/// x / quantum, to the nearest whole numbers, all that fit a register.
void round_eight(const double* x, double per_quantum, std::int16_t* whole) {
  // With its mode of rounding given the product is not fused with the sum: it is rounded, as elsewhere.
  const __m512d eight =
      _mm512_mul_round_pd(_mm512_set1_pd(per_quantum), _mm512_loadu_pd(x), _MM_FROUND_CUR_DIRECTION);
  const __m512i shifted = _mm512_castpd_si512(_mm512_add_pd(eight, _mm512_set1_pd(kWholeFrom)));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(whole), _mm512_cvtepi64_epi16(shifted));
}

/// Eight of them, as float64.
__m512d eight_of(const std::int16_t* whole) {
  return _mm512_cvtepi32_pd(_mm256_cvtepi16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(whole))));
}

void expand_eight(const std::int16_t* whole, double quantum, double* rounded) {
  _mm512_storeu_pd(rounded, _mm512_mul_pd(_mm512_set1_pd(quantum), eight_of(whole)));
}

#elif defined(__AVX2__)

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

#elif defined(__SSE2__)

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

#endif

static_assert(kTileRows == 2 * kSumLanes);

double sizes(const double* x, Index n, double* lanes) {
  constexpr Index kParts = kTileRows / kLanes;
  Lanes sums[kParts] = {};
  Lanes most{};
  Index i = 0;
  for (; i + kTileRows <= n; i += kTileRows) {
    for (Index part = 0; part < kParts; ++part) {
      const Lanes size = larger(Lanes{}, load(x + i + part * kLanes));
      sums[part] += size;
      most = larger(most, size);
    }
  }
  double rows[kTileRows];
  double greatest = 0.0;
  for (Index part = 0; part < kParts; ++part) {
    store(rows + part * kLanes, sums[part]);
  }
  for (Index l = 0; l < kLanes; ++l) {
    greatest = most[l] > greatest ? most[l] : greatest;
  }
  for (; i < n; ++i) {
    const double size = __builtin_fabs(x[i]);
    rows[i % kTileRows] += size;
    greatest = size > greatest ? size : greatest;
  }
  for (Index l = 0; l < kSumLanes; ++l) {
    lanes[l] = rows[2 * l] + rows[2 * l + 1];
  }
  return greatest;
}

double round(const double* x, double quantum, double per_quantum, std::int16_t* whole, double* rounded,
             Index n) {
  Lanes missed{};
  Index i = 0;
  for (; i + 8 <= n; i += 8) {
    round_eight(x + i, per_quantum, whole + i);
    expand_eight(whole + i, quantum, rounded + i);
    for (Index part = i; part < i + 8; part += kLanes) {
      const Lanes off = load(x + part) - load(rounded + part);
      missed += off * off;
    }
  }
  double rest = 0.0;
  for (; i < n; ++i) {
    whole[i] = static_cast<std::int16_t>(__builtin_lrint(per_quantum * x[i]));
    rounded[i] = quantum * whole[i];
    rest += (x[i] - rounded[i]) * (x[i] - rounded[i]);
  }
  return sum(missed) + rest;
}

void shorten(const double* x, double per_quantum, std::int16_t* whole, Index n) {
  Index i = 0;
  for (; i + 8 <= n; i += 8) {
    round_eight(x + i, per_quantum, whole + i);
  }
  for (; i < n; ++i) {
    whole[i] = static_cast<std::int16_t>(__builtin_lrint(per_quantum * x[i]));
  }
}

/// Of the tiles that begin at columns [first, last): `sixteen` of every step of rows of a column, or, where
/// the matrix's memory ends before the step does, `one` of each element. at: where it lies from the first
/// tile on; above: how many rows of the step are not below the diagonal.
template <class Sixteen, class One>
[[gnu::always_inline]] inline void tile_by_tile(const double* m, Index d, Index first, Index last,
                                                Sixteen sixteen, One one) {
  const double* end = m + d * d;
  Index tile = 0;
  for (Index j = first; j < last; j += kTileColumns) {
    const Index columns = d - j < kTileColumns ? d - j : kTileColumns;
    for (Index c = 0; c < columns; ++c) {
      const double* column = m + (j + c) * d + j;
      for (Index i = 0; i < d - j; i += kTileRows) {
        const Index at = tile + i * kTileColumns + c * kTileRows;
        const Index above = i == 0 ? c + 1 : 0;
        // Beyond its last row a column's are the next one's: they count for nothing.
        if (column + i + kTileRows <= end) {
          sixteen(column + i, above, at);
          continue;
        }
        for (Index r = 0; column + i + r < end; ++r) {
          one(r < above ? 0.0 : column[i + r], at + r);
        }
      }
    }
    tile += tile_rows(d, j) * kTileColumns;
  }
}

/// From element 8 - n on, what leaves of a step's rows all but the first n <= 8.
constexpr std::int16_t kBelow[2 * kTileColumns] = {0, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1};

void mirror(const double* m, Index d, Index first, Index last, double per_quantum, std::int16_t* tiles) {
  tile_by_tile(
      m, d, first, last,
      [&](const double* rows, Index above, Index at) {
        round_eight(rows, per_quantum, tiles + at);
        round_eight(rows + 8, per_quantum, tiles + at + 8);
        for (Index r = 0; above > 0 && r < kTileColumns; ++r) {
          std::int16_t& element = tiles[at + r];
          element = static_cast<std::int16_t>(element & kBelow[kTileColumns - above + r]);
        }
      },
      [&](double element, Index at) {
        tiles[at] = static_cast<std::int16_t>(__builtin_lrint(per_quantum * element));
      });
}

}  // namespace

}  // namespace pilotage
