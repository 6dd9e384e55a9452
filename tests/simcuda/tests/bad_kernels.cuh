// Kernels that are wrong on purpose: each must be caught.
#pragma once

#include <cuda_runtime.h>

namespace bad_kernels {

// Writes x[0 .. n], one element too many.
cudaError_t launch_one_too_many(cudaStream_t stream, float* x, int n);
// Writes x[-1].
cudaError_t launch_one_before(cudaStream_t stream, float* x);
// Reads x[index].
cudaError_t launch_read_at(cudaStream_t stream, const float* x, float* out, long index);
// out[i] <- x[63 - i] through shared memory, without the barrier in between.
cudaError_t launch_missing_barrier(cudaStream_t stream, const float* x, float* out);
// Half of the block at one barrier, half at another.
cudaError_t launch_divergent_barrier(cudaStream_t stream, float* out);
// Half of the block leaves before the barrier.
cudaError_t launch_exit_before_barrier(cudaStream_t stream, float* out);
// A shuffle whose mask names lanes that never come.
cudaError_t launch_missing_lane(cudaStream_t stream, float* out);
// Copies shared memory that nobody wrote.
cudaError_t launch_uninitialised_shared(cudaStream_t stream, float* out);
// More than 48 KiB of static shared memory.
cudaError_t launch_large_static_shared(cudaStream_t stream, float* out);
// Writes one element past a static, and past the dynamic, shared array.
cudaError_t launch_past_static_shared(cudaStream_t stream, float* out, int index);
cudaError_t launch_past_dynamic_shared(cudaStream_t stream, float* out, int index);
// Every block writes out[0].
cudaError_t launch_race_of_blocks(cudaStream_t stream, float* out);
// More than 1024 threads in a block.
cudaError_t launch_bad_shape(cudaStream_t stream, float* out);

}  // namespace bad_kernels
