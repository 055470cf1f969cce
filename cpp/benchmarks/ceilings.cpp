// The machine's ceilings, of one thread: `pilotage_ceilings`, see `make roofline`.
//
// Prints one JSON object. For every instruction set that the machine has,
//
//   float64, int16   GB/s of reading memory, by the size of what is read over and over: summed in float64; in
//                    16 bits multiplied and summed in pairs, as a mirror is
//   peak             operations a nanosecond from registers alone: a multiplication and an addition are two
//
// and the kernels that the core has chosen. The best of some repetitions: a ceiling is what was reached once.
#include "ceilings.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "pilotage/kernels.hpp"

using Clock = std::chrono::steady_clock;
using pilotage::ceilings::Isa;

namespace {

constexpr std::size_t kSmallest = std::size_t{1} << 14;  // bytes
constexpr std::size_t kLargest = std::size_t{1} << 30;
constexpr int kRepetitions = 9;
constexpr double kAtLeast = 5e5;  // nanoseconds a repetition

#if defined(__x86_64__)

std::vector<Isa> isas() {
  std::vector<Isa> found;
  if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0) {
    found.push_back(pilotage::ceilings::kIsa_v3);
  }
  if (__builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
      __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0) {
    found.push_back(pilotage::ceilings::kIsa_v4);
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
double bandwidth(decltype(Isa::float64) read, const char* data, std::size_t bytes) {
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
double rate(decltype(Isa::float64_peak) peak) {
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
