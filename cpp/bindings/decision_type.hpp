// pilotage.Decision. Every request makes one, so it is a type made by hand: one allocation, whose numbers
// become Python's when they are asked for. A pybind11 object, or a tuple in a Python object, takes 150 to 250
// ns more.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <span>

#include "pilotage/router.hpp"

namespace pilotage {

/// A decision whose flags are still to be written, of so many models. Throws py::error_already_set.
pybind11::object new_decision(Index models);

/// Its flags, one for each model.
std::span<std::uint8_t> eligible_of(const pybind11::object& decision);

/// Fills in the rest. names: a list of str, of all models, that only grows; reason: a str.
void fill_decision(const pybind11::object& decision, const Decision& d, const pybind11::object& names,
                   pybind11::object reason);

}  // namespace pilotage
