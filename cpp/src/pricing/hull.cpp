#include "pilotage/pricing/hull.hpp"

#include <algorithm>
#include <limits>

#include "pilotage/errors.hpp"

namespace pilotage {

Hull::Hull(Index models) {
  require_at_least("models", 1, models);
  const auto room = static_cast<std::size_t>(models);
  order_.reserve(room);
  models_.reserve(room);
  steps_.reserve(room);
}

void Hull::build(const ConstVectorRef& reward, const ConstVectorRef& cost,
                 std::span<const std::uint8_t> eligible) {
  order_.clear();
  for (Index k = 0; k < reward.size(); ++k) {
    if (eligible[static_cast<std::size_t>(k)] != 0) {
      order_.push_back(k);
    }
  }
  std::ranges::sort(order_, [&](Index a, Index b) {
    if (cost[a] != cost[b]) {
      return cost[a] < cost[b];
    }
    return reward[a] != reward[b] ? reward[a] > reward[b] : a < b;
  });

  models_.assign(1, order_.front());
  steps_.clear();
  for (const Index k : order_) {
    if (reward[k] <= reward[models_.back()]) {
      continue;  // dominated: as dear, and no better
    }
    const auto step_to_k = [&]() -> Step {
      const double gain = reward[k] - reward[models_.back()];
      const double usd = cost[k] - cost[models_.back()];
      return {usd > 0.0 ? gain / usd : std::numeric_limits<double>::infinity(), usd};
    };
    Step step = step_to_k();
    while (!steps_.empty() && steps_.back().rate <= step.rate) {
      models_.pop_back();
      steps_.pop_back();
      step = step_to_k();
    }
    models_.push_back(k);
    steps_.push_back(step);
  }
}

}  // namespace pilotage
