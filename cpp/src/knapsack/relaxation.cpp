#include "relaxation.hpp"

#include <algorithm>
#include <cstddef>
#include <span>

#include "hull.hpp"

namespace pilotage::knapsack {
namespace {

struct Step {
  double rate;
  NanoDollars cost;
};

/// The cost of each prompt's cheapest choice, kTooDear where none is within the budget.
std::vector<NanoDollars> cheapest(const Problem& problem) {
  std::vector<NanoDollars> out(static_cast<std::size_t>(problem.prompts()), kTooDear);
  for (Index i = 0; i < problem.prompts(); ++i) {
    problem.poll(i);
    auto& least = out[static_cast<std::size_t>(i)];
    for (Index k = 0; k < problem.choices(); ++k) {
      least = std::min(least, problem.cost(i, k));
    }
  }
  return out;
}

std::vector<Step> hull_steps(const Problem& problem, std::span<const NanoDollars> most) {
  std::vector<Step> steps;
  Hull hull(problem);
  for (Index i = 0; i < problem.prompts(); ++i) {
    problem.poll(i);
    hull.build(i, most[static_cast<std::size_t>(i)]);
    const auto points = hull.points();
    for (std::size_t j = 1; j < points.size(); ++j) {
      steps.push_back({points[j].rate, points[j].cost - points[j - 1].cost});
    }
  }
  return steps;
}

/// Whether `money` pays all these steps; if so they are taken off it.
bool pays(std::span<const Step> steps, NanoDollars& money) {
  NanoDollars left = money;
  for (const Step& step : steps) {
    if (step.cost > left) {
      return false;
    }
    left -= step.cost;
  }
  money = left;
  return true;
}

/// The rate of the first step, best rate first, that `money` does not pay in full; 0 if it pays all.
/// Selection by halves: each round places the median and keeps one half, O(steps) in all.
double break_rate(std::span<Step> steps, NanoDollars money) {
  while (!steps.empty()) {
    const std::size_t half = steps.size() / 2;
    const auto median = steps.begin() + static_cast<std::ptrdiff_t>(half);
    std::ranges::nth_element(steps, median, std::ranges::greater{}, &Step::rate);
    if (!pays(steps.first(half), money)) {
      steps = steps.first(half);
    } else if (pays({median, 1}, money)) {
      steps = steps.subspan(half + 1);
    } else {
      return median->rate;
    }
  }
  return 0.0;
}

/// Takes every step better than the price, and of those exactly at the price what fits, prompt by prompt.
void choose(const Problem& problem, Relaxation& out) {
  Hull hull(problem);
  std::vector<Index> tied;
  for (Index i = 0; i < problem.prompts(); ++i) {
    problem.poll(i);
    hull.build(i, out.most[static_cast<std::size_t>(i)]);
    const auto points = hull.points();
    std::size_t j = 0;
    while (j + 1 < points.size() && points[j + 1].rate > out.price) {
      ++j;
    }
    out.centre[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(points[j].choice);
    out.left -= points[j].cost - points.front().cost;
    if (j + 1 < points.size() && points[j + 1].rate == out.price) {
      tied.push_back(i);
    }
  }
  for (const Index i : tied) {
    const auto centre = static_cast<std::size_t>(i);
    hull.build(i, out.most[centre]);
    for (const Point& point : hull.points()) {
      const NanoDollars more = point.cost - problem.cost(i, out.centre[centre]);
      if (more > 0 && more <= out.left && point.rate == out.price) {
        out.centre[centre] = static_cast<std::int32_t>(point.choice);
        out.left -= more;
      }
    }
  }
}

}  // namespace

std::optional<Relaxation> relax(const Problem& problem) {
  Relaxation out;
  out.most = cheapest(problem);
  out.left = problem.budget();
  for (const NanoDollars least : out.most) {
    if (least > out.left) {
      return std::nullopt;
    }
    out.left -= least;
  }
  for (NanoDollars& amount : out.most) {
    amount += out.left;
  }
  std::vector<Step> steps = hull_steps(problem, out.most);
  out.price = break_rate(steps, out.left);
  steps = {};
  out.centre.resize(out.most.size());
  choose(problem, out);
  return out;
}

}  // namespace pilotage::knapsack
