// One function per family of types; module.cpp calls them in order.
#pragma once

#include <pybind11/pybind11.h>

void register_budget(pybind11::module_& module);
void register_decision(pybind11::module_& module);
void register_knapsack(pybind11::module_& module);
void register_posterior(pybind11::module_& module);
void register_replay(pybind11::module_& module);
void register_router(pybind11::module_& module);
void register_text(pybind11::module_& module);
