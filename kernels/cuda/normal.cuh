#pragma once

#include "polypath/core/matrix.hpp"
#include "polypath/core/normal_stream.hpp"

#include <cuda_runtime.h>

namespace polypath::cuda {

/// target(r, c) = sigma * z(stream, r, c), the bits of kernels/functor/normal.hpp.
template <class T>
[[nodiscard]] cudaError_t fill_normal(cudaStream_t stream, MatrixView<T> target,
                                      const NormalStream& normals, T sigma);

}  // namespace polypath::cuda
