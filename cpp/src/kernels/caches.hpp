// What the kernels know of caches.
#pragma once

#include "pilotage/kernels.hpp"

namespace pilotage {

namespace {

/// Dimensions from which matrices lie in the third level more often than not: what is read next is asked for
/// while the last is summed, farther ahead than a core does by itself, which stops where 4 kB end.
constexpr Index kFar = 192;

constexpr Index kLineBytes = 64;

constexpr Index kAhead = 1'024;  // elements of tiles, asked for before they are read

}  // namespace

}  // namespace pilotage
