#include "kernels/cuda/operations.hpp"

#include "kernels/cuda/bias.cuh"
#include "kernels/cuda/normal.cuh"
#include "kernels/cuda/reductions.cuh"

#include <algorithm>

namespace polypath::cuda {

template <class T>
CudaOperations<T>::CudaOperations(cudaStream_t stream, const Blas& blas, GraphCache& graphs)
    : stream_(stream), blas_(blas), squares_(stream, graphs), projection_(stream, graphs) {}

template <class T>
void CudaOperations<T>::apply(const Factor<T>& weights, const LowRank<T>& pending,
                              BatchView<const T> thin, BatchView<const T> wide,
                              BatchView<const T> in, BatchView<T> result) {
  if (in.columns == 0) {
    check(launch_zero(stream_, operand(result), extent(result)), "zero");
    return;
  }
  blas_.multiply(T(1), Factor<T>{in}, weights, T(0), result);
  if (pending.rank() > 0) {
    BatchView<T> product = pending.scratch;
    product.rows = in.rows;
    product.columns = pending.rank();
    blas_.multiply(pending.scale, Factor<T>{in}, Factor<T>{thin, Transpose::yes}, T(0), product);
    blas_.multiply(T(1), Factor<T>{product}, Factor<T>{wide}, T(1), result);
  }
}

template <class T>
void CudaOperations<T>::forward(BatchView<const T> weights, const LowRank<T>& pending,
                                BatchView<const T> input, BatchView<const T> bias,
                                Activation activation, BatchView<T> output) {
  if (output.empty()) {
    return;
  }
  apply({weights, Transpose::yes}, pending, pending.right, pending.left, input, output);
  const bool biased = bias.columns > 0;
  if (biased || activation != Activation::linear) {
    const Operand<const T> added = biased ? operand(bias) : Operand<const T>{nullptr, 0, 0};
    check(launch_activate(stream_, activation, operand(output), added, extent(output)), "activate");
  }
}

template <class T>
void CudaOperations<T>::derive(Activation activation, const Derivation<T>& derivation,
                               BatchView<T> delta, const BiasStep<T>& step) {
  if (step.bias.empty()) {
    check(launch_derive(stream_, activation, derivation, extent(delta)), "derive");
  } else {
    check(launch_derive_with_bias(stream_, activation, derivation, operand(step.bias), step.scale,
                                  extent(delta)),
          "derive_with_bias");
  }
}

template <class T>
void CudaOperations<T>::backward(BatchView<const T> weights, const LowRank<T>& pending,
                                 BatchView<const T> delta, BatchView<const T> input,
                                 Activation activation, BatchView<T> input_delta) {
  backward_with_bias(weights, pending, delta, input, activation, input_delta, {});
}

template <class T>
void CudaOperations<T>::backward_with_bias(BatchView<const T> weights, const LowRank<T>& pending,
                                           BatchView<const T> delta, BatchView<const T> input,
                                           Activation activation, BatchView<T> input_delta,
                                           const BiasStep<T>& step) {
  if (input_delta.empty()) {
    return;
  }
  apply({weights}, pending, pending.left, pending.right, delta, input_delta);
  if (activation == Activation::linear) {
    update_bias(step.bias, input_delta, step.scale);
  } else {
    const BatchView<const T> unmasked = input_delta;
    derive(activation, {operand(input_delta), operand(unmasked), 1, operand(input), T(1)},
           input_delta, step);
  }
}

template <class T>
void CudaOperations<T>::backward_update(BatchView<T> weights, BatchView<const T> delta,
                                        BatchView<const T> input, Activation activation, T scale,
                                        BatchView<T> input_delta) {
  backward_update_with_bias(weights, delta, input, activation, scale, input_delta, {});
}

template <class T>
void CudaOperations<T>::backward_update_with_bias(BatchView<T> weights, BatchView<const T> delta,
                                                  BatchView<const T> input, Activation activation,
                                                  T scale, BatchView<T> input_delta,
                                                  const BiasStep<T>& step) {
  backward_with_bias(weights, {}, delta, input, activation, input_delta, step);
  update(weights, {delta, input, scale, {}});
}

template <class T>
void CudaOperations<T>::update(BatchView<T> weights, const LowRank<T>& pending) {
  if (weights.empty() || pending.rank() == 0) {
    return;
  }
  blas_.multiply(pending.scale, Factor<T>{pending.left, Transpose::yes}, Factor<T>{pending.right},
                 T(1), weights);
}

template <class T>
void CudaOperations<T>::update_bias(BatchView<T> bias, BatchView<const T> delta, T scale) {
  if (bias.empty()) {
    return;
  }
  check(launch_add_row_sums(stream_, operand(bias), scale, operand(delta),
                            {delta.rows, bias.columns, bias.count}),
        "add_row_sums");
}

template <class T>
void CudaOperations<T>::output_delta(BatchView<const T> residual, BatchView<const T> output,
                                     Activation activation, T scale, BatchView<T> delta) {
  output_delta_with_bias(residual, output, activation, scale, delta, {});
}

template <class T>
void CudaOperations<T>::output_delta_with_bias(BatchView<const T> residual,
                                               BatchView<const T> output, Activation activation,
                                               T scale, BatchView<T> delta,
                                               const BiasStep<T>& step) {
  if (delta.empty()) {
    return;
  }
  derive(activation,
         {operand(delta), operand(residual), delta.count / residual.count, operand(output), scale},
         delta, step);
}

template <class T>
void CudaOperations<T>::residual(std::span<const BatchView<const T>> outputs,
                                 BatchView<const T> target, double loss_scale,
                                 BatchView<T> residual, const LossWatch& watch) {
  if (residual.empty()) {
    return;
  }
  const Index chunks = residual_chunks(residual.rows * residual.columns);
  auto* const squares = squares_.template get<double>(residual.count * chunks);
  std::size_t done = 0;
  GroupsPosition position{true, false};
  do {
    OutputGroups<T> groups{};
    for (auto& group : groups) {
      if (done < outputs.size()) {
        group = {operand(outputs[done]), outputs[done].count / residual.count};
        ++done;
      }
    }
    position.last = done == outputs.size();
    check(launch_residual(stream_, groups, position, operand(target), operand(residual), squares,
                          extent(residual)),
          "add_outputs");
    position.first = false;
  } while (!position.last);
  check(launch_watch(stream_, squares, chunks, loss_scale, watch, residual.count), "update_watch");
}

template <class T>
void CudaOperations<T>::fill_normal(MatrixView<T> target, const NormalStream& stream, T sigma) {
  if (!target.empty()) {
    check(cuda::fill_normal(stream_, target, stream, sigma), "fill_normal");
  }
}

template class CudaOperations<float>;
template class CudaOperations<double>;

}  // namespace polypath::cuda
