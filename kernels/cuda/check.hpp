#pragma once

#include "polypath/core/types.hpp"

#include <cublas_v2.h>
#include <cuda_runtime.h>
#include <cusolverDn.h>

namespace polypath::cuda {

/// Throws unless the vendor's call succeeded, with library, call, code and place: OutOfMemory where
/// memory ran out, InternalError otherwise. `call` is the name of the function.
void check(cudaError_t error, const char* call, const char* file = __builtin_FILE(),
           int line = __builtin_LINE());
void check(cublasStatus_t status, const char* call, const char* file = __builtin_FILE(),
           int line = __builtin_LINE());
void check(cusolverStatus_t status, const char* call, const char* file = __builtin_FILE(),
           int line = __builtin_LINE());

/// The same for page-locked host memory, which is not the card's.
void check_pinned(cudaError_t error, Index bytes);

/// Forgets a failure that belongs to earlier work, as that of giving something back: nobody is to
/// be blamed for it later, which the runtime does that keeps it as its last error.
template <class Status>
void ignore(Status status) noexcept {
  if (status != Status{}) {
    static_cast<void>(cudaGetLastError());
  }
}

}  // namespace polypath::cuda
