#pragma once

#include <source_location>

#include <cublas_v2.h>
#include <cuda_runtime.h>
#include <cusolverDn.h>

namespace polypath::cuda {

/// Throws unless the vendor's call succeeded, with library, call, code and place: OutOfMemory where
/// memory ran out, InternalError otherwise. `call` is the name of the function.
void check(cudaError_t error, const char* call,
           const std::source_location& place = std::source_location::current());
void check(cublasStatus_t status, const char* call,
           const std::source_location& place = std::source_location::current());
void check(cusolverStatus_t status, const char* call,
           const std::source_location& place = std::source_location::current());

}  // namespace polypath::cuda
