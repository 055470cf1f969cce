// Products with a symmetric matrix of which the lower triangle is read, and written, alone. Four columns at a
// time, so that a vector's elements are read once for four products. Eigen has them, too, for large matrices:
// at d = 64 its symmetric product takes 2.5 times as long.
#pragma once

#include <cstdint>
#include <cstring>

#include "caches.hpp"
#include "pilotage/kernels.hpp"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace pilotage {

namespace {

#if defined(__AVX512F__)
constexpr Index kLanes = 8;
#elif defined(__AVX__)
constexpr Index kLanes = 4;
#else
constexpr Index kLanes = 2;
#endif
using Lanes = double __attribute__((vector_size(kLanes * sizeof(double))));  // one register
constexpr Index kColumns = kLanes < 4 ? 4 : kLanes;

Lanes load(const double* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}

void store(double* to, Lanes lanes) { std::memcpy(to, &lanes, sizeof lanes); }

#if defined(__AVX512F__)
constexpr bool kMasked = true;  // a part of a register costs as much as all of it

__mmask8 first_of(Index n) { return static_cast<__mmask8>((1U << static_cast<unsigned>(n)) - 1U); }

/// The first n < kLanes, and zeros.
Lanes load(const double* from, Index n) { return _mm512_maskz_loadu_pd(first_of(n), from); }

void store(double* to, Lanes lanes, Index n) { _mm512_mask_storeu_pd(to, first_of(n), lanes); }
#else
constexpr bool kMasked = false;

Lanes load(const double* /*from*/, Index /*n*/) { return Lanes{}; }
void store(double* /*to*/, Lanes /*lanes*/, Index /*n*/) {}
#endif

double sum(Lanes lanes) {
#if defined(__AVX512F__)
  return _mm512_reduce_add_pd(lanes);
#elif defined(__AVX__)
  const __m128d halves = _mm_add_pd(_mm256_castpd256_pd128(lanes), _mm256_extractf128_pd(lanes, 1));
  return _mm_cvtsd_f64(_mm_add_sd(halves, _mm_unpackhi_pd(halves, halves)));
#else
  return lanes[0] + lanes[1];
#endif
}

/// The sum of each of as many registers as one has lanes.
Lanes sums_of(const Lanes* lanes) {
#if defined(__AVX512F__)
  __m512d pairs[4];  // quarter by quarter, of two registers each
  for (Index p = 0; p < 4; ++p) {
    const Lanes a = lanes[2 * p];
    const Lanes b = lanes[2 * p + 1];
    pairs[p] = _mm512_unpacklo_pd(a, b) + _mm512_unpackhi_pd(a, b);
  }
  const __m512d low = _mm512_shuffle_f64x2(pairs[0], pairs[1], _MM_SHUFFLE(2, 0, 2, 0)) +
                      _mm512_shuffle_f64x2(pairs[0], pairs[1], _MM_SHUFFLE(3, 1, 3, 1));
  const __m512d high = _mm512_shuffle_f64x2(pairs[2], pairs[3], _MM_SHUFFLE(2, 0, 2, 0)) +
                       _mm512_shuffle_f64x2(pairs[2], pairs[3], _MM_SHUFFLE(3, 1, 3, 1));
  return _mm512_shuffle_f64x2(low, high, _MM_SHUFFLE(2, 0, 2, 0)) +
         _mm512_shuffle_f64x2(low, high, _MM_SHUFFLE(3, 1, 3, 1));
#elif defined(__AVX__)
  const __m256d first = _mm256_hadd_pd(lanes[0], lanes[1]);
  const __m256d last = _mm256_hadd_pd(lanes[2], lanes[3]);
  return _mm256_permute2f128_pd(first, last, 0x20) + _mm256_permute2f128_pd(first, last, 0x31);
#else
  return Lanes{sum(lanes[0]), sum(lanes[1])};
#endif
}

/// Lanes from `first` on, and zeros before, whatever is there.
#if defined(__AVX512F__)
Lanes from_lane(Lanes lanes, Index first) {
  return _mm512_maskz_mov_pd(static_cast<__mmask8>(0xFFU << static_cast<unsigned>(first)), lanes);
}
#else
Lanes from_lane(Lanes lanes, Index first) {
  using Bits = std::int64_t __attribute__((vector_size(kLanes * sizeof(double))));
  alignas(32) static constexpr std::int64_t kKept[2 * 4] = {0, 0, 0, 0, -1, -1, -1, -1};
  Bits mask;
  std::memcpy(&mask, kKept + 4 - first, sizeof mask);
  return reinterpret_cast<Lanes>(reinterpret_cast<Bits>(lanes) & mask);
}
#endif

/// Columns [j, j + C) from row `from` on: product += m x and, for the rows, sums += m' x, lane by lane.
/// Returns the first row that was left out.
template <Index C>
Index times_below(const double* m, Index d, Index j, Index from, const double* x, double* product,
                  Lanes* sums) {
  Lanes factors[C];
  for (Index c = 0; c < C; ++c) {
    factors[c] = x[j + c] - Lanes{};
  }
  Index i = from;
  for (; i + kLanes <= d; i += kLanes) {
    const Lanes at = load(x + i);
    Lanes row{};  // and the product last: what waits for the columns before waits once
    if (d >= kFar && (i & (kLineBytes / 8 - 1)) < kLanes) {
      for (Index c = 0; c < C; ++c) {
        __builtin_prefetch(m + (C + c) * d + i);  // the same rows of the next columns
      }
    }
    for (Index c = 0; c < C; ++c) {
      const Lanes element = load(m + c * d + i);
      row += element * factors[c];
      sums[c] += element * at;
    }
    store(product + i, load(product + i) + row);
  }
  if (kMasked && i < d) {
    const Lanes at = load(x + i, d - i);
    Lanes row{};
    for (Index c = 0; c < C; ++c) {
      const Lanes element = load(m + c * d + i, d - i);
      row += element * factors[c];
      sums[c] += element * at;
    }
    store(product + i, load(product + i, d - i) + row, d - i);
    i = d;
  }
  return i;
}

/// As many columns as a register has lanes: the square that they begin with is one more row of registers.
void times_square(const double* m, Index d, Index j, const double* x, double* product) {
  Lanes sums[kLanes];
  const Lanes at = load(x + j);
  Lanes row{};
  for (Index c = 0; c < kLanes; ++c) {
    const Lanes element = load(m + c * d + j);
    row += from_lane(element, c) * x[j + c];
    sums[c] = from_lane(element, c + 1) * at;
  }
  Index i = times_below<kLanes>(m, d, j, j + kLanes, x, product, sums);
  row += sums_of(sums);
  for (; i < d; ++i) {
    Lanes element;
    for (Index c = 0; c < kLanes; ++c) {
      element[c] = m[c * d + i];
    }
    product[i] += sum(element * at);
    row += element * x[i];
  }
  store(product + j, load(product + j) + row);
}

template <Index C>
void times_columns(const double* m, Index d, Index j, const double* x, double* product) {
  if constexpr (C == kLanes) {
    times_square(m, d, j, x, product);
    return;
  }
  Lanes sums[C] = {};
  Index below = times_below<C>(m, d, j, j + C, x, product, sums);
  double dots[C];
  for (Index c = 0; c < C; ++c) {
    dots[c] = sum(sums[c]);
  }
  for (; below < d; ++below) {
    for (Index c = 0; c < C; ++c) {
      product[below] += m[c * d + below] * x[j + c];
      dots[c] += m[c * d + below] * x[below];
    }
  }
  for (Index c = 0; c < C; ++c) {
    product[j + c] += dots[c] + m[c * d + j + c] * x[j + c];
    for (Index i = c + 1; i < C; ++i) {
      product[j + i] += m[c * d + j + i] * x[j + c];
      product[j + c] += m[c * d + j + i] * x[j + i];
    }
  }
}

/// sum over columns [j, j + C) of x_j (m_jj x_j + 2 sum_{i>j} m_ij x_i)
template <Index C>
double quadratic_columns(const double* m, Index d, Index j, const double* x) {
  Lanes sums[C] = {};
  Index i = j + C;
  if constexpr (C == kLanes) {  // the square, too
    const Lanes at = load(x + j);
    for (Index c = 0; c < C; ++c) {
      const Lanes element = load(m + c * d + j);
      sums[c] = (from_lane(element, c) + from_lane(element, c + 1)) * at;
    }
    for (Index c = 0; c < C; ++c) {
      sums[c] *= 0.5;
    }
  }
  for (; i + kLanes <= d; i += kLanes) {
    const Lanes at = load(x + i);
    for (Index c = 0; c < C; ++c) {
      sums[c] += load(m + c * d + i) * at;
    }
  }
  if (kMasked && i < d) {
    const Lanes at = load(x + i, d - i);
    for (Index c = 0; c < C; ++c) {
      sums[c] += load(m + c * d + i, d - i) * at;
    }
    i = d;
  }
  if constexpr (C == kLanes) {
    Lanes rest = sums_of(sums);
    for (; i < d; ++i) {
      for (Index c = 0; c < C; ++c) {
        rest[c] += m[c * d + i] * x[i];
      }
    }
    return 2.0 * sum(load(x + j) * rest);
  }
  double square = 0.0;
  for (Index c = 0; c < C; ++c) {
    double rest = sum(sums[c]);
    for (Index r = i; r < d; ++r) {
      rest += m[c * d + r] * x[r];
    }
    for (Index r = j + c + 1; r < j + C; ++r) {
      rest += m[c * d + r] * x[r];
    }
    square += x[j + c] * (m[c * d + j + c] * x[j + c] + 2.0 * rest);
  }
  return square;
}

/// max(|lanes|, most), lane by lane
Lanes larger(Lanes most, Lanes lanes) {
#if defined(__AVX512F__)
  return _mm512_max_pd(_mm512_abs_pd(lanes), most);
#elif defined(__AVX__)
  return _mm256_max_pd(_mm256_andnot_pd(_mm256_set1_pd(-0.0), lanes), most);
#elif defined(__SSE2__)
  return _mm_max_pd(_mm_andnot_pd(_mm_set1_pd(-0.0), lanes), most);
#else
  const Lanes sizes = lanes < 0.0 ? -lanes : lanes;
  return sizes > most ? sizes : most;
#endif
}

/// Where a sum begins: with what is there.
struct Dense {
  static Lanes lanes(const double* there, Index /*c*/, Index /*i*/) { return load(there); }
  static Lanes lanes(const double* there, Index /*c*/, Index /*i*/, Index n) { return load(there, n); }
  static double element(const double* there, Index /*c*/, Index /*i*/) { return *there; }
};

/// What is looked at of sums, on their way: nothing,
struct Unseen {
  void see(Index /*column*/, Lanes /*lanes*/) {}
  void see(Lanes /*lanes*/, Index /*n*/) {}
  void see(double /*element*/) {}
};

/// or their largest size.
struct Largest {
  static constexpr Index kApart = kLanes < 4 ? 2 : 4;  // so that one need not wait for the last
  Lanes most[kApart] = {};
  double alone = 0.0;

