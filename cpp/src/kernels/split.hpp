// A triangle in two parts, 16 bits and 32 more: m_ij = f (2^32 k_ij + l_ij - 2^31), f = 2^-32 of k's quantum.
//
// A product with it moves six bytes an element in place of eight, two of which a decision has most often left
// in the nearer caches. Nothing is converted: beyond 2^52 float64 counts in steps of one, and l and k are its
// last 48 bits.
#pragma once

#include "caches.hpp"
#include "pilotage/kernels.hpp"
#include "rounding.hpp"
#include "triangle.hpp"

namespace pilotage {

namespace {

constexpr double kStepsOfL = 0x1p32;          // in one of k's
constexpr std::uint32_t kMiddle = 1U << 31U;  // l of what is k alone
constexpr Index kParts = kTileRows / kLanes;

/// In steps of l.
double joined(std::int16_t k, std::uint32_t l) {
  return static_cast<double>((std::int64_t{k} << 32U) + l - kMiddle);
}

/// The other way, to the nearest. |steps| <= 32767 2^32
void part(double steps, std::int16_t* k, std::uint32_t* l) {
  const std::int64_t whole = __builtin_llrint(steps) + kMiddle;
  *k = static_cast<std::int16_t>(whole >> 32U);
  *l = static_cast<std::uint32_t>(whole & 0xFFFF'FFFF);
}

#if defined(__AVX512F__)

constexpr bool kSplits = true;
constexpr double kNothing = 0x1.8p52 + 0x1p31;  // whose last 48 bits are those of k = 0, l = kMiddle
constexpr int kAbove = 0x43380000;              // and the upper 32 of 0x1.8p52

/// The lower and the upper halves of eight numbers, from two registers.
Lanes of_halves(__m512i lower, __m512i order, __m512i upper) {
  return _mm512_castsi512_pd(_mm512_permutex2var_epi32(lower, order, upper)) - _mm512_set1_pd(kNothing);
}

__m512i first_eight() { return _mm512_set_epi32(23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0); }
__m512i last_eight() {
  return _mm512_set_epi32(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8);
}

/// A register of rows.
Lanes joined(const std::int16_t* k, const std::uint32_t* l) {
  const __m256i whole = _mm256_cvtepi16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(k)));
  const __m256i upper = _mm256_add_epi32(whole, _mm256_set1_epi32(kAbove));
  const __m256i lower = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(l));
  return of_halves(_mm512_castsi256_si512(lower), first_eight(), _mm512_castsi256_si512(upper));
}

/// kTileRows of them.
void joined(const std::int16_t* k, const std::uint32_t* l, Lanes* rows_out) {
  const __m512i whole = _mm512_cvtepi16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(k)));
  const __m512i upper = _mm512_add_epi32(whole, _mm512_set1_epi32(kAbove));
  const __m512i lower = _mm512_loadu_si512(l);
  rows_out[0] = of_halves(lower, first_eight(), upper);
  rows_out[1] = of_halves(lower, last_eight(), upper);
}

/// The other way, of numbers of which one is `steps` of l; the first `above` become zeros.
void part_rows(const double* rows, double steps, Index above, std::int16_t* k, std::uint32_t* l) {
  const auto shifted = [&](const double* eight) {
    return _mm512_castpd_si512(
        _mm512_fmadd_pd(_mm512_loadu_pd(eight), _mm512_set1_pd(steps), _mm512_set1_pd(kNothing)));
  };
  const __m512i even = _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
  const __m512i first = shifted(rows);
  const __m512i last = shifted(rows + 8);
  const __m512i lower = _mm512_permutex2var_epi32(first, even, last);
  const __m512i upper = _mm512_permutex2var_epi32(first, even + _mm512_set1_epi32(1), last);
  const auto below = static_cast<__mmask16>(0xFFFFU << static_cast<unsigned>(above));
  _mm512_storeu_si512(l, _mm512_mask_mov_epi32(_mm512_set1_epi32(static_cast<int>(kMiddle)), below, lower));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(k), _mm512_maskz_cvtepi32_epi16(below, upper));
}

#else

constexpr bool kSplits = false;  // to put the parts together would take longer than to read all

Lanes joined(const std::int16_t* k, const std::uint32_t* l) {
  Lanes rows;
  for (Index i = 0; i < kLanes; ++i) {
    rows[i] = joined(k[i], l[i]);
  }
  return rows;
}

void joined(const std::int16_t* k, const std::uint32_t* l, Lanes* rows_out) {
  for (Index part = 0; part < kParts; ++part) {
    rows_out[part] = joined(k + part * kLanes, l + part * kLanes);
  }
}

