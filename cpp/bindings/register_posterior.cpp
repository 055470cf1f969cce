#include <pybind11/eigen.h>
#include <pybind11/pybind11.h>

#include "pilotage/errors.hpp"
#include "pilotage/posterior.hpp"
#include "register.hpp"

namespace py = pybind11;
using namespace py::literals;
using pilotage::ConstRowMatrixRef;
using pilotage::ConstVectorRef;
using pilotage::ModelPrior;
using pilotage::Posterior;
using pilotage::require_unit_interval;

void register_posterior(py::module_& module) {
  py::class_<ModelPrior>(module, "ModelPrior", R"(What is believed of one model before its first observation.

Parameters
----------
mean : (d,) theta_prior
strength : lambda > 0, its weight in observations: A_0 = lambda I, b_0 = lambda theta_prior

Raises
------
ValueError : mean or strength not finite, strength <= 0, d = 0
)")
      .def(py::init<const ConstVectorRef&, double>(), "mean"_a.noconvert(), "strength"_a)
      .def_static(
          "of_statistics",
          [](const ConstRowMatrixRef& precision, const ConstVectorRef& b) {
            return ModelPrior(precision.transpose(), b);  // symmetric, or refused
          },
          "precision"_a.noconvert(), "b"_a.noconvert(),
          R"(A prior with a full precision.

Parameters
----------
precision : (d, d) A_0, symmetric positive definite, such as lambda I + sum x x'
b : (d,) b_0 = A_0 theta_prior, such as lambda theta_prior + sum r x

Raises
------
ValueError : not square, not symmetric, not positive definite, badly conditioned (1 / cond < 1e-12), not finite
)")
      .def_property_readonly("dim", &ModelPrior::dim, "d")
      .def_property_readonly("precision", &ModelPrior::precision, "A_0 (d, d), a read-only view")
      .def_property_readonly("b", &ModelPrior::b, "b_0 (d,), a read-only view")
      .def_property_readonly("mean", &ModelPrior::mean, "theta_prior (d,), a read-only view");

  py::class_<Posterior>(module, "Posterior", R"(One model's Bayesian linear regression of reward on context.

A = A_0 and b = b_0 before the first observation, those of a `ModelPrior` or lambda I and lambda theta_prior;
then A += x x' and b += y x,
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
      .def(py::init<const ModelPrior&, std::int64_t>(), "prior"_a,
           "refactor_every"_a = pilotage::kRefactorEvery)
      .def("mean", &Posterior::mean, "x"_a.noconvert(), "theta'x. x: (d,)")
      .def("cosine", &Posterior::cosine, "x"_a.noconvert(), "cos(x, theta), 0 for a zero vector. x: (d,)")
      .def("width", &Posterior::width, "x"_a.noconvert(), "sqrt(x' A^-1 x). x: (d,)")
      .def("update", &Posterior::update, "x"_a.noconvert(), "y"_a, "weight"_a = 1.0,
           "Learns one observation, weight (> 0) times. x: (d,)")
      .def("refactorise", &Posterior::refactorise,
           "Recomputes A^-1 and theta from A and b; False when A has no Cholesky factor.")
      .def(
          "forget",
          [](Posterior& posterior, double kept) {
            require_unit_interval("kept", kept);
            pilotage::Factorisation workspace(posterior.dim());
            return posterior.forget(kept, workspace);
          },
          "kept"_a,
          "Goes back to the prior but for a share of what was observed; False when A has no Cholesky factor.")
      .def_property_readonly("dim", &Posterior::dim, "d")
      .def_property_readonly("updates", &Posterior::updates, "observations learned")
      .def_property_readonly("precision", &Posterior::precision, "A (d, d), a copy")
      .def_property_readonly("covariance", &Posterior::covariance, "A^-1 (d, d), a copy")
      .def_property_readonly("b", &Posterior::b, "(d,), a read-only view")
      .def_property_readonly("theta", &Posterior::theta, "(d,), a read-only view");
}
