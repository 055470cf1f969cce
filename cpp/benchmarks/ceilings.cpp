// The machine's ceilings, of one thread: `pilotage_ceilings`, see `make roofline`.
//
// Prints one JSON object. For every instruction set that the machine has,
//
//   float64, int16   GB/s of reading memory, by the size of what is read over and over: summed in float64; in
//                    16 bits multiplied and summed in pairs, as a mirror is
//   peak             operations a nanosecond from registers alone: a multiplication and an addition are two
//
// and the kernels that the core has chosen. The best of some repetitions: a ceiling is what was reached once.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "pilotage/kernels.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t kSmallest = std::size_t{1} << 14;  // bytes
constexpr std::size_t kLargest = std::size_t{1} << 30;
constexpr int kRepetitions = 9;
constexpr double kAtLeast = 5e5;                // nanoseconds a repetition
constexpr std::int64_t kSteps = 200'000;        // of a peak
constexpr std::int64_t kRegisters = 12;         // independent sums: enough to hide the latency
constexpr std::int64_t kOperationsADouble = 2;  // a multiplication, an addition

/// Reads `bytes`, a multiple of 1024, from `data`.
using Read = double (*)(const char* data, std::size_t bytes);

/// Some operations from registers, and how many.
using Peak = std::int64_t (*)();

struct Isa {
  const char* name;
  Read float64;
  Read int16;
  Peak float64_peak;
  Peak int16_peak;
};

template <class Vector>
void keep(Vector& vector) {
#if defined(__x86_64__)
  asm volatile("" : "+x"(vector));
#else
  asm volatile("" : "+g"(vector));
#endif
}

#if defined(__x86_64__)

#define PILOTAGE_V3 [[gnu::target("avx2,fma")]]
#define PILOTAGE_V4 [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]]

PILOTAGE_V3 double read_float64_v3(const char* data, std::size_t bytes) {
  __m256d sums[8] = {};
  for (std::size_t at = 0; at < bytes; at += sizeof sums) {
    for (std::size_t s = 0; s < 8; ++s) {
      sums[s] += _mm256_loadu_pd(reinterpret_cast<const double*>(data + at) + 4 * s);
    }
  }
  for (std::size_t s = 1; s < 8; ++s) {
    sums[0] += sums[s];
  }
  return _mm256_cvtsd_f64(sums[0]);
}

PILOTAGE_V3 double read_int16_v3(const char* data, std::size_t bytes) {
  __m256i sums[8] = {};
  __m256i by = _mm256_set1_epi16(3);
  keep(by);
  for (std::size_t at = 0; at < bytes; at += sizeof sums) {
    const auto* vectors = reinterpret_cast<const __m256i*>(data + at);
    for (std::size_t s = 0; s < 8; ++s) {
      sums[s] = _mm256_add_epi32(sums[s], _mm256_madd_epi16(_mm256_loadu_si256(vectors + s), by));
    }
  }
  for (std::size_t s = 1; s < 8; ++s) {
    sums[0] = _mm256_add_epi32(sums[0], sums[s]);
  }
  return _mm256_cvtsi256_si32(sums[0]);
}

PILOTAGE_V3 std::int64_t float64_peak_v3() {
  __m256d sums[kRegisters] = {};
  __m256d by = _mm256_set1_pd(0.5);
  keep(by);
  for (std::int64_t step = 0; step < kSteps; ++step) {
    for (__m256d& sum : sums) {
      sum = _mm256_fmadd_pd(sum, by, by);
      keep(sum);
    }
  }
  return kSteps * kRegisters * 4 * kOperationsADouble;
}

PILOTAGE_V3 std::int64_t int16_peak_v3() {
  __m256i sums[kRegisters] = {};
  __m256i by = _mm256_set1_epi16(3);
  keep(by);
  for (std::int64_t step = 0; step < kSteps; ++step) {
    for (__m256i& sum : sums) {
      __m256i factors = by;
      keep(factors);
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(factors, by));
      keep(sum);
    }
  }
  return kSteps * kRegisters * 32;  // 16 products; 8 sums of pairs; 8 sums
}

PILOTAGE_V4 double read_float64_v4(const char* data, std::size_t bytes) {
  __m512d sums[8] = {};
  for (std::size_t at = 0; at < bytes; at += sizeof sums) {
    for (std::size_t s = 0; s < 8; ++s) {
      sums[s] += _mm512_loadu_pd(reinterpret_cast<const double*>(data + at) + 8 * s);
    }
  }
  for (std::size_t s = 1; s < 8; ++s) {
    sums[0] += sums[s];
  }
  return _mm512_cvtsd_f64(sums[0]);
}

PILOTAGE_V4 double read_int16_v4(const char* data, std::size_t bytes) {
  __m512i sums[8] = {};
  __m512i by = _mm512_set1_epi16(3);
  keep(by);
  for (std::size_t at = 0; at < bytes; at += sizeof sums) {
    const auto* vectors = reinterpret_cast<const __m512i*>(data + at);
    for (std::size_t s = 0; s < 8; ++s) {
      sums[s] = _mm512_add_epi32(sums[s], _mm512_madd_epi16(_mm512_loadu_si512(vectors + s), by));
    }
  }
  for (std::size_t s = 1; s < 8; ++s) {
    sums[0] = _mm512_add_epi32(sums[0], sums[s]);
  }
  return _mm512_cvtsi512_si32(sums[0]);
}

