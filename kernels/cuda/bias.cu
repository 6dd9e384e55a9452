#include "kernels/cuda/bias.cuh"
#include "kernels/cuda/dev.cuh"
#include "kernels/functor/activation.hpp"

namespace polypath::cuda {

// A block covers 32 columns of one matrix; 8 threads share the rows of a column.
constexpr int bias_columns = 32;
constexpr int bias_rows = 8;

/// bias(0, column) += scale * the sum over rows of value(matrix, row, column), in a fixed order.
template <class T, class Value>
__device__ inline void add_column_sums(const Operand<T>& bias, T scale, const Extent& extent,
                                       const Value& value) {
  DEV_SHARED(T, partial, bias_rows * bias_columns);
  const Index column_blocks = (extent.columns + bias_columns - 1) / bias_columns;
  const Index matrix = Index{blockIdx.x} / column_blocks;
  const Index column = Index{blockIdx.x} % column_blocks * bias_columns + threadIdx.x;
  T sum = T(0);
  if (column < extent.columns) {
    for (Index row = threadIdx.y; row < extent.rows; row += bias_rows) {
      sum += value(matrix, row, column);
    }
  }
  partial[threadIdx.y * bias_columns + threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y == 0 && column < extent.columns) {
    for (int row = 1; row < bias_rows; ++row) {
      sum += partial[row * bias_columns + threadIdx.x];
    }
    bias.at(matrix, 0, column) += scale * sum;
  }
}

template <class T>
__global__ void add_row_sums(Operand<T> bias, T bias_scale, Operand<const T> delta, Extent extent) {
  add_column_sums(bias, bias_scale, extent, [&](Index matrix, Index row, Index column) {
    return delta.at(matrix, row, column);
  });
}

template <class T, Activation activation>
__global__ void derive_with_bias(Operand<T> bias, T bias_scale, Derivation<T> derivation,
                                 Extent extent) {
  add_column_sums(bias, bias_scale, extent, [&](Index matrix, Index row, Index column) {
    const T slope = ActivationFunction<activation>::derivative_from_output(
        derivation.made.at(matrix, row, column));
    const T delta =
        derivation.scale * derivation.source.at(matrix / derivation.sharing, row, column) * slope;
    derivation.target.at(matrix, row, column) = delta;
    return delta;
  });
}

namespace {

dim3 bias_grid(const Extent& extent) {
  const Index column_blocks = (extent.columns + bias_columns - 1) / bias_columns;
  return {static_cast<unsigned>(column_blocks * extent.count), 1, 1};
}

const dim3 bias_block{bias_columns, bias_rows, 1};

}  // namespace

template <class T>
cudaError_t launch_add_row_sums(cudaStream_t stream, Operand<T> bias, T bias_scale,
                                Operand<const T> delta, Extent extent) {
  return dev::launch(stream, bias_grid(extent), bias_block, 0, add_row_sums<T>, bias, bias_scale,
                     delta, extent);
}

template <class T>
cudaError_t launch_derive_with_bias(cudaStream_t stream, Activation activation,
                                    const Derivation<T>& derivation, Operand<T> bias, T bias_scale,
                                    Extent extent) {
  void (*kernel)(Operand<T>, T, Derivation<T>, Extent) = derive_with_bias<T, Activation::linear>;
  if (activation == Activation::tanh) {
    kernel = derive_with_bias<T, Activation::tanh>;
  } else if (activation == Activation::relu) {
    kernel = derive_with_bias<T, Activation::relu>;
  }
  return dev::launch(stream, bias_grid(extent), bias_block, 0, kernel, bias, bias_scale, derivation,
                     extent);
}

template cudaError_t launch_add_row_sums(cudaStream_t, Operand<float>, float, Operand<const float>,
                                         Extent);
template cudaError_t launch_add_row_sums(cudaStream_t, Operand<double>, double,
                                         Operand<const double>, Extent);
template cudaError_t launch_derive_with_bias(cudaStream_t, Activation, const Derivation<float>&,
                                             Operand<float>, float, Extent);
template cudaError_t launch_derive_with_bias(cudaStream_t, Activation, const Derivation<double>&,
                                             Operand<double>, double, Extent);

}  // namespace polypath::cuda
