// Streaming quantiles of positive ratios: reward per dollar, actual over expected length.
//
// A histogram over log2(ratio), eight buckets an octave: any quantile is right to within a
// factor of 2^(1/16) = 1.044 of some observed ratio. Adding is O(1), reading O(buckets), memory fixed.
#pragma once

#include <array>
#include <cstdint>

namespace pilotage {

class RatioQuantiles {
 public:
  /// Counts one ratio; ignored unless ratio > 0 and finite.
  void add(double ratio);

  /// Every ratio added so far counts half, rounded down within a bucket.
  void halve();

  /// The ratio below which a share q in [0, 1] of those added lie. count() must be > 0.
  [[nodiscard]] double quantile(double q) const;

  [[nodiscard]] std::int64_t count() const { return count_; }

 private:
  static constexpr int kBucketsPerOctave = 8;
  static constexpr int kLowestOctave = -32;  // ratios from 2e-10 ...
  static constexpr int kOctaves = 80;        // ... to 3e14
  std::array<std::int64_t, static_cast<std::size_t>(kOctaves* kBucketsPerOctave)> buckets_{};
  std::int64_t count_ = 0;
};

}  // namespace pilotage
