#include "kernels/cuda/dev.cuh"

#include "bad_kernels.cuh"

namespace bad_kernels {

__global__ void one_too_many(float* x, int n) {
  const int i = int(blockIdx.x * blockDim.x + threadIdx.x);
  if (i <= n) {
    x[i] = 1.0f;
  }
}

__global__ void one_before(float* x) { x[int(threadIdx.x) - 1] = 1.0f; }

__global__ void read_at(const float* x, float* out, long index) { out[0] = x[index]; }

__global__ void missing_barrier(const float* x, float* out) {
  DEV_SHARED(float, values, 64);
  values[threadIdx.x] = x[threadIdx.x];
  out[threadIdx.x] = values[63 - threadIdx.x];
}

__global__ void divergent_barrier(float* out) {
  if (threadIdx.x < 32) {
    out[0] = 1.0f;
    __syncthreads();
    out[2] = out[1];
  } else {
    out[1] = 2.0f;
    __syncthreads();
    out[3] = out[0];
  }
}

__global__ void exit_before_barrier(float* out) {
  if (threadIdx.x >= 32) {
    return;
  }
  __syncthreads();
  out[threadIdx.x] = 1.0f;
}

__global__ void missing_lane(float* out) {
  float value = float(threadIdx.x);
  if (threadIdx.x < 16) {
    value += __shfl_down_sync(0xffffffffu, value, 8);
  }
  out[threadIdx.x] = value;
}

__global__ void uninitialised_shared(float* out) {
  DEV_SHARED(float, values, 32);
  if (threadIdx.x == 40) {
    values[0] = 0.0f;
  }
  out[threadIdx.x] = values[threadIdx.x];
}

__global__ void large_static_shared(float* out) {
  DEV_SHARED(float, values, 13000);
  values[threadIdx.x] = 0.0f;
  out[0] = values[0];
}

__global__ void past_static_shared(float* out, int index) {
  DEV_SHARED(float, values, 32);
  values[index + int(threadIdx.x)] = 1.0f;
  __syncthreads();
  out[threadIdx.x] = values[threadIdx.x];
}

__global__ void past_dynamic_shared(float* out, int index) {
  DEV_DYN_SHARED(float, values);
  values[index + int(threadIdx.x)] = 1.0f;
  __syncthreads();
  out[threadIdx.x] = values[threadIdx.x];
}

__global__ void race_of_blocks(float* out) { out[0] = float(blockIdx.x * 64 + threadIdx.x); }

cudaError_t launch_one_too_many(cudaStream_t stream, float* x, int n) {
  return dev::launch(stream, unsigned(n) / 64 + 1, 64, 0, one_too_many, x, n);
}
cudaError_t launch_one_before(cudaStream_t stream, float* x) {
  return dev::launch(stream, 1, 32, 0, one_before, x);
}
cudaError_t launch_read_at(cudaStream_t stream, const float* x, float* out, long index) {
  return dev::launch(stream, 1, 1, 0, read_at, x, out, index);
}
cudaError_t launch_missing_barrier(cudaStream_t stream, const float* x, float* out) {
  return dev::launch(stream, 1, 64, 0, missing_barrier, x, out);
}
cudaError_t launch_divergent_barrier(cudaStream_t stream, float* out) {
  return dev::launch(stream, 1, 64, 0, divergent_barrier, out);
}
cudaError_t launch_exit_before_barrier(cudaStream_t stream, float* out) {
  return dev::launch(stream, 1, 64, 0, exit_before_barrier, out);
}
cudaError_t launch_missing_lane(cudaStream_t stream, float* out) {
  return dev::launch(stream, 1, 32, 0, missing_lane, out);
}
cudaError_t launch_uninitialised_shared(cudaStream_t stream, float* out) {
  return dev::launch(stream, 1, 32, 0, uninitialised_shared, out);
}
cudaError_t launch_large_static_shared(cudaStream_t stream, float* out) {
  return dev::launch(stream, 1, 64, 0, large_static_shared, out);
}
cudaError_t launch_past_static_shared(cudaStream_t stream, float* out, int index) {
  return dev::launch(stream, 1, 32, 0, past_static_shared, out, index);
}
cudaError_t launch_past_dynamic_shared(cudaStream_t stream, float* out, int index) {
  return dev::launch(stream, 1, 32, 32 * sizeof(float), past_dynamic_shared, out, index);
}
cudaError_t launch_race_of_blocks(cudaStream_t stream, float* out) {
  return dev::launch(stream, 2, 64, 0, race_of_blocks, out);
}
cudaError_t launch_bad_shape(cudaStream_t stream, float* out) {
  return dev::launch(stream, 1, 2048, 0, uninitialised_shared, out);
}

}  // namespace bad_kernels