void part_rows(const double* rows, double steps, Index above, std::int16_t* k, std::uint32_t* l) {
  for (Index i = 0; i < kTileRows; ++i) {
    part(i < above ? 0.0 : steps * rows[i], k + i, l + i);
  }
}

#endif

/// Of column c and row i of a tile.
Index in_tile(Index c, Index i) {
  return i / kTileRows * kTileRows * kTileColumns + c * kTileRows + i % kTileRows;
}

void split(const double* m, Index d, Index first, Index last, double per_quantum, std::int16_t* tiles,
           std::uint32_t* low) {
  const double steps = kStepsOfL * per_quantum;
  tile_by_tile(
      m, d, first, last,
      [&](const double* rows, Index above, Index at) { part_rows(rows, steps, above, tiles + at, low + at); },
      [&](double element, Index at) { part(steps * element, tiles + at, low + at); });
}

/// What a sum begins with, see Dense: a tile, or its columns from one on, that begins at this row.
struct Tile {
  const std::int16_t* k;
  const std::uint32_t* l;
  double unit;  // of l
  Index row;

  [[nodiscard]] Lanes lanes(const double* /*there*/, Index c, Index i) const {
    const Index at = in_tile(c, i - row);
    return unit * joined(k + at, l + at);
  }
  [[nodiscard]] Lanes lanes(const double* there, Index c, Index i, Index /*n*/) const {
    return lanes(there, c, i);  // a tile ends later than the matrix
  }
  [[nodiscard]] double element(const double* /*there*/, Index c, Index i) const {
    const Index at = in_tile(c, i - row);
    return unit * joined(k[at], l[at]);
  }
  [[nodiscard]] Tile from_column(Index c) const { return {k + c * kTileRows, l + c * kTileRows, unit, row}; }
};

double expand(const std::int16_t* tiles, const std::uint32_t* low, double quantum, Index d, Index first,
              Index last, double sign, const double* u, Index n, double* m) {
  Largest seen;
  for (Index j = first; j < last; j += kTileColumns) {
    const Tile tile{tiles, low, quantum / kStepsOfL, j};
    const Index end = j + kTileColumns < last ? j + kTileColumns : last;
    Index column = j;
    for (; column + kColumns <= end; column += kColumns) {
      add_columns<kColumns>(m, tile.from_column(column - j), d, column, sign, u, n, seen);
    }
    for (; column < end; ++column) {
      add_columns<1>(m, tile.from_column(column - j), d, column, sign, u, n, seen);
    }
    tiles += tile_rows(d, j) * kTileColumns;
    low += tile_rows(d, j) * kTileColumns;
  }
  return seen.of_all();
}

/// The first n of a register, at most all, and zeros.
Lanes load_up_to(const double* from, Index n) {
  if (n >= kLanes) {
    return load(from);
  }
  Lanes lanes{};
  if (kMasked && n > 0) {
    return load(from, n);
  }
  for (Index l = 0; l < n; ++l) {
    lanes[l] = from[l];
  }
  return lanes;
}

/// to += lanes, but for those from the n-th on.
void add_up_to(double* to, Lanes lanes, Index n) {
  if (n >= kLanes) {
    store(to, load(to) + lanes);
  } else if (kMasked && n > 0) {
    store(to, load(to, n) + lanes, n);
  } else {
    for (Index l = 0; l < n; ++l) {
      to[l] += lanes[l];
    }
  }
}

/// For the same column of a tile to come: a line of l, and half of one of k.
void ask_ahead(const std::int16_t* k, const std::uint32_t* l, Index c) {
  __builtin_prefetch(l + kAhead + c * kTileRows);
  if (c % 2 == 0) {
    __builtin_prefetch(k + kAhead + c * kTileRows);
  }
}

/// Rows [i, i + kTileRows) of C columns, with N vectors: their part of out, and sums += m' x, lane by lane.
/// What rows there are below the matrix are some number each: times zero, and not written.
template <Index N, Index C, bool Whole>
[[gnu::always_inline]] inline void step_times(const std::int16_t* k, const std::uint32_t* l, Index d, Index i,
                                              const double* factors, const double* x, double* out,
                                              Lanes* sums) {
  Lanes at[N][kParts];
  Lanes row[N][kParts] = {};
  for (Index v = 0; v < N; ++v) {
    for (Index part = 0; part < kParts; ++part) {
      const Index from = i + part * kLanes;
      at[v][part] = Whole ? load(x + v * d + from) : load_up_to(x + v * d + from, d - from);
    }
  }
  for (Index c = 0; c < C; ++c) {
    Lanes rows[kParts];
    joined(k + c * kTileRows, l + c * kTileRows, rows);
    for (Index v = 0; v < N; ++v) {
      for (Index part = 0; part < kParts; ++part) {
        row[v][part] += rows[part] * factors[v * C + c];
        sums[v * C + c] += rows[part] * at[v][part];
      }
    }
  }
  for (Index v = 0; v < N; ++v) {
    for (Index part = 0; part < kParts; ++part) {
      const Index from = i + part * kLanes;
      add_up_to(out + v * d + from, row[v][part], Whole ? kLanes : d - from);
    }
  }
}

