// pilotage._core: the boundary between Python and the core, and nothing but boundary.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <string>
#include <vector>

#include "pilotage/errors.hpp"
#include "pilotage/kernels.hpp"
#include "register.hpp"

namespace py = pybind11;

PYBIND11_MODULE(_core, module) {
  module.doc() = "The C++ core of pilotage. Arrays are float64 and contiguous; money is US dollars.";
  py::register_exception<pilotage::NumericalError>(module, "NumericalError", PyExc_ArithmeticError);
  module.def("isa", [] { return std::string(pilotage::kernels().isa); }, "Which kernels are in use.");
  module.def(
      "isas",
      [] {
        std::vector<std::string> names;
        for (const pilotage::Kernels* runnable : pilotage::runnable_kernels()) {
          names.emplace_back(runnable->isa);
        }
        return names;
      },
      "Those that this machine runs, the slowest first.");
  module.def(
      "choose_isa", [](const std::string& isa) { pilotage::choose_kernels(isa); }, py::arg("isa"),
      "Uses other kernels from now on.");
  register_budget(module);
  register_decision(module);
  register_knapsack(module);
  register_posterior(module);
  register_router(module);
  register_replay(module);
  register_text(module);
}
