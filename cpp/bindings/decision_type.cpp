#include "decision_type.hpp"

#include <pybind11/typing.h>
#include <structmember.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "register.hpp"

namespace py = pybind11;

namespace pilotage {

namespace {

struct DecisionObject {
  PyVarObject ob_base;  // as PyObject_VAR_HEAD has it
  unsigned long long id;
  Py_ssize_t model;
  double propensity;
  double expected_reward;
  double width;
  double expected_cost;
  double reserved;
  long long max_tokens;  // -1: none
  PyObject* names;       // the router's list, which only grows; owned, like `reason`
  PyObject* reason;
  std::uint8_t eligible[1];  // of every model: the object's size varies with them
};

PyTypeObject* decision_type = nullptr;

DecisionObject* of(PyObject* self) { return reinterpret_cast<DecisionObject*>(self); }

void deallocate(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  Py_XDECREF(of(self)->names);
  Py_XDECREF(of(self)->reason);
  PyObject_Free(self);
  Py_DECREF(type);
}

PyObject* model(PyObject* self, void*) { return Py_NewRef(PyList_GetItem(of(self)->names, of(self)->model)); }

PyObject* max_tokens(PyObject* self, void*) {
  return of(self)->max_tokens < 0 ? Py_NewRef(Py_None) : PyLong_FromLongLong(of(self)->max_tokens);
}

/// What makes a Python object; its exception is Python's.
template <class Make>
PyObject* made(Make make) noexcept {
  try {
    return make().release().ptr();
  } catch (py::error_already_set& error) {
    error.restore();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  }
  return nullptr;
}

py::tuple candidates_of(PyObject* self) {
  py::list found;
  for (Py_ssize_t k = 0; k < Py_SIZE(self); ++k) {
    if (of(self)->eligible[k] != 0) {
      found.append(py::reinterpret_borrow<py::object>(PyList_GetItem(of(self)->names, k)));
    }
  }
  return found;
}

PyObject* candidates(PyObject* self, void*) {
  return made([&] { return candidates_of(self); });
}

PyObject* repr(PyObject* self) {
  return made([&] {
    const py::handle decision = self;
    return py::str(
               "Decision(id={0.id}, model={0.model!r}, propensity={0.propensity:.3g}, "
               "expected_reward={0.expected_reward:.3g}, expected_cost={0.expected_cost:.3g}, "
               "reserved={0.reserved:.3g}, max_tokens={0.max_tokens}, reason={0.reason!r}, "
               "candidates={0.candidates!r})")
        .format(decision);
  });
}

using Flags = py::bytes;

py::object restore(std::uint64_t id, Py_ssize_t model, double propensity, double expected_reward,
                   double width, double expected_cost, double reserved, long long max_tokens,
                   const py::typing::List<py::str>& names, const py::str& reason, const Flags& eligible) {
  const auto flags = static_cast<std::string_view>(eligible);
  if (flags.size() > names.size() || model < 0 || model >= static_cast<Py_ssize_t>(names.size())) {
    throw py::value_error("model must be one of the names");
  }
  py::object decision = new_decision(static_cast<Index>(flags.size()));
  std::ranges::copy(flags, eligible_of(decision).begin());
  DecisionObject* self = of(decision.ptr());
  self->id = id;
  self->model = model;
  self->propensity = propensity;
  self->expected_reward = expected_reward;
  self->width = width;
  self->expected_cost = expected_cost;
  self->reserved = reserved;
  self->max_tokens = max_tokens;
  self->names = names.inc_ref().ptr();
  self->reason = reason.inc_ref().ptr();
  return decision;
}

PyObject* reduce(PyObject* self, PyObject*) {
  return made([&] {
    const DecisionObject& d = *of(self);
    const py::object again = py::module_::import("pilotage._core").attr("restore_decision");
    const Flags flags(reinterpret_cast<const char*>(d.eligible), static_cast<std::size_t>(Py_SIZE(self)));
    return py::make_tuple(
        again, py::make_tuple(d.id, d.model, d.propensity, d.expected_reward, d.width, d.expected_cost,
                              d.reserved, d.max_tokens, py::handle(d.names), py::handle(d.reason), flags));
  });
}

constexpr const char* kDoc = R"(Which model should answer, and why. Read-only.

Attributes
----------
id : 64-bit, never reused: for `settle`, `release` and `feedback`
model : name of the model to call
propensity : chance, in (0, 1], with which this model was chosen
candidates : names of the models that could have been chosen within the budget
expected_reward : in the units of the router's `score`
width : sqrt(x' A^-1 x) of the chosen model, to about three digits (`Router.estimate` is exact); 0 for a
    greedy decision
expected_cost : US dollars
reserved : US dollars set aside until the call is settled or released
max_tokens : the limit on the answer, to be sent upstream with the call: it is what keeps a hard budget,
    see `Budget`. None where none is needed
reason : "best" (no pacing), "dual_price" (best reward minus price times cost), "cheapest" (the money left
    buys no more), "threshold" (cleared the policy's threshold), "even_split" (within an even split of
    what is left), "exploration" (drawn by the exploration floor) or "adopted" (chosen elsewhere)
)";

// A member's documentation is its type: `make stubs` reads it.
#define PILOTAGE_MEMBER(name, kind, type) \
  PyMemberDef { #name, kind, offsetof(DecisionObject, name), READONLY, type }

PyMemberDef members[] = {
    PILOTAGE_MEMBER(id, T_ULONGLONG, "int"),
    PILOTAGE_MEMBER(propensity, T_DOUBLE, "float"),
    PILOTAGE_MEMBER(expected_reward, T_DOUBLE, "float"),
    PILOTAGE_MEMBER(width, T_DOUBLE, "float"),
    PILOTAGE_MEMBER(expected_cost, T_DOUBLE, "float"),
    PILOTAGE_MEMBER(reserved, T_DOUBLE, "float"),
    PILOTAGE_MEMBER(reason, T_OBJECT_EX, "str"),
    {},
};

PyGetSetDef properties[] = {
    {"model", model, nullptr, "str", nullptr},
    {"candidates", candidates, nullptr, "tuple[str, ...]", nullptr},
    {"max_tokens", max_tokens, nullptr, "int | None", nullptr},
    {},
};

PyMethodDef methods[] = {{"__reduce__", reduce, METH_NOARGS, nullptr}, {}};

}  // namespace

py::object new_decision(Index models) {
  DecisionObject* self = PyObject_NewVar(DecisionObject, decision_type, models);
  if (self == nullptr) {
    throw py::error_already_set();
  }
  self->names = nullptr;
  self->reason = nullptr;
  return py::reinterpret_steal<py::object>(reinterpret_cast<PyObject*>(self));
}

std::span<std::uint8_t> eligible_of(const py::object& decision) {
  return {of(decision.ptr())->eligible, static_cast<std::size_t>(Py_SIZE(decision.ptr()))};
}

void fill_decision(const py::object& decision, const Decision& d, const py::object& names,
                   py::object reason) {
  DecisionObject* self = of(decision.ptr());
  self->id = d.id;
  self->model = d.model;
  self->propensity = d.propensity;
  self->expected_reward = d.expected_reward;
  self->width = d.width;
  self->expected_cost = to_dollars(d.expected_cost);
  self->reserved = to_dollars(d.reserved);
  self->max_tokens = d.max_tokens.value_or(-1);
  self->names = names.inc_ref().ptr();
  self->reason = reason.release().ptr();
}

}  // namespace pilotage

void register_decision(py::module_& module) {
  using namespace pilotage;
  PyType_Slot slots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(deallocate)},
                         {Py_tp_repr, reinterpret_cast<void*>(repr)},
                         {Py_tp_members, members},
                         {Py_tp_getset, properties},
                         {Py_tp_methods, methods},
                         {Py_tp_doc, const_cast<char*>(kDoc)},
                         {0, nullptr}};
  PyType_Spec spec{"pilotage.Decision", offsetof(DecisionObject, eligible), sizeof(std::uint8_t),
                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
  PyObject* type = PyType_FromSpec(&spec);
  if (type == nullptr) {
    throw py::error_already_set();
  }
  decision_type = reinterpret_cast<PyTypeObject*>(type);
  module.attr("Decision") = py::reinterpret_steal<py::object>(type);
  Py_INCREF(type);  // for as long as the process: decisions may outlive the module
  module.def("restore_decision", &restore, py::arg("id"), py::arg("model"), py::arg("propensity"),
             py::arg("expected_reward"), py::arg("width"), py::arg("expected_cost"), py::arg("reserved"),
             py::arg("max_tokens"), py::arg("names"), py::arg("reason"), py::arg("eligible"),
             "A decision that was pickled.");
}
