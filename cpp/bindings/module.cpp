// pilotage._core: the boundary between Python and the core, and nothing but boundary.
#include <pybind11/pybind11.h>

#include "pilotage/errors.hpp"
#include "register.hpp"

namespace py = pybind11;

PYBIND11_MODULE(_core, module) {
  module.doc() = "The C++ core of pilotage. Arrays are float64 and contiguous; money is US dollars.";
  py::register_exception<pilotage::NumericalError>(module, "NumericalError", PyExc_ArithmeticError);
  register_budget(module);
  register_knapsack(module);
  register_posterior(module);
  register_router(module);
  register_text(module);
}
