#pragma once

#include "polypath/backend/cuda_plugin.hpp"
#include "polypath/core/linalg.hpp"

#include <cuda_runtime.h>

namespace polypath::cuda {

/// A = U diag(S) V^T of a host matrix by cuSOLVER, on `stream`; waits for the result. Signs, and
/// bases within equal singular values, are the library's, which `open` finds. Throws
/// BackendUnavailable, InternalError, OutOfMemory.
[[nodiscard]] ThinSvd thin_svd(cudaStream_t stream, MatrixView<const double> a,
                               OpenVendorLibrary open);

}  // namespace polypath::cuda
