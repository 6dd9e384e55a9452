#pragma once

#include "kernels/cuda/handles.hpp"
#include "polypath/core/matrix.hpp"

#include <string>

namespace polypath::cuda {

enum class Transpose { no, yes };

/// A matrix product's operand as it enters the product.
template <class T>
struct Factor {
  BatchView<const T> matrices;
  Transpose transpose = Transpose::no;
};

/// The variables of the environment by which NVIDIA's libraries may compute products with other
/// digits than their type has (TF32, emulation on tensor cores), "NAME=value, ..."; empty if none.
[[nodiscard]] std::string math_overrides();

/// cuBLAS on one stream, for row-major batches. Its workspace is ours, so that it never allocates
/// and can be captured; products stay in their own type (no TF32, no emulation).
class Blas {
 public:
  /// `compute_major`: of the device, decides how much workspace the library wants.
  Blas(cudaStream_t stream, int compute_major);

  /// result = alpha A B + beta result for every matrix of `result`, none of it empty; the inner
  /// length may not be 0. One library call up to 64512 products. Throws InternalError.
  template <class T>
  void multiply(T alpha, const Factor<T>& a, const Factor<T>& b, T beta, BatchView<T> result) const;

  [[nodiscard]] int version() const;

 private:
  BlasHandle handle_;
  DeviceMemory workspace_;
};

}  // namespace polypath::cuda
