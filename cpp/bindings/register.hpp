// One function per family of types; module.cpp calls them in order.
#pragma once

#include <pybind11/pybind11.h>

#include <Eigen/Core>

/// (n, d) as numpy has it, never copied.
using RowMajorRef = Eigen::Ref<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

void register_budget(pybind11::module_& module);
void register_decision(pybind11::module_& module);
void register_knapsack(pybind11::module_& module);
void register_posterior(pybind11::module_& module);
void register_router(pybind11::module_& module);
void register_text(pybind11::module_& module);
