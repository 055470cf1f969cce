// The choices of one request worth paying for: the upper concave hull of its (cost, reward) points.
//
// From the cheapest model upward each step of the hull buys more reward, at a falling rate
//
//   rate_j = (reward_j - reward_{j-1}) / (cost_j - cost_{j-1}),   rate_1 > rate_2 > ... > 0
//
// and argmax_k reward_k - price * cost_k is the model reached by all the steps whose rate is above the
// price. Models off the hull are never chosen at any price (LP dominance). Where a request may go to nobody,
// that is one more point, (0, reward of an unserved request). O(K log K), no allocation.
//
// Reference: Sinha and Zoltners, The multiple-choice knapsack problem (1979).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "pilotage/types.hpp"

namespace pilotage {

struct Step {
  double rate;  // reward per US dollar, > 0; infinite where the step costs nothing
  double usd;   // what the step costs, >= 0
};

/// Stands for a model where a request goes to none.
inline constexpr Index kNobody = -1;

class Hull {
 public:
  /// Room for `models` >= 1 models.
  explicit Hull(Index models);

  /// Builds the hull of the eligible models, of which there is at least one, and of `unserved` where given.
  void build(const ConstVectorRef& reward,            // (K,) finite, K <= models
             const ConstVectorRef& cost,              // (K,) US dollars, finite, >= 0 with `unserved`
             std::span<const std::uint8_t> eligible,  // (K,)
             std::optional<double> unserved = {}      // reward of a request that nobody answers
  );

  /// The cheapest model, of several the one with the highest reward, then the first; kNobody where that is
  /// cheaper, or as cheap and better.
  [[nodiscard]] Index cheapest() const { return points_.front().model; }

  /// What the cheapest costs, US dollars.
  [[nodiscard]] double cheapest_usd() const { return points_.front().usd; }

  [[nodiscard]] std::span<const Step> steps() const { return steps_; }  // by falling rate

 private:
  struct Point {
    Index model;
    double reward;
    double usd;
  };

  std::vector<Point> order_;   // workspace: the choices, by cost
  std::vector<Point> points_;  // on the hull, by cost
  std::vector<Step> steps_;
};

}  // namespace pilotage
