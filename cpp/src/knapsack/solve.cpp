#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <stdexcept>

#include "core.hpp"
#include "pilotage/errors.hpp"
#include "pilotage/knapsack.hpp"
#include "relaxation.hpp"
#include "search.hpp"

namespace pilotage {
namespace {

using knapsack::Problem;

[[noreturn]] void refuse(const char* rule, double value, Index i, Index k) {
  std::ostringstream message;
  message << rule << ", got " << value << " at (" << i << ", " << k << ")";
  throw std::invalid_argument(message.str());
}

void require_valid(const ConstRowMatrixRef& values, const ConstRowMatrixRef& costs, double budget,
                   const KnapsackSettings& settings) {
  if (values.cols() < 1) {
    throw std::invalid_argument("values must have a column for at least one model, got 0");
  }
  if (costs.rows() != values.rows() || costs.cols() != values.cols()) {
    std::ostringstream message;
    message << "costs must have shape (" << values.rows() << ", " << values.cols() << ") like values, got ("
            << costs.rows() << ", " << costs.cols() << ")";
    throw std::invalid_argument(message.str());
  }
  to_nanodollars("budget", budget);
  require_at_least("max_states", 1, static_cast<std::int64_t>(settings.max_states));
  for (Index i = 0; i < values.rows(); ++i) {
    for (Index k = 0; k < values.cols(); ++k) {
      if (!(std::abs(values(i, k)) <= kMaxKnapsackValue)) {
        refuse("values must be finite and within +-1e200", values(i, k), i, k);
      }
      if (!(costs(i, k) >= 0.0 && std::isfinite(costs(i, k)))) {
        refuse("costs must be finite and >= 0", costs(i, k), i, k);
      }
    }
  }
}

/// Sum with the rounding errors of all additions added at the end (Neumaier).
class Sum {
 public:
  void add(double term) {
    const double next = sum_ + term;
    error_ += std::abs(sum_) >= std::abs(term) ? (sum_ - next) + term : (term - next) + sum_;
    sum_ = next;
  }
  [[nodiscard]] double total() const { return sum_ + error_; }

 private:
  double sum_ = 0.0;
  double error_ = 0.0;
};

KnapsackSolution infeasible() {
  constexpr double kNone = -std::numeric_limits<double>::infinity();
  return {false, {}, kNone, 0, kNone, false};
}

KnapsackSolution total(const Problem& problem, std::span<const std::int32_t> chosen) {
  KnapsackSolution out{true, {}, 0.0, 0, 0.0, true};
  out.choice.reserve(chosen.size());
  Sum value;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const auto prompt = static_cast<Index>(i);
    out.choice.push_back(chosen[i] == problem.models() ? -1 : chosen[i]);
    value.add(problem.value(prompt, chosen[i]));
    out.cost += problem.cost(prompt, chosen[i]);
  }
  out.value = out.upper_bound = value.total();
  return out;
}

}  // namespace

KnapsackSolution solve_knapsack(const ConstRowMatrixRef& values, const ConstRowMatrixRef& costs,
                                double budget, const KnapsackSettings& settings) {
  require_valid(values, costs, budget, settings);
  const Problem problem(values, costs, budget, settings);
  std::optional<knapsack::Relaxation> relaxation = knapsack::relax(problem);
  if (!relaxation) {
    return infeasible();
  }
  const knapsack::Core core = knapsack::reduce(problem, *relaxation);
  const knapsack::SearchResult result = knapsack::search(core, settings);
  for (const knapsack::Swap& swap : result.swaps) {
    relaxation->centre[static_cast<std::size_t>(swap.prompt)] = swap.choice;
  }
  KnapsackSolution solution = total(problem, relaxation->centre);
  if (result.bound > result.gain + core.tolerance) {
    solution.optimal = false;
    solution.upper_bound += static_cast<double>(result.bound - result.gain) * core.unit;
  }
  return solution;
}

}  // namespace pilotage
