#include <pybind11/eigen.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "decision_type.hpp"
#include "pilotage/errors.hpp"
#include "pilotage/router.hpp"
#include "register.hpp"

namespace py = pybind11;
using namespace py::literals;
using namespace pilotage;

namespace {

/// Made once: a str for every answer would cost as much as the answer.
template <std::size_t N>
py::str name(const std::array<const char*, N>& names, std::array<PyObject*, N>& made, std::size_t which) {
  PyObject*& known = made.at(which);
  if (known == nullptr) {
    known = PyUnicode_InternFromString(names.at(which));
    if (known == nullptr) {
      throw py::error_already_set();
    }
  }
  return py::reinterpret_borrow<py::str>(known);
}

py::str status_name(Status status) {
  static constexpr std::array kNames{"applied", "duplicate", "conflict", "late", "unknown"};
  static std::array<PyObject*, kNames.size()> made{};
  return name(kNames, made, static_cast<std::size_t>(status));
}

py::str reason_name(Reason reason) {
  static constexpr std::array kNames{
      "best",        "dual_price",          "cheapest",   "threshold", "even_split",
      "exploration", "insufficient_budget", "priced_out", "adopted"};
  static std::array<PyObject*, kNames.size()> made{};
  return name(kNames, made, static_cast<std::size_t>(reason));
}

/// x where it is (d,), float64 and contiguous: as pybind11's own conversion, at a fifth of its time.
std::optional<Eigen::Map<const Vector>> as_context(py::handle x, Index d) {
  const auto& api = py::detail::npy_api::get();
  if (Py_TYPE(x.ptr()) != api.PyArray_Type_) {  // a subclass may mean more than its numbers: masks, units
    return std::nullopt;
  }
  const auto* array = py::detail::array_proxy(x.ptr());
  constexpr int kReadable =
      py::detail::npy_api::NPY_ARRAY_C_CONTIGUOUS_ | py::detail::npy_api::NPY_ARRAY_ALIGNED_;
  const auto* descr = py::detail::array_descriptor_proxy(array->descr);
  const bool usable = array->nd == 1 && array->dimensions[0] == d &&
                      descr->type_num == py::detail::npy_api::NPY_DOUBLE_ && descr->byteorder != '>' &&
                      (array->flags & kReadable) == kReadable;
  return usable ? std::optional<Eigen::Map<const Vector>>(std::in_place,
                                                          reinterpret_cast<const double*>(array->data), d)
                : std::nullopt;
}

Score score_from_name(const std::string& name) {
  if (name == "linear") {
    return Score::kLinear;
  }
  if (name == "pilot") {
    return Score::kPilot;
  }
  throw std::invalid_argument("score must be 'linear' or 'pilot', got '" + name + "'");
}

/// Throws py::error_already_set where `value` is no number.
double number(PyObject* value) {
  const double number = PyFloat_AsDouble(value);
  if (number == -1.0 && PyErr_Occurred() != nullptr) {
    throw py::error_already_set();
  }
  return number;
}

std::string_view text(PyObject* value) {
  Py_ssize_t size = 0;
  const char* utf8 = PyUnicode_AsUTF8AndSize(value, &size);
  if (utf8 == nullptr) {
    throw py::error_already_set();
  }
  return {utf8, static_cast<std::size_t>(size)};
}

// What every request calls takes its arguments one by one, as CPython has them: pybind11 finds out afresh by
// whom each of them could be taken, which is a tenth of the time.
using Arguments = std::span<PyObject* const>;

/// One such call, its exceptions Python's.
template <auto call>
PyObject* called(PyObject* self, PyObject* const* arguments, Py_ssize_t count) noexcept {
  try {
    const Arguments given(arguments, static_cast<std::size_t>(count));
    return call(py::cast<Router&>(py::handle(self)), given).release().ptr();
  } catch (py::error_already_set& error) {
    error.restore();
  } catch (...) {
    py::detail::try_translate_exceptions();  // as for every other function of the module
  }
  return nullptr;
}

template <auto call>
PyMethodDef method(const char* name, const char* doc) {
  void* function = reinterpret_cast<void*>(called<call>);
  return {name, reinterpret_cast<PyCFunction>(function), METH_FASTCALL, doc};
}

void require_count(Arguments arguments, std::size_t expected) {
  if (arguments.size() != expected) {
    const std::string needed = std::to_string(expected) + " arguments";
    throw py::type_error("the call needs " + needed + ", got " + std::to_string(arguments.size()));
  }
}

/// -1, which was never given out, for what is beyond 64 bits. Throws py::error_already_set for no integer.
DecisionId id_of(PyObject* value) {
  int overflow = 0;
  const DecisionId id = PyLong_AsLongLongAndOverflow(value, &overflow);
  if (id == -1 && PyErr_Occurred() != nullptr) {
    throw py::error_already_set();
  }
  return overflow == 0 ? id : -1;
}

py::object decide(Router& router, Arguments arguments) {
  require_count(arguments, 7);
  if (PyList_Check(arguments[5]) == 0 || PyList_GET_SIZE(arguments[5]) < router.size()) {
    throw py::type_error("names must be a list of all models' names");
  }
  const auto x = as_context(arguments[0], router.dim());
  if (!x) {
    return py::none();
  }
  const double input_tokens = number(arguments[1]);
  const auto max_tokens = Py_IsNone(arguments[2]) != 0 ? std::nullopt : std::optional(number(arguments[2]));
  py::object decision = new_decision(router.size());
  const Decision d = router.decide(*x, input_tokens, max_tokens, arguments[3] == Py_True,
                                   eligible_of(decision), text(arguments[4]), arguments[6] == Py_True);
  if (d.model < 0) {
    return py::make_tuple(reason_name(d.reason), to_dollars(d.needed));
  }
  fill_decision(decision, d, py::reinterpret_borrow<py::object>(arguments[5]), reason_name(d.reason));
  return decision;
}

py::object settle(Router& router, Arguments arguments) {
  require_count(arguments, 2);
  return status_name(router.settle(id_of(arguments[0]), number(arguments[1])));
}

py::object settle_tokens(Router& router, Arguments arguments) {
  require_count(arguments, 3);
  return status_name(router.settle(id_of(arguments[0]), number(arguments[1]), number(arguments[2])));
}

py::object feedback(Router& router, Arguments arguments) {
  require_count(arguments, 2);
  return status_name(router.feedback(id_of(arguments[0]), number(arguments[1])));
}

std::array direct_methods{
    method<decide>("decide",
                   "decide(self, x: object, input_tokens: float, max_tokens: float | None, explore: bool, "
                   "tenant: str, names: list[str], estimated: bool) "
                   "-> Decision | tuple[str, float] | None\n\n"
                   "A decision, or the reason why there is none and what would have been set aside for the "
                   "cheapest call. "
                   "x: (d,); None, and nothing done, for anything "
                   "but a contiguous float64 vector of d elements. names: of all models; it only ever grows"),
    method<settle>("settle", "settle(self, id: int, usd: float) -> str\n\nCharges a call's actual cost."),
    method<settle_tokens>("settle_tokens",
                          "settle_tokens(self, id: int, input_tokens: float, output_tokens: float) -> str\n\n"
                          "Charges a call by its token counts."),
    method<feedback>("feedback",
                     "feedback(self, id: int, reward: float) -> str\n\nLearns one reward in [0, 1]."),
};

py::object adopt(Router& router, const ConstVectorRef& x, double input_tokens, Index model,
                 const py::typing::List<py::str>& names, bool estimated) {
  const Decision d = router.adopt(x, input_tokens, model, estimated);
  py::object decision = new_decision(router.size());
  std::ranges::fill(eligible_of(decision), std::uint8_t{0});
  eligible_of(decision)[static_cast<std::size_t>(model)] = 1;
  fill_decision(decision, d, names, reason_name(d.reason));
  return decision;
}

std::vector<std::optional<py::object>> decide_many(Router& router, const ConstRowMatrixRef& contexts,
                                                   const ConstVectorRef& input_tokens,
                                                   std::optional<double> max_tokens, bool explore,
                                                   const std::string& tenant,
                                                   const py::typing::List<py::str>& names, bool estimated) {
  std::vector<Decision> decisions(static_cast<std::size_t>(contexts.rows()));
  Eigen::Array<std::uint8_t, -1, -1> eligible(router.size(), contexts.rows());
  {
    // No Python object is touched: the arrays are the Python layer's own, and nobody else has them.
    const py::gil_scoped_release release;
    const Eigen::Map<const Matrix> columns(contexts.data(), contexts.cols(), contexts.rows());
    router.decide_many(columns, input_tokens, max_tokens, explore, decisions, eligible, tenant, estimated);
  }
  std::vector<std::optional<py::object>> made(decisions.size());
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    if (decisions[i].model >= 0) {
      made[i] = new_decision(eligible.rows());
      const auto flags = eligible.col(static_cast<Index>(i));
      std::ranges::copy(flags, eligible_of(*made[i]).begin());
      fill_decision(*made[i], decisions[i], names, reason_name(decisions[i].reason));
    }
  }
  return made;
}

