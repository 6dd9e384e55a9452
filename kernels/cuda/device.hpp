#pragma once

#include "polypath/core/types.hpp"

#include <string>

namespace polypath::cuda {

/// Why no device can be used from here, with what to do; empty when one can. Runs a kernel on it.
[[nodiscard]] std::string unusable_reason();

/// The device of this process, number 0 among those that CUDA_VISIBLE_DEVICES leaves.
struct Device {
  std::string name;
  int compute_major = 0;
  int compute_minor = 0;
  int float64_slowdown = 0;  ///< float32 operations per float64 operation
};

/// Makes the device the calling thread's. Throws InternalError.
Device open_device();

/// Device memory, bytes, that a run may plan with: what is free less what the backend keeps for
/// itself.
[[nodiscard]] Index plannable_memory();

}  // namespace polypath::cuda
