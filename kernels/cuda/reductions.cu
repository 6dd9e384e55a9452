#include "kernels/cuda/dev.cuh"
#include "kernels/cuda/reductions.cuh"

#include <cfloat>
#include <cmath>

namespace polypath::cuda {

constexpr int threads = 128;
constexpr int warps = threads / 32;
constexpr Index entries_per_chunk = 4096;
constexpr Index most_chunks = 256;

/// The sum over the block, in thread 0.
__device__ inline double block_sum(double value) {
  DEV_SHARED(double, partial, warps);
  for (unsigned offset = 16; offset > 0; offset /= 2) {
    value += __shfl_down_sync(0xffffffffU, value, offset);
  }
  if (threadIdx.x % 32 == 0) {
    partial[threadIdx.x / 32] = value;
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    for (int warp = 1; warp < warps; ++warp) {
      value += partial[warp];
    }
  }
  return value;
}

/// One entry of a member's output, summed over the pathways of a group.
template <class T>
__device__ inline T group_sum(const OutputGroup<T>& group, Index member, Index row, Index column) {
  T sum = T(0);
  for (Index a = 0; a < group.pathways; ++a) {
    sum += group.outputs.at(member * group.pathways + a, row, column);
  }
  return sum;
}

/// The groups are parameters of their own: an array would be indexed in local memory. 8 blocks a
/// multiprocessor leave the kernel the registers that they take.
template <class T>
__global__ void __launch_bounds__(threads, 8)
    add_outputs(OutputGroup<T> first, OutputGroup<T> second, OutputGroup<T> third,
                OutputGroup<T> fourth, GroupsPosition position, Operand<const T> target,
                Operand<T> residual, double* squares, Index chunks, Extent extent) {
  const Index member = Index{blockIdx.x} / chunks;
  const Index chunk = Index{blockIdx.x} % chunks;
  const Index entries = extent.rows * extent.columns;
  double sum = 0.0;
  for (Index i = chunk * threads + threadIdx.x; i < entries; i += chunks * threads) {
    const Index row = i / extent.columns;
    const Index column = i - row * extent.columns;
    T& rest = residual.at(member, row, column);
    T value = position.first ? T(0) : rest;
    value += group_sum(first, member, row, column);
    value += group_sum(second, member, row, column);
    value += group_sum(third, member, row, column);
    value += group_sum(fourth, member, row, column);
    if (position.last) {
      value -= target.at(member, row, column);
    }
    rest = value;
    sum += static_cast<double>(value) * static_cast<double>(value);
  }
  if (position.last) {
    sum = block_sum(sum);
    if (threadIdx.x == 0) {
      squares[blockIdx.x] = sum;
    }
  }
}

/// One block: every member's epoch is read before it is advanced.
__global__ void __launch_bounds__(threads)
    update_watch(const double* squares, Index chunks, double loss_scale, LossWatch watch,
                 Index members) {
  const Index epoch = *watch.epoch;
  for (Index m = threadIdx.x; m < members; m += threads) {
    double sum = 0.0;
    for (Index chunk = 0; chunk < chunks; ++chunk) {
      sum += squares[m * chunks + chunk];
    }
    const double loss = loss_scale * sum;
    watch.loss[m] = loss;
    const bool healthy = loss <= watch.limit[m] && loss <= DBL_MAX;  // false for NaN
    if (!healthy && watch.stopped_epoch[m] == -1) {
      watch.stopped_epoch[m] = epoch;
    }
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    *watch.epoch = epoch + 1;
  }
}

__global__ void __launch_bounds__(threads)
    frobenius_norms(Operand<const double> matrices, double* norms, Extent extent) {
  const Index matrix = blockIdx.x;
  const Index entries = extent.rows * extent.columns;
  double sum = 0.0;
  for (Index i = threadIdx.x; i < entries; i += threads) {
    const Index row = i / extent.columns;
    const double entry = matrices.at(matrix, row, i - row * extent.columns);
    sum += entry * entry;
  }
  sum = block_sum(sum);
  if (threadIdx.x == 0) {
    norms[matrix] = sqrt(sum);
  }
}

Index residual_chunks(Index entries) {
  const Index chunks = (entries + entries_per_chunk - 1) / entries_per_chunk;
  return chunks < most_chunks ? chunks : most_chunks;
}

template <class T>
cudaError_t launch_residual(cudaStream_t stream, const OutputGroups<T>& groups,
                            GroupsPosition position, Operand<const T> target, Operand<T> residual,
                            double* squares, Extent extent) {
  const Index chunks = residual_chunks(extent.rows * extent.columns);
  return dev::launch(stream, dim3(static_cast<unsigned>(extent.count * chunks)), dim3(threads), 0,
                     add_outputs<T>, groups[0], groups[1], groups[2], groups[3], position, target,
                     residual, squares, chunks, extent);
}

cudaError_t launch_watch(cudaStream_t stream, const double* squares, Index chunks,
                         double loss_scale, LossWatch watch, Index members) {
  return dev::launch(stream, dim3(1), dim3(threads), 0, update_watch, squares, chunks, loss_scale,
                     watch, members);
}

cudaError_t launch_norms(cudaStream_t stream, Operand<const double> matrices, double* norms,
                         Extent extent) {
  return dev::launch(stream, dim3(static_cast<unsigned>(extent.count)), dim3(threads), 0,
                     frobenius_norms, matrices, norms, extent);
}

template cudaError_t launch_residual(cudaStream_t, const OutputGroups<float>&, GroupsPosition,
                                     Operand<const float>, Operand<float>, double*, Extent);
template cudaError_t launch_residual(cudaStream_t, const OutputGroups<double>&, GroupsPosition,
                                     Operand<const double>, Operand<double>, double*, Extent);

}  // namespace polypath::cuda
