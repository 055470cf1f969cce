// Compiled once for each instruction set, which PILOTAGE_ISA names.
#include <immintrin.h>

#include "ceilings.hpp"

namespace pilotage::ceilings {

namespace {

constexpr std::int64_t kSteps = 200'000;  // of a peak
constexpr std::int64_t kRegisters = 12;   // independent sums: enough to hide the latency

#if defined(__AVX512BW__)
using Doubles = __m512d;
using Integers = __m512i;
Doubles load(const double* from) { return _mm512_loadu_pd(from); }
Integers load(const Integers* from) { return _mm512_loadu_si512(from); }
Doubles all(double value) { return _mm512_set1_pd(value); }
Integers all(std::int16_t value) { return _mm512_set1_epi16(value); }
Doubles fused(Doubles x, Doubles y, Doubles z) { return _mm512_fmadd_pd(x, y, z); }
Integers add(Integers x, Integers y) { return _mm512_add_epi32(x, y); }
Integers paired(Integers x, Integers y) { return _mm512_madd_epi16(x, y); }
double first(Doubles x) { return _mm512_cvtsd_f64(x); }
double first(Integers x) { return _mm512_cvtsi512_si32(x); }
#else
using Doubles = __m256d;
using Integers = __m256i;
Doubles load(const double* from) { return _mm256_loadu_pd(from); }
Integers load(const Integers* from) { return _mm256_loadu_si256(from); }
Doubles all(double value) { return _mm256_set1_pd(value); }
Integers all(std::int16_t value) { return _mm256_set1_epi16(value); }
Doubles fused(Doubles x, Doubles y, Doubles z) { return _mm256_fmadd_pd(x, y, z); }
Integers add(Integers x, Integers y) { return _mm256_add_epi32(x, y); }
Integers paired(Integers x, Integers y) { return _mm256_madd_epi16(x, y); }
double first(Doubles x) { return _mm256_cvtsd_f64(x); }
double first(Integers x) { return _mm256_cvtsi256_si32(x); }
#endif

constexpr std::int64_t kBytes = sizeof(Doubles);

template <class Vector>
void keep(Vector& vector) {
  asm volatile("" : "+x"(vector));
}

double read_float64(const char* data, std::size_t bytes) {
  Doubles sums[8] = {};
  for (std::size_t at = 0; at < bytes; at += sizeof sums) {
    const auto* numbers = reinterpret_cast<const double*>(data + at);
    for (std::size_t s = 0; s < 8; ++s) {
      sums[s] += load(numbers + s * sizeof(Doubles) / sizeof(double));
    }
  }
  for (std::size_t s = 1; s < 8; ++s) {
    sums[0] += sums[s];
  }
  return first(sums[0]);
}

double read_int16(const char* data, std::size_t bytes) {
  Integers sums[8] = {};
  Integers by = all(std::int16_t{3});
  keep(by);
  for (std::size_t at = 0; at < bytes; at += sizeof sums) {
    const auto* vectors = reinterpret_cast<const Integers*>(data + at);
    for (std::size_t s = 0; s < 8; ++s) {
      sums[s] = add(sums[s], paired(load(vectors + s), by));
    }
  }
  for (std::size_t s = 1; s < 8; ++s) {
    sums[0] = add(sums[0], sums[s]);
  }
  return first(sums[0]);
}

std::int64_t float64_peak() {
  Doubles sums[kRegisters] = {};
  Doubles by = all(0.5);
  keep(by);
  for (std::int64_t step = 0; step < kSteps; ++step) {
    for (Doubles& sum : sums) {
      sum = fused(sum, by, by);
      keep(sum);
    }
  }
  return kSteps * kRegisters * kBytes / 8 * 2;
}

std::int64_t int16_peak() {
  Integers sums[kRegisters] = {};
  Integers by = all(std::int16_t{3});
  keep(by);
  for (std::int64_t step = 0; step < kSteps; ++step) {
    for (Integers& sum : sums) {
      Integers factors = by;
      keep(factors);
      sum = add(sum, paired(factors, by));
      keep(sum);
    }
  }
  return kSteps * kRegisters * kBytes / 2 * 2;  // products; half as many sums of pairs, and sums
}

}  // namespace

#define PILOTAGE_JOIN_(a, b) a##b
#define PILOTAGE_JOIN(a, b) PILOTAGE_JOIN_(a, b)
#define PILOTAGE_TEXT_(a) #a
#define PILOTAGE_TEXT(a) PILOTAGE_TEXT_(a)

extern const Isa PILOTAGE_JOIN(kIsa_, PILOTAGE_ISA);
const Isa PILOTAGE_JOIN(kIsa_, PILOTAGE_ISA){PILOTAGE_TEXT(PILOTAGE_ISA), read_float64, read_int16,
                                             float64_peak, int16_peak};

}  // namespace pilotage::ceilings