PILOTAGE_V4 std::int64_t float64_peak_v4() {
  __m512d sums[kRegisters] = {};
  __m512d by = _mm512_set1_pd(0.5);
  keep(by);
  for (std::int64_t step = 0; step < kSteps; ++step) {
    for (__m512d& sum : sums) {
      sum = _mm512_fmadd_pd(sum, by, by);
      keep(sum);
    }
  }
  return kSteps * kRegisters * 8 * kOperationsADouble;
}

PILOTAGE_V4 std::int64_t int16_peak_v4() {
  __m512i sums[kRegisters] = {};
  __m512i by = _mm512_set1_epi16(3);
  keep(by);
  for (std::int64_t step = 0; step < kSteps; ++step) {
    for (__m512i& sum : sums) {
      __m512i factors = by;
      keep(factors);
      sum = _mm512_add_epi32(sum, _mm512_madd_epi16(factors, by));
      keep(sum);
    }
  }
  return kSteps * kRegisters * 64;
}

std::vector<Isa> isas() {
  std::vector<Isa> found;
  if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0) {
    found.push_back({"v3", read_float64_v3, read_int16_v3, float64_peak_v3, int16_peak_v3});
  }
  if (__builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
      __builtin_cpu_supports("avx512vl") != 0) {
    found.push_back({"v4", read_float64_v4, read_int16_v4, float64_peak_v4, int16_peak_v4});
  }
  return found;
}

#else

std::vector<Isa> isas() { return {}; }

#endif

/// Calls a nanosecond, of one repetition.
template <class Call>
double pace(Call call) {
  std::int64_t calls = 0;
  double spent = 0.0;
  const auto start = Clock::now();
  do {
    call();
    ++calls;
    spent = std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  } while (spent < kAtLeast);
  return static_cast<double>(calls) / spent;
}

/// GB/s.
double bandwidth(Read read, const char* data, std::size_t bytes) {
  volatile double sink = read(data, bytes);
  // The clock is looked at once in 256 KB, which hides it.
  const std::size_t times = std::max<std::size_t>(1, (std::size_t{1} << 18) / bytes);
  return static_cast<double>(bytes * times) * pace([&] {
           for (std::size_t t = 0; t < times; ++t) {
             sink = read(data, bytes);
           }
         });
}

/// Operations a nanosecond.
double rate(Peak peak) {
  std::int64_t operations = 0;
  const double calls = pace([&] { operations = peak(); });
  return static_cast<double>(operations) * calls;
}

struct Ceilings {
  std::vector<double> float64;  // by size
  std::vector<double> int16;
  double float64_peak = 0.0;
  double int16_peak = 0.0;
};

void raise(double& ceiling, double reached) { ceiling = std::max(ceiling, reached); }

void measure(const Isa& isa, const std::vector<char>& data, Ceilings& ceilings) {
  raise(ceilings.float64_peak, rate(isa.float64_peak));
  raise(ceilings.int16_peak, rate(isa.int16_peak));
  for (std::size_t i = 0; kSmallest << i <= data.size(); ++i) {
    ceilings.float64.resize(std::max(ceilings.float64.size(), i + 1));
    ceilings.int16.resize(ceilings.float64.size());
    raise(ceilings.float64[i], bandwidth(isa.float64, data.data(), kSmallest << i));
    raise(ceilings.int16[i], bandwidth(isa.int16, data.data(), kSmallest << i));
  }
}

void print_reads(const char* name, const std::vector<double>& reads) {
  std::printf("\"%s\": [", name);
  for (std::size_t i = 0; i < reads.size(); ++i) {
    std::printf("%s[%zu, %.2f]", i == 0 ? "" : ", ", kSmallest << i, reads[i]);
  }
  std::printf("], ");
}

}  // namespace

int main() {
  const std::vector<char> data(kLargest, 1);
  const std::vector<Isa> known = isas();
  if (known.empty()) {
    std::fprintf(stderr, "ceilings are measured with AVX2 or AVX-512, and this machine has neither\n");
    return 1;
  }
  std::vector<Ceilings> found(known.size());
  // Everything by turns: a slow moment of the machine does not meet one size alone.
  for (int r = 0; r < kRepetitions; ++r) {
    for (std::size_t i = 0; i < known.size(); ++i) {
      measure(known[i], data, found[i]);
    }
  }
  std::printf("{\"kernels\": \"%s\", \"isas\": {", std::string(pilotage::kernels().isa).c_str());
  for (std::size_t i = 0; i < known.size(); ++i) {
    std::printf("%s\"%s\": {", i == 0 ? "" : ", ", known[i].name);
    print_reads("float64", found[i].float64);
    print_reads("int16", found[i].int16);
    std::printf("\"peak\": {\"float64\": %.2f, \"int16\": %.2f}}", found[i].float64_peak,
                found[i].int16_peak);
  }
  std::printf("}}\n");
  return 0;
}
