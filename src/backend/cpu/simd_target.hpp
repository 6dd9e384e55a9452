#pragma once

#include "src/backend/cpu/kernels.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace polypath::cpu {

/// An instruction set for which kernels are compiled and which this processor has.
struct SimdTarget {
  std::int64_t bit = 0;  ///< Highway's HWY_* bit
  std::string name;      ///< "AVX3", "AVX2", "SSE4", "NEON", "SCALAR", ...
};

/// Best first; never empty.
[[nodiscard]] std::vector<SimdTarget> usable_targets();

/// The target called `name`, the best where `name` is empty. Throws BackendUnavailable, naming the
/// possible ones, where this processor or this build does not have it.
[[nodiscard]] SimdTarget choose_target(const std::string& name);

/// The kernels of a usable target.
[[nodiscard]] SimdKernels kernels_of(const SimdTarget& target);

}  // namespace polypath::cpu
