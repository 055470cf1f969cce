#include "pilotage/input_estimates.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <stdexcept>

#include "pilotage/errors.hpp"

namespace pilotage {

namespace {

constexpr double kUsualPrompt = 256.0;      // tokens: a usual prompt
constexpr double kLeastOfEstimate = 0.125;  // of an estimate
constexpr double kMostTokens = 1e9;         // tokens: what is said to be longer is no call's input
constexpr double kInputForgetting = 0.998;  // gamma: what a settlement leaves of those before
constexpr double kHeaviest = 1.125;

/// What 19 of 20 do not exceed; the largest of fewer than 20.
double high_of(std::span<double> values) {
  const std::size_t rank = (values.size() * 19 + 19) / 20 - 1;
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(rank);
  std::ranges::nth_element(values, place);
  return *place;
}

}  // namespace

InputEstimates::InputEstimates()
    : line_(ModelPrior(Matrix::Identity(2, 2), Vector::Unit(2, 1)), kRefactorEvery, Widths::kInFull),
      workspace_(2) {}

double InputEstimates::expected(double estimate) const {
  // tokens(e) = a + b e
  return std::max(line_.theta()[0] * kUsualPrompt + line_.theta()[1] * estimate, kLeastOfEstimate * estimate);
}

InputTokens InputEstimates::of(double estimate) const {
  if (count_ == 0) {
    return {estimate, estimate};
  }
  const double mean = expected(estimate);
  return {mean, std::max(estimate, std::min(factor_ * mean, mean + excess_))};
}

void InputEstimates::observe(double estimate, double actual) {
  if (!(estimate >= 1.0 && actual <= kMostTokens)) {
    return;
  }
  try {
    // The features and tokens in units of kUsualPrompt, so that a usual prompt's weight is that of one call.
    line_.update(Eigen::Vector2d(1.0, estimate / kUsualPrompt), actual / kUsualPrompt,
                 weight_ * kUsualPrompt / estimate);
  } catch (const std::invalid_argument&) {
    return;
  } catch (const NumericalError&) {
    return;
  }
  weight_ /= kInputForgetting;
  // If it cannot, for want of a Cholesky factor, it tries again with the next.
  if (weight_ > kHeaviest && line_.forget(1.0 / weight_, workspace_)) {
    weight_ = 1.0;
  }
  seen_[count_ % seen_.size()] = {estimate, actual};
  ++count_;
  measure();
}

void InputEstimates::measure() {
  std::array<double, std::tuple_size_v<decltype(seen_)>> ratio;
  std::array<double, ratio.size()> difference;
  const std::size_t n = std::min(count_, seen_.size());
  for (std::size_t i = 0; i < n; ++i) {
    const double mean = expected(seen_[i].estimate);
    ratio[i] = seen_[i].actual / mean;
    difference[i] = seen_[i].actual - mean;
  }
  factor_ = std::max(1.0, high_of(std::span(ratio).first(n)));
  excess_ = std::max(0.0, high_of(std::span(difference).first(n)));
}

}  // namespace pilotage
