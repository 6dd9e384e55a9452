#include "kernels/cuda/dev.cuh"
#include "kernels/cuda/pointwise.cuh"
#include "kernels/functor/activation.hpp"

namespace polypath::cuda {

// A block covers 32 columns and 8 rows; the rows of all matrices of a batch are one long list.
constexpr int block_columns = 32;
constexpr int block_rows = 8;

/// Calls body(matrix, row, column) for every element of the extent.
template <class Body>
__device__ inline void for_each_element(const Extent& extent, const Body& body) {
  const Index column = Index{blockIdx.x} * block_columns + threadIdx.x;
  if (column >= extent.columns) {
    return;
  }
  const Index rows = extent.rows * extent.count;
  const Index step = Index{gridDim.y} * block_rows;
  for (Index r = Index{blockIdx.y} * block_rows + threadIdx.y; r < rows; r += step) {
    const Index matrix = r / extent.rows;
    body(matrix, r - matrix * extent.rows, column);
  }
}

template <class T>
__global__ void zero(Operand<T> values, Extent extent) {
  for_each_element(extent, [&](Index matrix, Index row, Index column) {
    values.at(matrix, row, column) = T(0);
  });
}

template <class T, Activation activation>
__global__ void activate(Operand<T> values, Operand<const T> bias, Extent extent) {
  for_each_element(extent, [&](Index matrix, Index row, Index column) {
    T& value = values.at(matrix, row, column);
    const T added = bias.data == nullptr ? T(0) : bias.at(matrix, 0, column);
    value = ActivationFunction<activation>::value(value + added);
  });
}

template <class T, Activation activation>
__global__ void derive(Derivation<T> derivation, Extent extent) {
  for_each_element(extent, [&](Index matrix, Index row, Index column) {
    const T slope = ActivationFunction<activation>::derivative_from_output(
        derivation.made.at(matrix, row, column));
    derivation.target.at(matrix, row, column) =
        derivation.scale * derivation.source.at(matrix / derivation.sharing, row, column) * slope;
  });
}

template <class T>
__global__ void widen(Operand<double> result, Operand<const T> values, Extent extent) {
  for_each_element(extent, [&](Index matrix, Index row, Index column) {
    result.at(matrix, row, column) = static_cast<double>(values.at(matrix, row, column));
  });
}

namespace {

dim3 grid_of(const Extent& extent) {
  constexpr Index largest_y = 65535;
  const Index x = (extent.columns + block_columns - 1) / block_columns;
  const Index y = (extent.rows * extent.count + block_rows - 1) / block_rows;
  return {static_cast<unsigned>(x), static_cast<unsigned>(y < largest_y ? y : largest_y), 1};
}

const dim3 block{block_columns, block_rows, 1};

}  // namespace

template <class T>
cudaError_t launch_zero(cudaStream_t stream, Operand<T> values, Extent extent) {
  return dev::launch(stream, grid_of(extent), block, 0, zero<T>, values, extent);
}

template <class T>
cudaError_t launch_activate(cudaStream_t stream, Activation activation, Operand<T> values,
                            Operand<const T> bias, Extent extent) {
  void (*kernel)(Operand<T>, Operand<const T>, Extent) = activate<T, Activation::linear>;
  if (activation == Activation::tanh) {
    kernel = activate<T, Activation::tanh>;
  } else if (activation == Activation::relu) {
    kernel = activate<T, Activation::relu>;
  }
  return dev::launch(stream, grid_of(extent), block, 0, kernel, values, bias, extent);
}

template <class T>
cudaError_t launch_derive(cudaStream_t stream, Activation activation,
                          const Derivation<T>& derivation, Extent extent) {
  void (*kernel)(Derivation<T>, Extent) = derive<T, Activation::linear>;
  if (activation == Activation::tanh) {
    kernel = derive<T, Activation::tanh>;
  } else if (activation == Activation::relu) {
    kernel = derive<T, Activation::relu>;
  }
  return dev::launch(stream, grid_of(extent), block, 0, kernel, derivation, extent);
}

template <class T>
cudaError_t launch_widen(cudaStream_t stream, Operand<double> result, Operand<const T> values,
                         Extent extent) {
  return dev::launch(stream, grid_of(extent), block, 0, widen<T>, result, values, extent);
}

template cudaError_t launch_zero(cudaStream_t, Operand<float>, Extent);
template cudaError_t launch_zero(cudaStream_t, Operand<double>, Extent);
template cudaError_t launch_activate(cudaStream_t, Activation, Operand<float>, Operand<const float>,
                                     Extent);
template cudaError_t launch_activate(cudaStream_t, Activation, Operand<double>,
                                     Operand<const double>, Extent);
template cudaError_t launch_derive(cudaStream_t, Activation, const Derivation<float>&, Extent);
template cudaError_t launch_derive(cudaStream_t, Activation, const Derivation<double>&, Extent);
template cudaError_t launch_widen(cudaStream_t, Operand<double>, Operand<const float>, Extent);
template cudaError_t launch_widen(cudaStream_t, Operand<double>, Operand<const double>, Extent);

}  // namespace polypath::cuda
