// What is measured of one instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pilotage::ceilings {

struct Isa {
  const char* name;
  /// Reads `bytes`, a multiple of 1024, from `data`: summed in float64.
  double (*float64)(const char* data, std::size_t bytes);
  /// The same, in 16 bits multiplied and summed in pairs, as a mirror is.
  double (*int16)(const char* data, std::size_t bytes);
  /// Some operations from registers, and how many: a multiplication and an addition are two.
  std::int64_t (*float64_peak)();
  std::int64_t (*int16_peak)();
};

extern const Isa kIsa_v3;  // AVX2, FMA
extern const Isa kIsa_v4;  // AVX-512

}  // namespace pilotage::ceilings
