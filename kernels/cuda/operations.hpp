#pragma once

#include "kernels/cuda/blas.hpp"
#include "kernels/cuda/graph_cache.hpp"
#include "kernels/cuda/pointwise.cuh"
#include "polypath/backend/operations.hpp"

namespace polypath::cuda {

/// The operations as library calls and kernel launches on one stream; a call returns before its
/// work is done. The number of launches does not depend on the size of a batch.
template <class T>
class CudaOperations final : public Operations<T> {
 public:
  CudaOperations(cudaStream_t stream, const Blas& blas, GraphCache& graphs);

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
  void output_delta_with_bias(BatchView<const T> residual, BatchView<const T> output,
                              Activation activation, T scale, BatchView<T> delta,
                              const BiasStep<T>& step) override;
  void backward_with_bias(BatchView<const T> weights, const LowRank<T>& pending,
                          BatchView<const T> delta, BatchView<const T> input, Activation activation,
                          BatchView<T> input_delta, const BiasStep<T>& step) override;
  void backward_update_with_bias(BatchView<T> weights, BatchView<const T> delta,
                                 BatchView<const T> input, Activation activation, T scale,
                                 BatchView<T> input_delta, const BiasStep<T>& step) override;
  void project(BatchView<const T> output, const ProjectionOperator& projection, double* K,
               double* outside) override;
  void fill_normal(MatrixView<T> target, const NormalStream& stream, T sigma) override;

 private:
  /// result = in op(W) + scale (in thin^T) wide, the effective weights applied without ever being
  /// formed; `thin` and `wide` are the two factors of the low rank.
  void apply(const Factor<T>& weights, const LowRank<T>& pending, BatchView<const T> thin,
             BatchView<const T> wide, BatchView<const T> in, BatchView<T> result);
  /// The derivation of a delta, and the step of its layer's bias where there is one.
  void derive(Activation activation, const Derivation<T>& derivation, BatchView<T> delta,
              const BiasStep<T>& step);
  void project_block(BatchView<const T> output, const ProjectionOperator& projection, double* K,
                     double* outside);

  cudaStream_t stream_;
  const Blas& blas_;
  Workspace squares_;     ///< residual: partial sums
  Workspace projection_;  ///< project: float64 intermediates
};

extern template class CudaOperations<float>;
extern template class CudaOperations<double>;

}  // namespace polypath::cuda
