#include "core.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace pilotage::knapsack {
namespace {

constexpr double kGenerous = 1e-12;   // float64 sums of a few terms err by 1e-15 of their size
constexpr double kTolerance = 1e-12;  // of the largest single gain in the core

/// A swap before gains have a unit.
struct Candidate {
  Index prompt;
  std::int32_t choice;
  NanoDollars cost;
  double value;   // of the choice
  double centre;  // value of the centre
};

/// Calls visit(candidate) for every choice beside the centre that the budget could ever pay.
template <class Visit>
void for_each_swap(const Problem& problem, const Relaxation& relaxation, const Visit& visit) {
  for (Index i = 0; i < problem.prompts(); ++i) {
    problem.poll(i);
    const std::int32_t centre = relaxation.centre[static_cast<std::size_t>(i)];
    const NanoDollars cost = problem.cost(i, centre);
    const double value = problem.value(i, centre);
    for (std::int32_t k = 0; k < problem.choices(); ++k) {
      const NanoDollars other = problem.cost(i, k);
      if (k != centre && other <= relaxation.most[static_cast<std::size_t>(i)]) {
        visit(Candidate{i, k, other - cost, problem.value(i, k), value});
      }
    }
  }
}

/// The swap that gains most within the room; none when the centre is as good.
std::optional<Candidate> best_swap(const Problem& problem, const Relaxation& relaxation) {
  std::optional<Candidate> best;
  double gain = 0.0;
  for_each_swap(problem, relaxation, [&](const Candidate& swap) {
    if (swap.cost <= relaxation.left && swap.value - swap.centre > gain) {
      gain = swap.value - swap.centre;
      best = swap;
    }
  });
  return best;
}

class Reduction {
 public:
  /// `unit`: by how much a better choice is better at least.
  Reduction(const Relaxation& relaxation, double best_gain, double unit)
      : price_(relaxation.price),
        gap_(price_ * static_cast<double>(relaxation.left) - best_gain - unit),
        size_(price_ * static_cast<double>(relaxation.left) + best_gain + unit) {}

  /// l = (v* - v) - lambda (c* - c)
  [[nodiscard]] double loss(const Candidate& swap) const {
    return swap.centre - swap.value + price_ * static_cast<double>(swap.cost);
  }

  [[nodiscard]] bool keeps(const Candidate& swap) const {
    const double size = std::abs(swap.centre) + std::abs(swap.value) +
                        std::abs(price_ * static_cast<double>(swap.cost)) + size_;
    return loss(swap) <= gap_ + kGenerous * size;
  }

 private:
  double price_, gap_, size_;
};

bool dominated(const Candidate& swap) { return swap.cost >= 0 && swap.value <= swap.centre; }

/// The sum of all prompts' largest differences of value, and the largest of them.
struct Spread {
  double total = 0.0;
  double largest = 0.0;
};

Spread spread(std::span<const Candidate> candidates, const std::optional<Candidate>& best) {
  Spread out;
  if (best) {
    out.total = out.largest = best->value - best->centre;
  }
  double of_prompt = 0.0;
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    of_prompt = std::max(of_prompt, std::abs(candidates[c].value - candidates[c].centre));
    if (c + 1 == candidates.size() || candidates[c + 1].prompt != candidates[c].prompt) {
      out.total += of_prompt;
      out.largest = std::max(out.largest, of_prompt);
      of_prompt = 0.0;
    }
  }
  return out;
}

template <class Scale>
void scale_into(Core& core, std::span<const Candidate> candidates, const std::optional<Candidate>& best,
                const Scale& scale) {
  const auto swap = [&](const Candidate& c) {
    return Swap{c.prompt, c.choice, c.cost, scale.gain(c.value, c.centre)};
  };
  core.unit = scale.unit();
  core.swaps.reserve(candidates.size());
  for (const Candidate& candidate : candidates) {
    core.swaps.push_back(swap(candidate));
  }
  if (best) {
    core.best = swap(*best);
  }
}

/// The row that begins at candidate `first`, and whether its least loss is that of an upgrade.
std::pair<CoreRow, bool> row_at(std::size_t first, std::span<const Candidate> candidates,
                                const Reduction& reduction) {
  CoreRow row{first, 0};
  double least = std::numeric_limits<double>::infinity();
  bool upgrade = false;
  for (std::size_t c = first; c < candidates.size() && candidates[c].prompt == candidates[first].prompt;
       ++c) {
    ++row.count;
    if (const double loss = reduction.loss(candidates[c]); loss < least) {
      least = loss;
      upgrade = candidates[c].cost > 0;
    }
  }
  row.loss = least;
  return {row, upgrade};
}

/// Upgrades and downgrades in turn, smallest loss first: so the states stay near the room from the start.
std::vector<CoreRow> ordered_rows(std::span<const Candidate> candidates, const Reduction& reduction) {
  std::vector<CoreRow> upgrades;
  std::vector<CoreRow> downgrades;
  for (std::size_t c = 0; c < candidates.size();) {
    const auto [row, upgrade] = row_at(c, candidates, reduction);
    (upgrade ? upgrades : downgrades).push_back(row);
    c += row.count;
  }
  std::vector<CoreRow> out;
  out.reserve(upgrades.size() + downgrades.size());
  std::ranges::stable_sort(upgrades, {}, &CoreRow::loss);
  std::ranges::stable_sort(downgrades, {}, &CoreRow::loss);
  for (std::size_t i = 0; i < std::max(upgrades.size(), downgrades.size()); ++i) {
    for (const auto& rows : {std::span(downgrades), std::span(upgrades)}) {
      if (i < rows.size()) {
        out.push_back(rows[i]);
      }
    }
  }
  return out;
}

}  // namespace

Core reduce(const Problem& problem, const Relaxation& relaxation) {
  Core core;
  core.room = relaxation.left;
  if (relaxation.price == 0.0) {
    return core;  // every prompt has its best choice
  }
  const std::optional<Fraction> fraction = Fraction::of(problem);
  const std::optional<Candidate> best = best_swap(problem, relaxation);
  const Reduction reduction(relaxation, best ? best->value - best->centre : 0.0,
                            fraction ? fraction->unit() : 0.0);
  std::vector<Candidate> candidates;
  for_each_swap(problem, relaxation, [&](const Candidate& swap) {
    if (!dominated(swap) && reduction.keeps(swap)) {
      candidates.push_back(swap);
    }
  });
  const Spread size = spread(candidates, best);
  if (size.total == 0.0) {
    return core;
  }
  if (fraction) {
    scale_into(core, candidates, best, *fraction);
  } else {
    const BinaryScale scale(size.total);
    scale_into(core, candidates, best, scale);
    core.tolerance = scale.gain(kTolerance * size.largest, 0.0);
  }
  core.rows = ordered_rows(candidates, reduction);
  return core;
}

}  // namespace pilotage::knapsack
