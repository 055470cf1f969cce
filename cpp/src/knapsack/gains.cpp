#include "gains.hpp"

#include <array>
#include <cmath>
#include <numeric>

namespace pilotage::knapsack {
namespace {

/// Halves, thirds and so on come from means over a few judges; tenths and so on from rounding.
constexpr std::array kDenominators{1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 12.0, 100.0, 1e3, 1e4};

constexpr double kRounding = 0x1p-50;  // of a value: 0.1 + 0.2 counts as 0.3 ...
constexpr double kSmall = 0x1p30;      // ... but not where the unit is little more than the rounding

bool divides(const Problem& problem, double denominator) {
  const double most = std::ldexp(1.0, kGainBits - 2) / static_cast<double>(problem.prompts());
  for (Index i = 0; i < problem.prompts(); ++i) {
    problem.poll(i);
    for (Index k = 0; k < problem.models(); ++k) {
      const double value = problem.value(i, k);
      const double numerator = std::nearbyint(value * denominator);
      const double error = std::abs(numerator / denominator - value);
      const double allowed = std::abs(numerator) <= kSmall ? kRounding * std::abs(value) : 0.0;
      if (!(error <= allowed && std::abs(numerator) <= most)) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace

std::optional<Fraction> Fraction::of(const Problem& problem) {
  for (const double denominator : kDenominators) {
    if (!divides(problem, denominator)) {
      continue;
    }
    Fraction out(denominator);
    const auto numerator = [&](Index i, Index k) { return std::llrint(problem.value(i, k) * denominator); };
    for (Index i = 0; i < problem.prompts() && out.divisor_ != 1; ++i) {
      for (Index k = 1; k < problem.choices(); ++k) {
        out.divisor_ = std::gcd(out.divisor_, numerator(i, k) - numerator(i, 0));
      }
    }
    out.divisor_ = std::max<std::int64_t>(out.divisor_, 1);
    return out;
  }
  return std::nullopt;
}

Gain Fraction::gain(double value, double centre) const {
  return (std::llrint(value * denominator_) - std::llrint(centre * denominator_)) / divisor_;
}

BinaryScale::BinaryScale(double total) : exponent_(kGainBits - 1 - std::ilogb(total)) {}

double BinaryScale::unit() const { return std::ldexp(1.0, -exponent_); }

Gain BinaryScale::gain(double value, double centre) const {
  return std::llrint(std::ldexp(value - centre, exponent_));
}

}  // namespace pilotage::knapsack
