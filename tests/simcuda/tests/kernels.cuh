// Small correct kernels that exercise what the simulator models.
#pragma once

#include <cstdint>

#include <cuda_runtime.h>

namespace test_kernels {

// x <- tanh(x + bias[i % width]), derivative <- 1 - x^2
cudaError_t launch_tanh_bias(cudaStream_t stream, float* x, float* derivative, const float* bias,
                             int width, int n);
// y <- y + factor * x
cudaError_t launch_axpy(cudaStream_t stream, float* y, const float* x, float factor, int n);
// sums[block] <- sum of the block's share of x, by shuffles and one shared array
cudaError_t launch_block_sums(cudaStream_t stream, const double* x, double* sums, int blocks,
                              int n);
// sums[row] <- sum of a row, by a tree in dynamic shared memory
cudaError_t launch_row_sums(cudaStream_t stream, const float* x, float* sums, int rows,
                            int columns);
// out[4 i .. 4 i + 3] <- Philox4x32-10 of counter (i, counter_1, counter_2, counter_3)
struct PhiloxInput {
  std::uint32_t counter[4];
  std::uint32_t key[2];
};
cudaError_t launch_philox(cudaStream_t stream, std::uint32_t* out, PhiloxInput input, int n);
// bins[x[i]] counts, with integer atomics
cudaError_t launch_histogram(cudaStream_t stream, const int* x, unsigned* bins, int n);
// per lane: ballot of odd values, all, any, the value of the xor partner, of the lane three before
// within eight, and of lane two of each half
inline constexpr int kVotes = 6;
cudaError_t launch_votes(cudaStream_t stream, const int* x, unsigned* out);
// out <- x^T over a 3-d grid of 2-d blocks through a padded static shared tile
cudaError_t launch_transpose(cudaStream_t stream, const double* x, double* out, int rows,
                             int columns);
// out[i] from float and double library functions and conversions
cudaError_t launch_functions(cudaStream_t stream, const double* x, double* out, int n);
inline constexpr int kFunctions = 12;
// Dynamic shared memory beyond 48 KiB.
cudaError_t allow_large_row_sums(int bytes);
cudaError_t launch_large_row_sums(cudaStream_t stream, const float* x, float* sums, int bytes);

}  // namespace test_kernels
