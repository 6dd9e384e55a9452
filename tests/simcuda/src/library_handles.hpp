// State of the cuBLAS and cuSOLVER handles, and what both libraries share.
#pragma once

#include "handles.hpp"
#include "runtime.hpp"

#include <cstddef>

#include <cublas_v2.h>
#include <cusolverDn.h>

// The opaque types of the toolkit's headers.
struct cublasContext {
  cudaStream_t stream = nullptr;
  cublasMath_t math_mode = CUBLAS_DEFAULT_MATH;
  void* workspace = nullptr;  // the user's, or nullptr for the library's own
  std::size_t workspace_bytes = 0;
  // Of the environment when the handle was made. NVIDIA_TF32_OVERRIDE: '0' never, '1' in the
  // default mode too; CUBLAS_EMULATE_{SINGLE,DOUBLE}_PRECISION: '1' in the default mode.
  char tf32_override = ' ';
  bool emulates_single = false;
  bool emulates_double = false;
};
struct cusolverDnContext {
  cudaStream_t stream = nullptr;
};

namespace simcuda {

HandleSet<cublasContext>& cublas_handles();
HandleSet<cusolverDnContext>& cusolver_handles();
// Forgets which kernels of cuBLAS are loaded.
void reset_library_kernels();

inline cublasStatus_t cublas_status(cudaError_t error) {
  return error == cudaSuccess                 ? CUBLAS_STATUS_SUCCESS
         : error == cudaErrorMemoryAllocation ? CUBLAS_STATUS_ALLOC_FAILED
                                              : CUBLAS_STATUS_EXECUTION_FAILED;
}

inline cusolverStatus_t cusolver_status(cudaError_t error) {
  return error == cudaSuccess                 ? CUSOLVER_STATUS_SUCCESS
         : error == cudaErrorMemoryAllocation ? CUSOLVER_STATUS_ALLOC_FAILED
                                              : CUSOLVER_STATUS_EXECUTION_FAILED;
}

}  // namespace simcuda
