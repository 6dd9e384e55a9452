#pragma once

#include <cuda_runtime.h>

namespace polypath::cuda {

/// Starts a kernel that does nothing: shows whether this build has code for the device.
[[nodiscard]] cudaError_t launch_probe(cudaStream_t stream);

/// Copies `elements` times 16 bytes `passes` times, pass p by to[i] = from[(i + p * shift) %
/// elements]: other multiprocessors read an element in every pass, so that it comes from memory or
/// from the cache that all share. Where that cache does not hold both buffers, only one pass is
/// honest: of several, most writes of an element would be overwritten before they reach memory.
[[nodiscard]] cudaError_t launch_copy(cudaStream_t stream, const float4* from, float4* to,
                                      long long elements, int passes, long long shift);

}  // namespace polypath::cuda
