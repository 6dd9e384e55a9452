#include "kernels/cuda/dev.cuh"

#include "kernels.cuh"

namespace test_kernels {

__global__ void tanh_bias(float* __restrict__ x, float* __restrict__ derivative,
                          const float* __restrict__ bias, int width, int n) {
  const int i = int(blockIdx.x * blockDim.x + threadIdx.x);
  if (i >= n) {
    return;
  }
  const float y = tanhf(x[i] + bias[i % width]);
  x[i] = y;
  derivative[i] = 1.0f - y * y;
}

__global__ void axpy(float* y, const float* x, float factor, int n) {
  const int i = int(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < n) {
    y[i] += factor * x[i];
  }
}

template <int kBlock>
__global__ void __launch_bounds__(kBlock)
    block_sums(const double* __restrict__ x, double* __restrict__ sums, int n) {
  DEV_SHARED(double, partial, kBlock / 32);
  double sum = 0.0;
  for (int i = int(blockIdx.x) * kBlock + int(threadIdx.x); i < n; i += int(gridDim.x) * kBlock) {
    sum += x[i];
  }
  for (int offset = 16; offset > 0; offset /= 2) {
    sum += __shfl_down_sync(0xffffffffu, sum, unsigned(offset));
  }
  if (threadIdx.x % 32 == 0) {
    partial[threadIdx.x / 32] = sum;
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    double total = 0.0;
    for (int warp = 0; warp < kBlock / 32; ++warp) {
      total += partial[warp];
    }
    sums[blockIdx.x] = total;
  }
}
template __global__ void block_sums<128>(const double*, double*, int);

__global__ void row_sums(const float* __restrict__ x, float* __restrict__ sums, int columns) {
  DEV_DYN_SHARED(float, tree);
  const unsigned t = threadIdx.x;
  float sum = 0.0f;
  for (int c = int(t); c < columns; c += int(blockDim.x)) {
    sum += x[size_t(blockIdx.x) * size_t(columns) + size_t(c)];
  }
  tree[t] = sum;
  __syncthreads();
  for (unsigned half = blockDim.x / 2; half > 0; half /= 2) {
    if (t < half) {
      tree[t] += tree[t + half];
    }
    __syncthreads();
  }
  if (t == 0) {
    sums[blockIdx.x] = tree[0];
  }
}

struct Words {
  uint32_t x, y, z, w;
};

__device__ __forceinline__ Words philox(Words c, uint32_t key0, uint32_t key1) {
  for (int round = 0; round < 10; ++round) {
    const uint32_t high0 = __umulhi(0xD2511F53u, c.x);
    const uint32_t high1 = __umulhi(0xCD9E8D57u, c.z);
    c = Words{high1 ^ c.y ^ key0, 0xCD9E8D57u * c.z, high0 ^ c.w ^ key1, 0xD2511F53u * c.x};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return c;
}

__global__ void philox_words(uint32_t* out, PhiloxInput input, int n) {
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  if (int(i) >= n) {
    return;
  }
  const uint32_t* counter = input.counter;
  const Words words =
      philox(Words{counter[0] + i, counter[1], counter[2], counter[3]}, input.key[0], input.key[1]);
  out[4 * i] = words.x;
  out[4 * i + 1] = words.y;
  out[4 * i + 2] = words.z;
  out[4 * i + 3] = words.w;
}

__global__ void histogram(const int* x, unsigned* bins, int n) {
  const int i = int(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < n) {
    atomicAdd(&bins[x[i]], 1u);
  }
}

__global__ void votes(const int* x, unsigned* out) {
  const int value = x[threadIdx.x];
  unsigned* mine = out + kVotes * threadIdx.x;
  mine[0] = __ballot_sync(0xffffffffu, value % 2);
  mine[1] = unsigned(__all_sync(0xffffffffu, value > 0));
  mine[2] = unsigned(__any_sync(0xffffffffu, value > 30));
  mine[3] = unsigned(__shfl_xor_sync(0xffffffffu, value, 5));
  mine[4] = unsigned(__shfl_up_sync(0xffffffffu, value, 3, 8));
  mine[5] = unsigned(__shfl_sync(0xffffffffu, value, 2, 16));
}

__global__ void transpose(const double* x, double* out, int rows, int columns) {
  DEV_SHARED(double, tile, 8 * 9);
  const int column = int(blockIdx.x * 8 + threadIdx.x);
  const int row = int(blockIdx.y * 8 + threadIdx.y);
  if (column < columns && row < rows) {
    tile[threadIdx.y * 9 + threadIdx.x] = x[row * columns + column];
  }
  __syncthreads();
  const int out_column = int(blockIdx.y * 8 + threadIdx.x);
  const int out_row = int(blockIdx.x * 8 + threadIdx.y);
  if (out_column < rows && out_row < columns) {
    out[out_row * rows + out_column] = tile[threadIdx.x * 9 + threadIdx.y];
  }
}

__global__ void functions(const double* x, double* out, int n) {
  const int i = int(blockIdx.x * blockDim.x + threadIdx.x);
  if (i >= n) {
    return;
  }
  const double v = x[i];
  const float f = float(v);
  double* mine = out + kFunctions * i;
  double sine = 0.0;
  double cosine = 0.0;
  sincospi(v, &sine, &cosine);
  mine[0] = tanh(v);
  mine[1] = double(tanhf(f));
  mine[2] = sqrt(fabs(v));
  mine[3] = log(1.0 + v * v);
  mine[4] = exp(-v);
  mine[5] = sine;
  mine[6] = cosine;
  mine[7] = double(int(floor(v * 3.0)) % 5);
  mine[8] = double(__clz(i + 1) + __popc(unsigned(i)));
  mine[9] = double(unsigned(f * f)) / 7.0;
  mine[10] = fmax(v, 0.0) + fmin(v, 0.5);
  mine[11] = isfinite(v) ? double((long long)(v * 1e6)) : -1.0;
}

namespace {

unsigned blocks_of(int n, int block) { return unsigned((n + block - 1) / block); }

}  // namespace

cudaError_t launch_tanh_bias(cudaStream_t stream, float* x, float* derivative, const float* bias,
                             int width, int n) {
  return dev::launch(stream, blocks_of(n, 256), 256, 0, tanh_bias, x, derivative, bias, width, n);
}

cudaError_t launch_axpy(cudaStream_t stream, float* y, const float* x, float factor, int n) {
  return dev::launch(stream, blocks_of(n, 128), 128, 0, axpy, y, x, factor, n);
}

cudaError_t launch_block_sums(cudaStream_t stream, const double* x, double* sums, int blocks,
                              int n) {
  return dev::launch(stream, unsigned(blocks), 128, 0, block_sums<128>, x, sums, n);
}

cudaError_t launch_row_sums(cudaStream_t stream, const float* x, float* sums, int rows,
                            int columns) {
  return dev::launch(stream, unsigned(rows), 64, 64 * sizeof(float), row_sums, x, sums, columns);
}

cudaError_t launch_philox(cudaStream_t stream, std::uint32_t* out, PhiloxInput input, int n) {
  return dev::launch(stream, blocks_of(n, 64), 64, 0, philox_words, out, input, n);
}

cudaError_t launch_histogram(cudaStream_t stream, const int* x, unsigned* bins, int n) {
  return dev::launch(stream, blocks_of(n, 96), 96, 0, histogram, x, bins, n);
}

cudaError_t launch_votes(cudaStream_t stream, const int* x, unsigned* out) {
  return dev::launch(stream, 1, 32, 0, votes, x, out);
}

cudaError_t launch_transpose(cudaStream_t stream, const double* x, double* out, int rows,
                             int columns) {
  const dim3 grid(blocks_of(columns, 8), blocks_of(rows, 8));
  return dev::launch(stream, grid, dim3(8, 8), 0, transpose, x, out, rows, columns);
}

cudaError_t launch_functions(cudaStream_t stream, const double* x, double* out, int n) {
  return dev::launch(stream, blocks_of(n, 32), 32, 0, functions, x, out, n);
}

cudaError_t allow_large_row_sums(int bytes) {
  return cudaFuncSetAttribute(reinterpret_cast<const void*>(row_sums),
                              cudaFuncAttributeMaxDynamicSharedMemorySize, bytes);
}

cudaError_t launch_large_row_sums(cudaStream_t stream, const float* x, float* sums, int bytes) {
  return dev::launch(stream, 1, 64, size_t(bytes), row_sums, x, sums, 64);
}

}  // namespace test_kernels
