#include "pilotage/pricing/hull.hpp"

#include <algorithm>
#include <limits>

#include "pilotage/errors.hpp"

namespace pilotage {

Hull::Hull(Index models) {
  require_at_least("models", 1, models);
  const auto room = static_cast<std::size_t>(models) + 1;  // and nobody
  order_.reserve(room);
  points_.reserve(room);
  steps_.reserve(room);
}

void Hull::build(const ConstVectorRef& reward, const ConstVectorRef& cost,
                 std::span<const std::uint8_t> eligible, std::optional<double> unserved) {
  order_.clear();
  for (Index k = 0; k < reward.size(); ++k) {
    if (eligible[static_cast<std::size_t>(k)] != 0) {
      order_.push_back({k, reward[k], cost[k]});
    }
  }
  if (unserved) {
    order_.push_back({kNobody, *unserved, 0.0});
  }
  std::ranges::sort(order_, [](const Point& a, const Point& b) {
    if (a.usd != b.usd) {
      return a.usd < b.usd;
    }
    // of equals a model comes before nobody
    return a.reward != b.reward ? a.reward > b.reward
                                : static_cast<std::size_t>(a.model) < static_cast<std::size_t>(b.model);
  });

  points_.assign(1, order_.front());
  steps_.clear();
  for (const Point& point : order_) {
    if (point.reward <= points_.back().reward) {
      continue;  // dominated: as dear, and no better
    }
    const auto step_to_point = [&]() -> Step {
      const double gain = point.reward - points_.back().reward;
      const double usd = point.usd - points_.back().usd;
      return {usd > 0.0 ? gain / usd : std::numeric_limits<double>::infinity(), usd};
    };
    Step step = step_to_point();
    while (!steps_.empty() && steps_.back().rate <= step.rate) {
      points_.pop_back();
      steps_.pop_back();
      step = step_to_point();
    }
    points_.push_back(point);
    steps_.push_back(step);
  }
}

}  // namespace pilotage
