// PILOT's online cost policy: an online multi-choice knapsack with a rising threshold.
//
// With z the share of the budget used so far and LB <= reward / cost <= UB for all that may come, model l
// is eligible for a request while its reward per dollar clears the threshold
//
//   reward_l / cost_l >= Psi(z) = (UB e / LB)^z (LB / e)
//
// which rises from LB / e (almost anything goes) to UB (nothing does) as the money runs out. The bound
// holds for an endless stream and leaves money over on a finite one, so the stream is cut into bins of
// `bin_size` requests with an equal share of the budget each; what a bin leaves over spills into the
// next. Where no model clears the threshold, those within an even split of the bin's money over the
// bin's remaining requests are eligible; where there are none either, the budget is insufficient.
//
// z and the bin's money count calls at their expected cost when they are chosen, and at their actual
// cost once settled. Beyond the horizon whatever is left is at hand for every request. O(K) per decision,
// and O(K) amortised for the bounds.
//
// Reference: PILOT (arXiv 2508.21141), algorithms 2 (one bin) and 3; Zhou, Chakrabarty and Lukose (2008).
#pragma once

#include <cstdint>
#include <optional>

#include "pilotage/pricing/policy.hpp"
#include "pilotage/ratio_quantiles.hpp"

namespace pilotage {

struct ZclSettings {
  NanoDollars budget = 0;         // for all requests together, >= 0
  std::int64_t requests = 1;      // the horizon Q, >= 1
  std::int64_t bin_size = 200;    // S, requests per bin, >= 1; `requests` or more: the plain form
  std::optional<double> lower{};  // LB and UB, reward per US dollar, 0 < LB <= UB; without one, the
  std::optional<double> upper{};  // quantile below of the ratios seen so far
  double lower_quantile = 0.05;
  double upper_quantile = 0.95;
  bool stop = false;  // as published: once insufficient, every later request is refused
};

class Zcl final : public BudgetPolicy {
 public:
  /// Throws std::invalid_argument for settings outside the ranges above.
  explicit Zcl(const ZclSettings& settings);

  Verdict admit(const ConstVectorRef& reward, const ConstVectorRef& cost, const ConstVectorRef& cap,
                std::span<std::uint8_t> eligible) override;
  void commit(NanoDollars expected) override;
  void correct(NanoDollars expected, NanoDollars actual) override;
  void extend(NanoDollars more) override;

  /// Psi(z), reward per US dollar.
  [[nodiscard]] static double threshold(double z, double lower, double upper);

 private:
  void start_bin();
  void observe(const ConstVectorRef& reward, const ConstVectorRef& cost);
  [[nodiscard]] double utilisation() const;  // z

  ZclSettings settings_;
  std::int64_t bins_;
  double bin_budget_;             // nano-dollars
  double left_ = 0.0;             // B_left, nano-dollars; may dip below 0 by estimate errors
  double spent_in_bin_ = 0.0;     // nano-dollars
  std::int64_t seen_ = 0;         // requests so far
  std::int64_t left_in_bin_ = 0;  // Q_left, this request included
  bool stopped_ = false;
  double lower_ = 0.0;
  double upper_ = 0.0;
  RatioQuantiles ratios_;
  std::int64_t reread_at_ = 1;  // count of ratios at which the bounds are read again
};

}  // namespace pilotage
