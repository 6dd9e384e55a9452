#pragma once

#include "polypath/backend/operations.hpp"
#include "polypath/core/thread_pool.hpp"

#include "src/backend/cpu/kernels.hpp"

#include <functional>

namespace polypath::cpu {

/// The operations on the kernels of one SIMD target. Work is cut into tiles of fixed size, each
/// done by one thread in the same order, so the number of threads changes no bit. Buffers of a tile
/// stand on the stack of the thread that does it (at most 130 KiB): no operation allocates memory.
template <class T>
class CpuOperations final : public Operations<T> {
 public:
  /// `pool` outlives the operations.
  CpuOperations(const Kernels<T>& kernels, ThreadPool& pool) : kernels_(kernels), pool_(pool) {}

  void forward(BatchView<const T> weights, const LowRank<T>& pending, BatchView<const T> input,
               BatchView<const T> bias, Activation activation, BatchView<T> output) override;
  void residual(std::span<const BatchView<const T>> outputs, BatchView<const T> target,
                double loss_scale, BatchView<T> residual, const LossWatch& watch) override;
  void output_delta(BatchView<const T> residual, BatchView<const T> output, Activation activation,
                    T scale, BatchView<T> delta) override;
  void backward(BatchView<const T> weights, const LowRank<T>& pending, BatchView<const T> delta,
                BatchView<const T> input, Activation activation, BatchView<T> input_delta) override;
  void backward_update(BatchView<T> weights, BatchView<const T> delta, BatchView<const T> input,
                       Activation activation, T scale, BatchView<T> input_delta) override;
  void update(BatchView<T> weights, const LowRank<T>& pending) override;
  void update_bias(BatchView<T> bias, BatchView<const T> delta, T scale) override;
  void project(BatchView<const T> output, const ProjectionOperator& projection, double* K,
               double* outside) override;
  void fill_normal(MatrixView<T> target, const NormalStream& stream, T sigma) override;

 private:
  /// work(i, tile) for i < count and tile < tiles, over the pool where `elements` (touched in all)
  /// are worth waking it.
  template <class Work>
  void for_tiles(Index count, Index tiles, Index elements, const Work& work);

  /// forward without a low rank, and backward_update, for matrices that stay in the caches.
  void forward_cached(BatchView<const T> weights, BatchView<const T> input, BatchView<const T> bias,
                      Activation activation, BatchView<T> output);
  void update_cached(BatchView<T> weights, BatchView<const T> delta, BatchView<const T> input,
                     Activation activation, T scale, BatchView<T> input_delta);

  /// scratch = scale * input matrix^T, per element of the batch.
  void thin_product(BatchView<const T> matrix, BatchView<const T> input, T scale,
                    BatchView<T> scratch);

  Kernels<T> kernels_;
  ThreadPool& pool_;
};

extern template class CpuOperations<float>;
extern template class CpuOperations<double>;

}  // namespace polypath::cpu
