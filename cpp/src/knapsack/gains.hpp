// Values as integers, so that sums are exact, ties are ties and bounds may be rounded down.
#pragma once

#include <cstdint>
#include <optional>

#include "problem.hpp"

namespace pilotage::knapsack {

using Gain = std::int64_t;  // a difference of values, in units; whatever is ever summed stays below 2^60

inline constexpr int kGainBits = 60;

/// The coarsest unit of which every difference between two values of a prompt is an exact multiple, looked
/// for among multiples of simple fractions. A value stands for the fraction it is the nearest float64 of: 0.1
/// is one tenth.
class Fraction {
 public:
  /// Nothing when the values have no such unit, or sums of them could reach 2^kGainBits.
  static std::optional<Fraction> of(const Problem& problem);

  [[nodiscard]] double unit() const { return static_cast<double>(divisor_) / denominator_; }
  [[nodiscard]] Gain gain(double value, double centre) const;

 private:
  explicit Fraction(double denominator) : denominator_(denominator) {}
  double denominator_;
  std::int64_t divisor_ = 0;  // greatest common divisor of the numerators' differences
};

/// Differences rounded to a power of two so small that `total`, the sum of all prompts' largest differences,
/// is just below 2^kGainBits.
class BinaryScale {
 public:
  explicit BinaryScale(double total);  // > 0

  [[nodiscard]] double unit() const;
  [[nodiscard]] Gain gain(double value, double centre) const;

 private:
  int exponent_;  // unit = 2^-exponent
};

}  // namespace pilotage::knapsack
