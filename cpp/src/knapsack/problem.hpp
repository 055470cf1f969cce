// The instance as the solver sees it: whole nano-dollars, and "none" as one more choice.
#pragma once

#include <cmath>
#include <limits>

#include "pilotage/knapsack.hpp"

namespace pilotage::knapsack {

inline constexpr NanoDollars kTooDear = std::numeric_limits<NanoDollars>::max();

/// The smallest whole number of nano-dollars >= usd, which is >= 0; kTooDear beyond kMaxDollars. What is a
/// whole number but for the rounding of a few float64 operations, such as tokens times price, is that number.
inline NanoDollars rounded_up(double usd) {
  if (!(usd <= kMaxDollars)) {
    return kTooDear;
  }
  const double nano = usd * kNanoDollarsPerDollar;
  const NanoDollars nearest = std::llrint(nano);
  return nano - static_cast<double>(nearest) <= 0x1p-50 * nano ? nearest : nearest + 1;
}

/// The largest whole number of nano-dollars that is <= usd in float64 dollars; usd is in [0, kMaxDollars].
inline NanoDollars rounded_down(double usd) {
  const NanoDollars nearest = std::llrint(usd * kNanoDollarsPerDollar);
  return to_dollars(nearest) <= usd ? nearest : nearest - 1;
}

class Problem {
 public:
  Problem(const ConstRowMatrixRef& values, const ConstRowMatrixRef& costs, double budget,
          const KnapsackSettings& settings)
      : values_(values), costs_(costs), budget_(rounded_down(budget)), settings_(settings) {}

  [[nodiscard]] Index prompts() const { return values_.rows(); }
  [[nodiscard]] Index models() const { return values_.cols(); }
  [[nodiscard]] Index choices() const {
    return models() + (settings_.allow_none ? 1 : 0);
  }  // none is the last
  [[nodiscard]] NanoDollars budget() const { return budget_; }
  [[nodiscard]] const KnapsackSettings& settings() const { return settings_; }

  [[nodiscard]] double value(Index prompt, Index choice) const {
    return choice == models() ? 0.0 : values_(prompt, choice);
  }
  [[nodiscard]] NanoDollars cost(Index prompt, Index choice) const {
    return choice == models() ? 0 : rounded_up(costs_(prompt, choice));
  }

  /// Once in a while in a loop over prompts: gives `stop` a chance to throw.
  void poll(Index prompt) const {
    if (prompt % kPromptsPerPoll == 0) {
      (void)settings_.stop();
    }
  }

 private:
  static constexpr Index kPromptsPerPoll = 4096;
  const ConstRowMatrixRef& values_;
  const ConstRowMatrixRef& costs_;
  NanoDollars budget_;
  const KnapsackSettings& settings_;
};

}  // namespace pilotage::knapsack
