// The sets of kernels that are compiled; see cpp/CMakeLists.txt.
#pragma once

#include "pilotage/kernels.hpp"

namespace pilotage {

#if defined(PILOTAGE_X86_LEVELS)
extern const Kernels kernels_v1;
extern const Kernels kernels_v3;
extern const Kernels kernels_v4;
#else
extern const Kernels kernels_any;
#endif

}  // namespace pilotage
