#include "pilotage/kernels.hpp"

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include "compiled.hpp"

namespace pilotage {

namespace {

std::vector<const Kernels*> find_runnable() {
#if defined(PILOTAGE_X86_LEVELS)
  std::vector<const Kernels*> found{&kernels_v1};
  if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0) {
    found.push_back(&kernels_v3);
    if (__builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
        __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
        __builtin_cpu_supports("avx512vnni") != 0) {
      found.push_back(&kernels_v4);
    }
  }
  return found;
#else
  return {&kernels_any};
#endif
}

std::atomic<const Kernels*>& in_use() {
  static std::atomic<const Kernels*> chosen = runnable_kernels().back();
  return chosen;
}

}  // namespace

std::span<const Kernels* const> runnable_kernels() {
  static const std::vector<const Kernels*> kRunnable = find_runnable();
  return kRunnable;
}

const Kernels& kernels() { return *in_use().load(std::memory_order_relaxed); }

void choose_kernels(std::string_view isa) {
  std::string known;
  for (const Kernels* candidate : runnable_kernels()) {
    if (candidate->isa == isa) {
      in_use() = candidate;
      return;
    }
    known += (known.empty() ? "" : ", ") + std::string(candidate->isa);
  }
  throw std::invalid_argument("isa must be one that this machine runs (" + known + "), got '" +
                              std::string(isa) + "'");
}

}  // namespace pilotage
