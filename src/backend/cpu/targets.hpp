#pragma once

// Included before anything of Highway in the kernel files: which instruction sets get code. SSSE3
// has no machines of its own any more; the kernels keep vectors in arrays, which the sizeless types
// of SVE and RISC-V cannot be (those machines run the NEON or the scalar code).
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#include "hwy/targets.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace polypath::cpu {

struct SimdKernels;
/// Writes one target's functions into the table of kernels.
using KernelSetter = void (*)(SimdKernels&);

#ifdef HWY_CHOOSE_TARGET_LIST
inline constexpr int table_size = HWY_MAX_DYNAMIC_TARGETS + 1;
inline constexpr int first_target_bit = HWY_HIGHEST_TARGET_BIT + 1 - HWY_MAX_DYNAMIC_TARGETS;
#else
inline constexpr int table_size = 1;
inline constexpr int first_target_bit = 0;
#endif

/// Where `target` (one HWY_* bit) stands in POLYPATH_TARGET_TABLE; the fallback stands last.
[[nodiscard]] inline std::size_t table_slot(std::int64_t target) {
  for (int slot = 0; slot + 1 < table_size; ++slot) {
    if (((target >> (first_target_bit + slot)) & 1) != 0) {
      return static_cast<std::size_t>(slot);
    }
  }
  return table_size - 1;
}

}  // namespace polypath::cpu

// The versions of `setter` for every target, null where none was compiled. Unlike HWY_EXPORT it
// lets two backends of one process use different targets.
#ifdef HWY_CHOOSE_TARGET_LIST
#define POLYPATH_TARGET_TABLE(setter)                                  \
  std::array<polypath::cpu::KernelSetter, polypath::cpu::table_size> { \
    HWY_CHOOSE_TARGET_LIST(setter), HWY_CHOOSE_FALLBACK(setter)        \
  }
#else
#define POLYPATH_TARGET_TABLE(setter) \
  std::array<polypath::cpu::KernelSetter, 1> { HWY_CHOOSE_FALLBACK(setter) }
#endif