  void see(Index column, Lanes lanes) { most[column % kApart] = larger(most[column % kApart], lanes); }
  void see(Lanes lanes, Index n) {  // of the first n
    double rows[kLanes];
    store(rows, lanes);
    for (Index l = 0; l < n; ++l) {
      see(rows[l]);
    }
  }
  void see(double element) {
    const double size = __builtin_fabs(element);
    alone = size > alone ? size : alone;
  }
  [[nodiscard]] double of_all() const {
    double greatest = alone;
    for (const Lanes& lanes : most) {
      for (Index l = 0; l < kLanes; ++l) {
        greatest = lanes[l] > greatest ? lanes[l] : greatest;
      }
    }
    return greatest;
  }
};

/// Columns [j, j + C) from row `from` on, `Rows` vectors of rows at a time. Rows of the square that they
/// begin with are not seen.
template <Index C, Index Rows, class Start, class Seen>
[[gnu::always_inline]] inline Index add_columns(double* m, Start start, Index d, Index j, Index from,
                                                const double* terms, Index n, const double* coefficients,
                                                Seen& seen) {
  Index i = from;
  for (; i + Rows * kLanes <= d; i += Rows * kLanes) {
    Lanes sums[C][Rows] = {};
    for (Index t = 0; t < n; ++t) {
      for (Index r = 0; r < Rows; ++r) {
        const Lanes u = load(terms + t * d + i + r * kLanes);
        for (Index c = 0; c < C; ++c) {
          sums[c][r] += u * coefficients[t * C + c];
        }
      }
    }
    for (Index c = 0; c < C; ++c) {
      for (Index r = 0; r < Rows; ++r) {
        const Index row = i + r * kLanes;
        double* there = m + (j + c) * d + row;
        const Lanes sum = start.lanes(there, c, row) + sums[c][r];
        store(there, sum);
        if (row >= j + C) {
          seen.see(c, sum);
        } else if constexpr (C < kLanes) {
          seen.see(c, from_lane(sum, C));
        }
      }
    }
  }
  return i;
}

template <Index C, class Start, class Seen>
[[gnu::always_inline]] inline void add_columns(double* m, Start start, Index d, Index j, double sign,
                                               const double* terms, Index n, Seen& seen) {
  double coefficients[C * kMostTerms];
  for (Index t = 0; t < n; ++t) {
    for (Index c = 0; c < C; ++c) {
      coefficients[t * C + c] = sign * terms[t * d + j + c];
    }
  }
  Index i = add_columns<C, 2>(m, start, d, j, j, terms, n, coefficients, seen);
  i = add_columns<C, 1>(m, start, d, j, i, terms, n, coefficients, seen);
  if (kMasked && i < d) {
    Lanes sums[C] = {};
    for (Index t = 0; t < n; ++t) {
      const Lanes u = load(terms + t * d + i, d - i);
      for (Index c = 0; c < C; ++c) {
        sums[c] += u * coefficients[t * C + c];
      }
    }
    for (Index c = 0; c < C; ++c) {
      double* there = m + (j + c) * d + i;
      const Lanes sum = start.lanes(there, c, i, d - i) + sums[c];
      store(there, sum, d - i);
      if (i >= j + C) {
        seen.see(sum, d - i);
      } else if constexpr (C < kLanes) {
        seen.see(from_lane(sum, C), d - i);
      }
    }
    i = d;
  }
  for (; i < d; ++i) {
    for (Index c = 0; c < C; ++c) {
      double sum = 0.0;
      for (Index t = 0; t < n; ++t) {
        sum += terms[t * d + i] * coefficients[t * C + c];
      }
      double* there = m + (j + c) * d + i;
      *there = start.element(there, c, i) + sum;
      if (i >= j + C) {
        seen.see(*there);
      }
    }
  }
  for (Index c = 0; c < C; ++c) {  // of the square what is below the diagonal
    if constexpr (C == kLanes) {
      seen.see(c, from_lane(load(m + (j + c) * d + j), c + 1));
    } else {
      for (Index r = c + 1; r < C; ++r) {
        seen.see(m[(j + c) * d + j + r]);
      }
    }
  }
}

void times(const double* m, Index d, const double* x, double* out) {
  for (Index i = 0; i < d; ++i) {
    out[i] = 0.0;
  }
  Index j = 0;
  for (; j + kColumns <= d; j += kColumns) {
    times_columns<kColumns>(m + j * d, d, j, x, out);
  }
  for (; j < d; ++j) {
    times_columns<1>(m + j * d, d, j, x, out);
  }
}

double quadratic(const double* m, Index d, const double* x) {
  double square = 0.0;
  Index j = 0;
  for (; j + kColumns <= d; j += kColumns) {
    square += quadratic_columns<kColumns>(m + j * d, d, j, x);
  }
  for (; j < d; ++j) {
    square += quadratic_columns<1>(m + j * d, d, j, x);
  }
  return square;
}

void add(double* m, Index d, Index first, Index last, double sign, const double* u, Index n) {
  Unseen seen;
  Index j = first;
  for (; j + kColumns <= last; j += kColumns) {
    add_columns<kColumns>(m, Dense{}, d, j, sign, u, n, seen);
  }
  for (; j < last; ++j) {
    add_columns<1>(m, Dense{}, d, j, sign, u, n, seen);
  }
}

double largest(const double* m, Index d, Index first, Index last) {
  constexpr Index kParts = kLanes < 4 ? kLanes : 4;
  Lanes most[kParts] = {};
  double rest = 0.0;
  Index j = first;
  for (; j + kLanes <= last; j += kLanes) {
    const double* columns = m + j * d;
    for (Index c = 0; c < kLanes; ++c) {
      most[c % kParts] = larger(most[c % kParts], from_lane(load(columns + c * d + j), c + 1));
    }
    Index i = j + kLanes;
    for (; i + kLanes <= d; i += kLanes) {
      for (Index c = 0; c < kLanes; ++c) {
        most[c % kParts] = larger(most[c % kParts], load(columns + c * d + i));
      }
    }
    for (Index c = 0; kMasked && i < d && c < kLanes; ++c) {
      most[c % kParts] = larger(most[c % kParts], load(columns + c * d + i, d - i));
    }
    for (Index c = 0; !kMasked && c < kLanes; ++c) {
      for (Index r = i; r < d; ++r) {
        const double size = __builtin_fabs(columns[c * d + r]);
        rest = size > rest ? size : rest;
      }
    }
  }
  for (; j < last; ++j) {
    for (Index i = j + 1; i < d; ++i) {
      const double size = __builtin_fabs(m[j * d + i]);
      rest = size > rest ? size : rest;
    }
  }
  for (const Lanes& lanes : most) {
    for (Index l = 0; l < kLanes; ++l) {
      rest = lanes[l] > rest ? lanes[l] : rest;
    }
  }
  return rest;
}

double dot(const double* x, const double* y, Index n) {
  Lanes even{};
  Lanes odd{};
  Index i = 0;
  for (; i + 2 * kLanes <= n; i += 2 * kLanes) {
    even += load(x + i) * load(y + i);
    odd += load(x + i + kLanes) * load(y + i + kLanes);
  }
  if (kMasked && i < n) {
    for (; i + kLanes <= n; i += kLanes) {
      even += load(x + i) * load(y + i);
    }
    odd += load(x + i, n - i) * load(y + i, n - i);
    i = n;
  }
  double total = sum(even + odd);
  for (; i < n; ++i) {
    total += x[i] * y[i];
  }
  return total;
}

void tail_dots(const double* x, const double* y, Index first, Index a, Index b, Index n, double* out) {
  constexpr Index kParts = 4;
  Lanes sums[kParts] = {};
  const auto run = [&](Index from, Index to) {
    Index i = from;
    for (; i + kParts * kLanes <= to; i += kParts * kLanes) {
      for (Index part = 0; part < kParts; ++part) {
        sums[part] += load(x + i + part * kLanes) * load(y + i + part * kLanes);
      }
    }
    for (; i < to; i += kLanes) {
      sums[0] += load(x + i) * load(y + i);
    }
    return sum((sums[0] + sums[1]) + (sums[2] + sums[3]));
  };
  const Index whole = n / kTileColumns * kTileColumns;
  double rest = 0.0;
  for (Index i = whole; i < n; ++i) {
    rest += x[i] * y[i];
  }
  const Index from_a = a < n ? a : whole;
  const Index from_b = b < n ? b : whole;
  out[0] = run(from_b, whole) + (b < n ? rest : 0.0);
  out[1] = run(from_a, from_b) + (a < n ? rest : 0.0);
  out[2] = run(first < n ? first : whole, from_a) + (first < n ? rest : 0.0);
}

}  // namespace

}  // namespace pilotage
