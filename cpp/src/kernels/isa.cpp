// One set of kernels: compiled once for every instruction set, with PILOTAGE_ISA as its name.
//
// Nothing here may call an inline function that others call, too, such as Eigen's or the standard library's:
// the linker keeps one copy of each, which may be the one that older machines cannot run.
#include "compiled.hpp"
#include "rounding.hpp"
#include "split.hpp"
#include "triangle.hpp"
#include "whole_numbers.hpp"

#define PILOTAGE_JOINED(a, b) a##b
#define PILOTAGE_JOIN(a, b) PILOTAGE_JOINED(a, b)
#define PILOTAGE_QUOTED(a) #a
#define PILOTAGE_QUOTE(a) PILOTAGE_QUOTED(a)

namespace pilotage {

constinit const Kernels PILOTAGE_JOIN(kernels_, PILOTAGE_ISA){
    .isa = PILOTAGE_QUOTE(PILOTAGE_ISA),
    .splits = kSplits,
    .times = times,
    .quadratic = quadratic,
    .add = add,
    .dot = dot,
    .tail_dots = tail_dots,
    .sizes = sizes,
    .round = round,
    .shorten = shorten,
    .largest = largest,
    .mirror = mirror,
    .split = split,
    .expand = expand,
    .split_times = split_times,
    .split_quadratic = split_quadratic,
    .integer_quadratic = integer_quadratic,
    .integer_quadratics = integer_quadratics,
    .integer_tail_dots = integer_tail_dots,
};

}  // namespace pilotage
