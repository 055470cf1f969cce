#include <pybind11/eigen.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "pilotage/replay.hpp"
#include "register.hpp"
#include "watch.hpp"

namespace py = pybind11;
using namespace py::literals;
using namespace pilotage;

namespace {

/// (choice, expected_cost, expected_reward)
using PlayedTuple = py::typing::Tuple<py::array_t<std::int64_t>, py::array_t<double>, py::array_t<double>>;

template <class Value>
std::span<Value> all_of(py::array_t<Value>& array) {
  return {array.mutable_data(), static_cast<std::size_t>(array.size())};
}

PlayedTuple replay_all(Router& router, const ConstRowMatrixRef& contexts, const ConstVectorRef& input_tokens,
                       const ConstRowMatrixRef& costs, const ConstRowMatrixRef& rewards, bool explore,
                       bool estimated, const std::string& tenant) {
  py::array_t<std::int64_t> choice(contexts.rows());
  py::array_t<double> expected_cost(contexts.rows());
  py::array_t<double> expected_reward(contexts.rows());
  const Played played{all_of(choice), all_of(expected_cost), all_of(expected_reward)};
  {
    // No Python object is touched: the arguments are the Python layer's own, and nobody else has them.
    const py::gil_scoped_release release;
    Watch watch;
    replay(router, {contexts, input_tokens, costs, rewards}, played,
           {.explore = explore, .estimated = estimated, .tenant = tenant, .poll = [&] { watch(); }});
  }
  return py::make_tuple(std::move(choice), std::move(expected_cost), std::move(expected_reward));
}

}  // namespace

void register_replay(py::module_& module) {
  module.def("replay", &replay_all, "router"_a, "contexts"_a.noconvert(), "input_tokens"_a.noconvert(),
             "costs"_a.noconvert(), "rewards"_a.noconvert(), "explore"_a.noconvert(),
             "estimated"_a.noconvert(), "tenant"_a,
             R"(Recorded requests, one after the other: decide, settle, feedback. Lets other threads run.

Parameters
----------
contexts : (N, d) C-contiguous, as all of these
input_tokens : (N,)
costs, rewards : (N, K), of every model; US dollars, and [0, 1]; rewards of shape (0, 0) are not told

Returns
-------
choice : (N,) the model called, -1 for none
expected_cost, expected_reward : (N,) 0 for none)");
}