/// C columns of a tile, from column j of the matrix on, with N vectors. top: the tile's first row.
template <Index N, Index C>
[[gnu::always_inline]] inline void tile_times(const std::int16_t* k, const std::uint32_t* l, double unit,
                                              Index d, Index top, Index j, const double* x, double* out) {
  static_assert(N * C % kLanes == 0);
  double factors[N * C];
  for (Index v = 0; v < N; ++v) {
    for (Index c = 0; c < C; ++c) {
      factors[v * C + c] = j + c < d ? unit * x[v * d + j + c] : 0.0;
    }
  }
  Lanes sums[N * C];
  for (Lanes& sum : sums) {
    sum = Lanes{};
  }
  Index i = top;
  for (; i + kTileRows <= d; i += kTileRows) {
    for (Index c = 0; c < C; ++c) {
      ask_ahead(k, l, c);
    }
    step_times<N, C, true>(k, l, d, i, factors, x, out, sums);
    k += kTileRows * kTileColumns;
    l += kTileRows * kTileColumns;
  }
  if (i < d) {
    step_times<N, C, false>(k, l, d, i, factors, x, out, sums);
  }
  for (Index s = 0; s < N * C; s += kLanes) {
    const Lanes dots = unit * sums_of(sums + s);
    for (Index n = 0; n < kLanes; ++n) {
      const Index column = j + (s + n) % C;
      if (column < d) {
        out[(s + n) / C * d + column] += dots[n];
      }
    }
  }
}

template <Index N>
void tiles_times(const std::int16_t* tiles, const std::uint32_t* low, double unit, Index d, Index first,
                 Index last, const double* x, double* out) {
  constexpr Index kAtOnce = N > 2 ? kTileColumns / 2 : kTileColumns;  // what registers hold
  for (Index j = first; j < last; j += kTileColumns) {
    for (Index c = 0; c < kTileColumns; c += kAtOnce) {
      tile_times<N, kAtOnce>(tiles + c * kTileRows, low + c * kTileRows, unit, d, j, j + c, x, out);
    }
    tiles += tile_rows(d, j) * kTileColumns;
    low += tile_rows(d, j) * kTileColumns;
  }
}

void split_times(const std::int16_t* tiles, const std::uint32_t* low, double quantum, Index d, Index first,
                 Index last, const double* x, Index n, double* out) {
  const double unit = quantum / kStepsOfL;
  Index v = 0;
  for (; v + 4 <= n; v += 4) {
    tiles_times<4>(tiles, low, unit, d, first, last, x + v * d, out + v * d);
  }
  for (; v + 2 <= n; v += 2) {
    tiles_times<2>(tiles, low, unit, d, first, last, x + v * d, out + v * d);
  }
  for (; v < n; ++v) {
    tiles_times<1>(tiles, low, unit, d, first, last, x + v * d, out + v * d);
  }
}

double split_quadratic(const std::int16_t* tiles, const std::uint32_t* low, double quantum, Index d,
                       Index first, Index last, const double* x) {
  Lanes total{};
  for (Index j = first; j < last; j += kTileColumns) {
    Lanes sums[kTileColumns] = {};
    for (Index i = j; i < d; i += kTileRows) {
      Lanes at[kParts];
      for (Index part = 0; part < kParts; ++part) {
        at[part] = load_up_to(x + i + part * kLanes, d - i - part * kLanes);
      }
      for (Index c = 0; c < kTileColumns; ++c) {
        Lanes rows[kParts];
        joined(tiles + c * kTileRows, low + c * kTileRows, rows);
        ask_ahead(tiles, low, c);
        for (Index part = 0; part < kParts; ++part) {
          sums[c] += rows[part] * at[part];
        }
      }
      tiles += kTileRows * kTileColumns;
      low += kTileRows * kTileColumns;
    }
    for (Index c = 0; c < kTileColumns && j + c < d; ++c) {
      total += sums[c] * x[j + c];
    }
  }
  return 2.0 * quantum / kStepsOfL * sum(total);
}

}  // namespace

}  // namespace pilotage