std::vector<py::str> feedback_many(Router& router, const std::vector<DecisionId>& ids,
                                   const ConstVectorRef& rewards) {
  std::vector<Status> statuses(ids.size());
  {
    const py::gil_scoped_release release;
    router.feedback_many(ids, rewards, statuses);
  }
  std::vector<py::str> names;
  names.reserve(statuses.size());
  for (const Status status : statuses) {
    names.push_back(status_name(status));
  }
  return names;
}

/// (limit or None, settled, reserved, remaining or None, overrun, overruns, expired, after_period)
using BudgetTuple = py::typing::Tuple<std::optional<double>, double, double, std::optional<double>, double,
                                      std::int64_t, std::int64_t, double>;

BudgetTuple budget_tuple(const BudgetState& state) {
  const auto bounded = [&](NanoDollars amount) -> std::optional<double> {
    return state.limit == kUnlimited ? std::nullopt : std::optional(to_dollars(amount));
  };
  return py::make_tuple(bounded(state.limit), to_dollars(state.settled), to_dollars(state.reserved),
                        bounded(state.remaining), to_dollars(state.overrun), state.overruns, state.expired,
                        to_dollars(state.after_period));
}

/// ((budget, tenant, state), ...)
using BudgetsTuple = std::vector<std::tuple<std::size_t, std::string, BudgetTuple>>;

