// From 16 and 32 bits to float64, and back to 32.
#pragma once

#include "pilotage/kernels.hpp"
#include "triangle.hpp"

namespace pilotage {

namespace {

/// As many as a register has lanes, in float64.
Lanes wide(const std::int16_t* k) {
#if defined(__AVX512F__)
  return _mm512_cvtepi64_pd(_mm512_cvtepi16_epi64(_mm_loadu_si128(reinterpret_cast<const __m128i*>(k))));
#elif defined(__AVX2__)
  return _mm256_cvtepi32_pd(_mm_cvtepi16_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(k))));
#else
  Lanes lanes;
  for (Index l = 0; l < kLanes; ++l) {
    lanes[l] = k[l];
  }
  return lanes;
#endif
}

Lanes wide(const float* r) {
#if defined(__AVX512F__)
  return _mm512_cvtps_pd(_mm256_loadu_ps(r));
#elif defined(__AVX2__)
  return _mm256_cvtps_pd(_mm_loadu_ps(r));
#else
  Lanes lanes;
  for (Index l = 0; l < kLanes; ++l) {
    lanes[l] = r[l];
  }
  return lanes;
#endif
}

void store_narrow(float* to, Lanes lanes) {
#if defined(__AVX512F__)
  _mm256_storeu_ps(to, _mm512_cvtpd_ps(lanes));
#elif defined(__AVX2__)
  _mm_storeu_ps(to, _mm256_cvtpd_ps(lanes));
#else
  for (Index l = 0; l < kLanes; ++l) {
    to[l] = static_cast<float>(lanes[l]);
  }
#endif
}

}  // namespace

}  // namespace pilotage
