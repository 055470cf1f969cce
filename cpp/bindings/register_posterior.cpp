#include <pybind11/eigen.h>
#include <pybind11/pybind11.h>

#include "pilotage/posterior.hpp"
#include "register.hpp"

namespace py = pybind11;
using namespace py::literals;
using pilotage::ConstVectorRef;
using pilotage::Posterior;

void register_posterior(py::module_& module) {
  py::class_<Posterior>(module, "Posterior", R"(One model's Bayesian linear regression of reward on context.

A = lambda I and b = lambda theta_prior before the first observation; then A += x x' and b += y x,
with A^-1 and theta = A^-1 b kept beside them by Sherman-Morrison.

Parameters
----------
prior_mean : (d,) theta_prior
strength : lambda > 0, the prior's weight in observations
refactor_every : updates between two fresh Cholesky factors

Raises
------
ValueError : prior_mean or strength not finite, strength <= 0, d = 0
)")
      .def(py::init<const ConstVectorRef&, double, std::int64_t>(), "prior_mean"_a, "strength"_a,
           "refactor_every"_a = pilotage::kRefactorEvery)
      .def("mean", &Posterior::mean, "x"_a.noconvert(), "theta'x. x: (d,)")
      .def("cosine", &Posterior::cosine, "x"_a.noconvert(), "cos(x, theta), 0 for a zero vector. x: (d,)")
      .def("width", &Posterior::width, "x"_a.noconvert(), "sqrt(x' A^-1 x). x: (d,)")
      .def("update", &Posterior::update, "x"_a.noconvert(), "y"_a, "Learns one observation. x: (d,)")
      .def("refactorise", &Posterior::refactorise,
           "Recomputes A^-1 and theta from A and b; False when A has no Cholesky factor.")
      .def_property_readonly("dim", &Posterior::dim, "d")
      .def_property_readonly("updates", &Posterior::updates, "observations learned")
      .def_property_readonly("precision", &Posterior::precision, "A (d, d), a read-only view")
      .def_property_readonly("covariance", &Posterior::covariance, "A^-1 (d, d), a read-only view")
      .def_property_readonly("b", &Posterior::b, "(d,), a read-only view")
      .def_property_readonly("theta", &Posterior::theta, "(d,), a read-only view");
}