BudgetsTuple budgets(const Router& router, std::optional<std::string_view> tenant) {
  BudgetsTuple all;
  for (const AccountState& account : tenant ? router.budgets(*tenant) : router.budgets()) {
    all.emplace_back(account.budget, account.tenant, budget_tuple(account.state));
  }
  return all;
}

/// (settled, expected, actual, above, unlearned, quantile, factor)
using CalibrationTuple = std::tuple<std::int64_t, double, double, std::int64_t, std::int64_t, double, double>;

std::vector<CalibrationTuple> calibration(const Router& router) {
  std::vector<CalibrationTuple> all;
  for (const CostCalibration& c : router.calibration()) {
    all.emplace_back(c.settled, c.expected, c.actual, c.above, c.unlearned, c.quantile, c.factor);
  }
  return all;
}

/// (reward, width, cost), each (K,)
py::typing::Tuple<Vector, Vector, Vector> estimate(const Router& router, const ConstVectorRef& x,
                                                   double input_tokens, bool estimated) {
  const Index models = router.size();
  Vector reward(models);
  Vector width(models);
  Vector usd(models);
  router.estimate(x, input_tokens, reward, width, usd, estimated);
  return py::make_tuple(reward, width, usd);
}

}  // namespace

void register_router(py::module_& module) {
  py::class_<ModelSettings>(module, "ModelSettings", "One model: its prices and its prior.")
      .def(py::init([](double input_price, double output_price, double expected_output_tokens,
                       const ModelPrior& prior, double max_output_tokens, bool informed, bool bounded) {
             return ModelSettings{.prices = {input_price, output_price},
                                  .expected_output_tokens = expected_output_tokens,
                                  .prior = prior,
                                  .max_output_tokens = max_output_tokens,
                                  .informed = informed,
                                  .bounded = bounded};
           }),
           "input_price"_a, "output_price"_a, "expected_output_tokens"_a, "prior"_a, "max_output_tokens"_a,
           "informed"_a, "bounded"_a);

  // Scalar calls keep the GIL: they take microseconds, and giving it up costs 50 ns.
  py::class_<Router> bound(module, "Router",
                           "Learning, money and pending decisions. Safe from several threads.");
  bound
      .def(py::init([](const std::vector<ModelSettings>& models, Budgets budgets, Index dim,
                       const std::string& score, double alpha, std::optional<double> least_alpha,
                       double forgetting, double exploration, std::uint64_t seed, std::int64_t capacity,
                       std::int64_t epoch, Index cost_components, Index shared_cost_components,
                       double cost_strength, bool learn_costs, const std::optional<ModelPrior>& fallback,
                       bool like_pool) {
             const RouterSettings settings{.dim = dim,
                                           .score = score_from_name(score),
                                           .alpha = alpha,
                                           .least_alpha = least_alpha,
                                           .forgetting = forgetting,
                                           .exploration = exploration,
                                           .seed = seed,
                                           .capacity = capacity,
                                           .epoch = epoch,
                                           .cost = {.lengths = {.components = cost_components,
                                                                .shared_components = shared_cost_components,
                                                                .strength = cost_strength},
                                                    .learn = learn_costs},
                                           .fallback = fallback,
                                           .like_pool = like_pool};
             return std::make_unique<Router>(settings, models, std::move(budgets));
           }),
           "models"_a, "budgets"_a, py::kw_only(), "dim"_a, "score"_a, "alpha"_a, "least_alpha"_a,
           "forgetting"_a, "exploration"_a, "seed"_a, "capacity"_a, "epoch"_a, "cost_components"_a,
           "shared_cost_components"_a, "cost_strength"_a, "learn_costs"_a, "fallback"_a = py::none(),
           "like_pool"_a = false)
      .def("decide_many", &decide_many, "contexts"_a.noconvert(), "input_tokens"_a.noconvert(),
           "max_tokens"_a, "explore"_a.noconvert(), "tenant"_a, "names"_a, "estimated"_a.noconvert(),
           "A decision, or None, for each of n contexts; lets other threads run. contexts: (n, d), "
           "input_tokens: (n,)")
      .def("adopt", &adopt, "x"_a.noconvert(), "input_tokens"_a, "model"_a, "names"_a, "estimated"_a,
           "A decision that was taken elsewhere; no budget pays. x: (d,)")
      .def("feedback_many", &feedback_many, "ids"_a, "rewards"_a.noconvert(),
           "Learns n rewards; lets other threads run. rewards: (n,)")
      .def(
          "release", [](Router& router, DecisionId id) { return status_name(router.release(id)); }, "id"_a,
          "The call never happened.")
      .def(
          "expire", [](Router& router, DecisionId id) { return status_name(router.expire(id)); }, "id"_a,
          "Nobody will say what the call cost: charges its reservation.")
      .def("add", &Router::add, "model"_a, "Appends a model; its index.")
      .def("enable", &Router::enable, "k"_a, "enabled"_a, "Whether model k may be called.")
      .def(
          "set_prices",
          [](Router& router, Index k, double input_price, double output_price) {
            router.set_prices(k, {input_price, output_price});
          },
          "k"_a, "input_price"_a, "output_price"_a, "What model k charges from the next decision on.")
      .def("set_max_output_tokens", &Router::set_max_output_tokens, "k"_a, "tokens"_a, "bounded"_a,
           "The longest answer of model k, from the next decision on.")
      .def("set_budgets", &Router::set_budgets, "budgets"_a, "Opens new accounts; what was learned stays.")
      .def("refill", &Router::refill, "budget"_a, "A new period of one budget.")
      .def(
          "change_budget",
          [](Router& router, std::size_t budget, std::optional<std::string_view> tenant,
             std::optional<double> usd, std::optional<double> usd_per_request,
             std::optional<std::int64_t> requests) {
            BudgetChange change{.rate = usd_per_request, .requests = requests};
            if (usd) {
              change.limit = to_nanodollars("usd", *usd);
            }
            router.change_budget(budget, tenant, change);
          },
          "budget"_a, "tenant"_a, "usd"_a, "usd_per_request"_a, "requests"_a,
          "Another limit, pace or horizon of a running budget; None leaves it.")
      .def(
          "outside",
          [](const Router& router) {
            const Outside outside = router.outside();
            return std::pair(to_dollars(outside.adopted), to_dollars(outside.replaced));
          },
          "(adopted, replaced): what calls were charged that no account pays for.")
      .def(
          "budget", [](const Router& router) { return budget_tuple(router.budget()); },
          "(limit, settled, reserved, remaining, overrun, overruns, expired, after_period)")
      .def("budgets", &budgets, "tenant"_a,
           "(budget, tenant, state) of every account, or of those that apply to a tenant's decisions.")
      .def("calibration", &calibration,
           "(settled, expected, actual, above, unlearned, quantile, factor) of every model.")
      .def("estimate", &estimate, "x"_a.noconvert(), "input_tokens"_a, "estimated"_a,
           "(reward, width, cost), each (K,), changing nothing. x: (d,)")
      .def("posterior", &Router::posterior, "k"_a, "A copy of model k's posterior, up to date.")
      .def_property_readonly("prior_refuted", &Router::prior_refuted)
      .def_property_readonly("dim", &Router::dim)
      .def_property_readonly("size", &Router::size, "K");
  auto* type = reinterpret_cast<PyTypeObject*>(bound.ptr());
  for (PyMethodDef& direct : direct_methods) {
    bound.attr(direct.ml_name) = py::reinterpret_steal<py::object>(PyDescr_NewMethod(type, &direct));
  }
}
