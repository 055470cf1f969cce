#include <pybind11/eigen.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <optional>

#include "pilotage/knapsack.hpp"
#include "register.hpp"
#include "watch.hpp"

namespace py = pybind11;
using namespace py::literals;
using namespace pilotage;

namespace {

/// (choice or None, value, cost, upper_bound, optimal)
using KnapsackTuple =
    py::typing::Tuple<std::optional<py::array_t<std::int64_t>>, double, double, double, bool>;

KnapsackTuple solve(const ConstRowMatrixRef& values, const ConstRowMatrixRef& costs, double budget,
                    bool allow_none, std::optional<double> time_limit, std::size_t max_states) {
  const KnapsackSettings settings{allow_none, Watch(time_limit), max_states};
  const KnapsackSolution solution = [&] {
    const py::gil_scoped_release released;  // the arguments are views, kept alive by the caller
    return solve_knapsack(values, costs, budget, settings);
  }();
  std::optional<py::array_t<std::int64_t>> choice;
  if (solution.feasible) {
    choice.emplace(static_cast<py::ssize_t>(solution.choice.size()), solution.choice.data());
  }
  return py::make_tuple(choice, solution.value, to_dollars(solution.cost), solution.upper_bound,
                        solution.optimal);
}

}  // namespace

void register_knapsack(py::module_& module) {
  module.def("solve_knapsack", &solve, "values"_a.noconvert(), "costs"_a.noconvert(), "budget"_a,
             "allow_none"_a, "time_limit"_a, "max_states"_a = KnapsackSettings{}.max_states,
             R"(One model per prompt, under one budget.

Parameters
----------
values, costs : (N, K) C-contiguous, read while the GIL is released; costs in US dollars
budget : US dollars
allow_none : -1 is a choice too, which costs and earns nothing
time_limit : seconds, or None
max_states : states of the search alive at once

Returns
-------
(choice (N,) or None when nothing fits, value, cost in US dollars, upper_bound, optimal)

Raises
------
ValueError : naming the argument
)");
}
