// Do the rewards refute what was believed before them?
//
// Two predict each reward before it is known: p, the posterior's mean, which began with the prior, and q,
// which knows nothing but the model's own rewards so far:
//
//   q = (n_0 q_0 + sum r) / (n_0 + n)
//   Lambda <- Lambda + r log(p / q) + (1 - r) log((1 - p) / (1 - q))
//
// both kept within [clip, 1 - clip]. Models that the prior does not know say nothing about it. Were rewards
// as p says, exp(-Lambda) would be a martingale that starts at one, and would ever pass 1 / delta with a
// chance of at most delta. Where Lambda falls below log(delta), the prior is refuted, once and for all.
//
// Reference: Ville (1939); Shafer, Shen, Vereshchagin and Vovk (2011), test martingales.
#pragma once

#include <vector>

#include "pilotage/types.hpp"

namespace pilotage {

inline constexpr double kRefutation = 0.01;   // delta
inline constexpr double kBlindReward = 0.5;   // q_0
inline constexpr double kBlindWeight = 2.0;   // n_0, in rewards
inline constexpr double kLeastChance = 0.02;  // clip

class PriorTest {
 public:
  /// Appends a model. informed: whether the prior knows it.
  void add(bool informed) { blind_.push_back({.informed = informed}); }

  /// Takes one reward in [0, 1] of model k, and p, finite. O(1); nothing where the prior does not know it.
  void observe(Index k, double predicted, double reward);

  /// Whether the prior has been refuted.
  [[nodiscard]] bool refuted() const { return refuted_; }

  /// Lambda, in nats: above 0 the prior predicts better than the rewards alone.
  [[nodiscard]] double evidence() const { return evidence_; }

 private:
  struct Blind {
    double weight = kBlindWeight;                // n_0 + n
    double total = kBlindWeight * kBlindReward;  // n_0 q_0 + sum r
    bool informed = true;
  };

  std::vector<Blind> blind_;  // (K,)
  double evidence_ = 0.0;
  bool refuted_ = false;
};

}  // namespace pilotage
