#pragma once

#include "kernels/cuda/operand.cuh"
#include "polypath/core/types.hpp"

#include <cuda_runtime.h>

namespace polypath::cuda {

// Launches of elementwise kernels on `stream`, for T = float and double. Empty extents are the
// caller's to leave out.

/// values = 0.
template <class T>
[[nodiscard]] cudaError_t launch_zero(cudaStream_t stream, Operand<T> values, Extent extent);

/// values = f(values + bias), bias one row for each matrix; bias.data may be null.
template <class T>
[[nodiscard]] cudaError_t launch_activate(cudaStream_t stream, Activation activation,
                                          Operand<T> values, Operand<const T> bias, Extent extent);

/// target(i) = scale * source(i / sharing) * f'(made(i)), f' in terms of f's output `made`. Target
/// and source may be the same memory when `sharing` is 1.
template <class T>
struct Derivation {
  Operand<T> target;
  Operand<const T> source;
  Index sharing;
  Operand<const T> made;
  T scale;
};

template <class T>
[[nodiscard]] cudaError_t launch_derive(cudaStream_t stream, Activation activation,
                                        const Derivation<T>& derivation, Extent extent);

/// result = values in float64.
template <class T>
[[nodiscard]] cudaError_t launch_widen(cudaStream_t stream, Operand<double> result,
                                       Operand<const T> values, Extent extent);

}  // namespace polypath::cuda
