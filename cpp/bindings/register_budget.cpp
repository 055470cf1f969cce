#include <pybind11/eigen.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <utility>

#include "pilotage/accounts.hpp"
#include "pilotage/spend.hpp"
#include "register.hpp"

namespace py = pybind11;
using namespace py::literals;
using namespace pilotage;

namespace {

using Choices = Eigen::Matrix<std::int64_t, Eigen::Dynamic, 1>;

Choices spend_all(const BudgetSettings& budget, const ConstRowMatrixRef& reward,
                  const ConstRowMatrixRef& cost, const ConstRowMatrixRef& actual,
                  const ConstVectorRef& list_price) {
  Choices choices(reward.rows());
  // No Python object is touched from here on: the arguments are views that the caller keeps alive.
  const py::gil_scoped_release released;
  spend(budget, reward, cost, actual, list_price, {choices.data(), static_cast<std::size_t>(choices.size())});
  return choices;
}

}  // namespace

void register_budget(py::module_& module) {
  py::class_<NoBudget>(module, "NoBudget", "No money to count.").def(py::init<>());
  py::class_<CapSettings>(module, "CapSettings", "A hard limit without pacing; usd >= 0.")
      .def(py::init([](double usd) { return CapSettings{to_nanodollars("usd", usd)}; }), "usd"_a);
  py::class_<DualSettings>(module, "DualSettings",
                           "One multiplier, kept solved for what is left; see Budget.")
      .def(py::init([](double usd, std::int64_t requests, std::optional<double> unserved) {
             return DualSettings{
                 .budget = to_nanodollars("usd", usd), .requests = requests, .unserved = unserved};
           }),
           "usd"_a, "requests"_a, "unserved"_a);
  py::class_<PacerSettings>(module, "PacerSettings", "So many dollars a request, without an end; see Budget.")
      .def(py::init([](double usd_per_request, std::optional<double> usd, std::optional<double> unserved) {
             return PacerSettings{.rate = usd_per_request,
                                  .budget = usd ? to_nanodollars("usd", *usd) : kUnlimited,
                                  .unserved = unserved};
           }),
           "usd_per_request"_a, "usd"_a, "unserved"_a);
  py::class_<PrimalDualSettings>(module, "PrimalDualSettings", "ParetoBandit's controller; see Budget.")
      .def(py::init([](double usd_per_request, std::optional<double> usd) {
             return PrimalDualSettings{.rate = usd_per_request,
                                       .budget = usd ? to_nanodollars("usd", *usd) : kUnlimited};
           }),
           "usd_per_request"_a, "usd"_a);
  py::class_<EvenSettings>(module, "EvenSettings", "An even split; see Budget.")
      .def(py::init([](double usd, std::int64_t requests, bool spill_over) {
             return EvenSettings{
                 .budget = to_nanodollars("usd", usd), .requests = requests, .spill_over = spill_over};
           }),
           "usd"_a, "requests"_a, "spill_over"_a);
  py::class_<ZclSettings>(module, "ZclSettings", "The paper's threshold with bins; see Budget.")
      .def(py::init([](double usd, std::int64_t requests, std::int64_t bin_size, std::optional<double> lower,
                       std::optional<double> upper, bool stop) {
             return ZclSettings{.budget = to_nanodollars("usd", usd),
                                .requests = requests,
                                .bin_size = bin_size,
                                .lower = lower,
                                .upper = upper,
                                .stop = stop};
           }),
           "usd"_a, "requests"_a, "bin_size"_a, "lower"_a, "upper"_a, "stop"_a);

  py::class_<ScopedBudget>(
      module, "ScopedBudget",
      "One budget, and whose decisions it applies to: '' everybody's, '*' each tenant's.")
      .def(py::init([](const BudgetSettings& spending, bool soft, std::string tenant) {
             return ScopedBudget{spending, soft, std::move(tenant)};
           }),
           "spending"_a, "soft"_a, "tenant"_a);

  module.def("spend", &spend_all, "budget"_a, "reward"_a.noconvert(), "cost"_a.noconvert(),
             "actual"_a.noconvert(), "list_price"_a.noconvert(),
             "A budget over N requests with known estimates: (N,) the models called, -1 for none. reward, "
             "cost and actual: (N, K), rows contiguous; list_price: (K,), half of what a thousand tokens "
             "cost in and "
             "out.");
}
