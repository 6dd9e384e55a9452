#pragma once

#include "kernels/cuda/pointwise.cuh"

namespace polypath::cuda {

// Launches that bring a bias up to date from the delta of its layer, for T = float and double;
// `extent` is that of the delta. The same bits at every run.

/// bias(0, column) += bias_scale * sum over rows of delta.
template <class T>
[[nodiscard]] cudaError_t launch_add_row_sums(cudaStream_t stream, Operand<T> bias, T bias_scale,
                                              Operand<const T> delta, Extent extent);

/// The derivation, and bias(0, column) += bias_scale * sum over rows of its target.
template <class T>
[[nodiscard]] cudaError_t launch_derive_with_bias(cudaStream_t stream, Activation activation,
                                                  const Derivation<T>& derivation, Operand<T> bias,
                                                  T bias_scale, Extent extent);

}  // namespace polypath::cuda
