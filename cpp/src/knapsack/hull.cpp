#include "hull.hpp"

#include <utility>

namespace pilotage::knapsack {
namespace {

bool before(const Point& a, const Point& b) {
  if (a.cost != b.cost) {
    return a.cost < b.cost;
  }
  return a.value != b.value ? a.value > b.value : a.choice < b.choice;
}

}  // namespace

Hull::Hull(const Problem& problem) : problem_(problem) {
  for (Index k = 0; k < problem.choices(); ++k) {
    sorted_.push_back({0, 0.0, 0.0, k});
  }
  points_.reserve(sorted_.size());
}

// Insertion sort: the models' order by cost hardly changes from one prompt to the next.
void Hull::sort(Index prompt) {
  for (std::size_t i = 0; i < sorted_.size(); ++i) {
    const Index k = sorted_[i].choice;
    const Point point{problem_.cost(prompt, k), problem_.value(prompt, k), 0.0, k};
    std::size_t at = i;
    for (; at > 0 && before(point, sorted_[at - 1]); --at) {
      sorted_[at] = sorted_[at - 1];
    }
    sorted_[at] = point;
  }
}

void Hull::build(Index prompt, NanoDollars most) {
  sort(prompt);
  points_.clear();
  for (Point point : sorted_) {
    if (point.cost > most) {
      break;
    }
    if (!points_.empty() && point.value <= points_.back().value) {
      continue;  // dominated: as dear, and no better
    }
    while (!points_.empty()) {
      const Point& last = points_.back();
      point.rate = (point.value - last.value) / static_cast<double>(point.cost - last.cost);
      if (points_.size() == 1 || last.rate > point.rate) {
        break;
      }
      points_.pop_back();
    }
    points_.push_back(point);
  }
}

}  // namespace pilotage::knapsack
