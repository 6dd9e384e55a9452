#pragma once

#include <cuda_runtime.h>

namespace polypath::cuda {

/// Starts a kernel that does nothing: shows whether this build has code for the device.
[[nodiscard]] cudaError_t launch_probe(cudaStream_t stream);

}  // namespace polypath::cuda
