// One prompt's upper concave hull of (cost, value): from the cheapest choice upward, at a falling rate.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "problem.hpp"

namespace pilotage::knapsack {

struct Point {
  NanoDollars cost;
  double value;
  double rate;  // value per nano-dollar of the step from the point before, > 0; not set on the first point
  Index choice;
};

class Hull {
 public:
  explicit Hull(const Problem& problem);

  /// The hull of the choices that cost at most `most`, of which there is at least one.
  void build(Index prompt, NanoDollars most);

  /// By cost; of equal points the first choice. The first point is the cheapest choice, of several the best.
  [[nodiscard]] std::span<const Point> points() const { return points_; }

 private:
  void sort(Index prompt);

  const Problem& problem_;
  std::vector<Point> sorted_;  // all choices. Its order is kept: the next prompt's is much the same
  std::vector<Point> points_;
};

}  // namespace pilotage::knapsack
