#include "src/backend/cpu/simd_target.hpp"

#include "polypath/core/error.hpp"

#include "src/backend/cpu/targets.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace polypath::cpu {

std::vector<SimdTarget> usable_targets() {
  std::vector<SimdTarget> targets;
  // The fallback (scalar code) is always there, whatever the processor reports.
  std::int64_t left = (hwy::SupportedTargets() | HWY_SCALAR | HWY_EMU128) & (HWY_TARGETS);
  for (; left != 0; left &= left - 1) {
    const std::int64_t lowest = left & -left;
    targets.push_back({lowest, hwy::TargetName(lowest)});
  }
  return targets;
}

SimdTarget choose_target(const std::string& name) {
  const std::vector<SimdTarget> targets = usable_targets();
  if (name.empty()) {
    return targets.front();
  }
  const auto found = std::find_if(targets.begin(), targets.end(),
                                  [&](const SimdTarget& t) { return t.name == name; });
  if (found != targets.end()) {
    return *found;
  }
  std::string names;
  for (const SimdTarget& target : targets) {
    names += (names.empty() ? "" : ", ") + target.name;
  }
  throw BackendUnavailable(fmt::format(
      "SIMD target \"{}\" cannot be used (environment variable POLYPATH_SIMD): this build on this "
      "processor has {}. The results of a run depend on the target in their last bits, so no other "
      "is taken in its place. Set POLYPATH_SIMD to one of these, or unset it to get {}.",
      name, names, targets.front().name));
}

SimdKernels kernels_of(const SimdTarget& target) {
  SimdKernels kernels;
  set_dot_kernels(target.bit, kernels);
  set_lane_kernels(target.bit, kernels);
  set_column_kernels(target.bit, kernels);
  set_strip_kernels(target.bit, kernels);
  set_rank_kernels(target.bit, kernels);
  set_pointwise_kernels(target.bit, kernels);
  set_normal_kernels(target.bit, kernels);
  set_projection_kernels(target.bit, kernels);
  return kernels;
}

}  // namespace polypath::cpu
