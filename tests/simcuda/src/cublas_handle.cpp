// cuBLAS handles and their settings.
#include "library_handles.hpp"
#include "memory.hpp"
#include "report.hpp"
#include "stream.hpp"

#include <cstdint>
#include <cstdlib>

namespace simcuda {

HandleSet<cublasContext>& cublas_handles() {
  static HandleSet<cublasContext> set(" cuBLAS handle");
  return set;
}

namespace {

char first_letter_of(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0' ? *value : ' ';
}

}  // namespace
}  // namespace simcuda

using simcuda::ApiCall;
using simcuda::cublas_handles;
using simcuda::cublas_status;

extern "C" {

cublasStatus_t cublasCreate_v2(cublasHandle_t* handle) {
  const ApiCall call("cublasCreate");
  if (call.failed()) {
    return cublas_status(call.error());
  }
  if (handle == nullptr) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  // The library allocates device memory here, which no capture allows.
  if (simcuda::refuse_in_capture() != cudaSuccess) {
    return CUBLAS_STATUS_NOT_INITIALIZED;
  }
  cublasContext context;
  context.tf32_override = simcuda::first_letter_of("NVIDIA_TF32_OVERRIDE");
  context.emulates_single = simcuda::first_letter_of("CUBLAS_EMULATE_SINGLE_PRECISION") == '1';
  context.emulates_double = simcuda::first_letter_of("CUBLAS_EMULATE_DOUBLE_PRECISION") == '1';
  *handle = cublas_handles().add(context);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasDestroy_v2(cublasHandle_t handle) {
  const ApiCall call("cublasDestroy");
  if (handle == nullptr) {
    return CUBLAS_STATUS_NOT_INITIALIZED;
  }
  // Documented to synchronise the device.
  ++simcuda::mutable_counters().implicit_synchronisations;
  simcuda::run_everything();
  cublas_handles().remove(handle, "cublasDestroy");
  return cublas_status(call.error());
}

cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream) {
  const ApiCall call("cublasSetStream");
  if (call.failed()) {
    return cublas_status(call.error());
  }
  if (handle == nullptr) {
    return CUBLAS_STATUS_NOT_INITIALIZED;
  }
  simcuda::require_stream(stream, "cublasSetStream");
  cublas_handles().at(handle, "cublasSetStream").stream = stream;
  // As documented: the workspace goes back to the library's own.
  handle->workspace = nullptr;
  handle->workspace_bytes = 0;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasGetStream_v2(cublasHandle_t handle, cudaStream_t* stream) {
  const ApiCall call("cublasGetStream");
  if (call.failed()) {
    return cublas_status(call.error());
  }
  if (handle == nullptr) {
    return CUBLAS_STATUS_NOT_INITIALIZED;
  }
  *stream = cublas_handles().at(handle, "cublasGetStream").stream;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t mode) {
  const ApiCall call("cublasSetMathMode");
  if (call.failed()) {
    return cublas_status(call.error());
  }
  if (handle == nullptr) {
    return CUBLAS_STATUS_NOT_INITIALIZED;
  }
  const int base = mode & ~CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION;
  if (base != CUBLAS_DEFAULT_MATH && base != CUBLAS_PEDANTIC_MATH &&
      base != CUBLAS_TF32_TENSOR_OP_MATH) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  cublas_handles().at(handle, "cublasSetMathMode").math_mode = mode;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasGetMathMode(cublasHandle_t handle, cublasMath_t* mode) {
  const ApiCall call("cublasGetMathMode");
  if (call.failed()) {
    return cublas_status(call.error());
  }
  if (handle == nullptr) {
    return CUBLAS_STATUS_NOT_INITIALIZED;
  }
  *mode = cublas_handles().at(handle, "cublasGetMathMode").math_mode;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t handle, void* workspace, std::size_t bytes) {
  const ApiCall call("cublasSetWorkspace");
  if (call.failed()) {
    return cublas_status(call.error());
  }
  if (handle == nullptr) {
    return CUBLAS_STATUS_NOT_INITIALIZED;
  }
  constexpr std::uintptr_t kAlignment = 256;
  if (reinterpret_cast<std::uintptr_t>(workspace) % kAlignment != 0) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  if (bytes > 0) {
    simcuda::check_range(workspace, bytes, "cublasSetWorkspace");
  }
  handle->workspace = workspace;
  handle->workspace_bytes = bytes;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasGetVersion_v2(cublasHandle_t handle, int* version) {
  const ApiCall call("cublasGetVersion");
  if (call.failed()) {
    return cublas_status(call.error());
  }
  if (handle == nullptr) {
    return CUBLAS_STATUS_NOT_INITIALIZED;
  }
  *version = CUBLAS_VERSION;
  return CUBLAS_STATUS_SUCCESS;
}

const char* cublasGetStatusName(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS:
      return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_NOT_INITIALIZED:
      return "CUBLAS_STATUS_NOT_INITIALIZED";
    case CUBLAS_STATUS_ALLOC_FAILED:
      return "CUBLAS_STATUS_ALLOC_FAILED";
    case CUBLAS_STATUS_INVALID_VALUE:
      return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_EXECUTION_FAILED:
      return "CUBLAS_STATUS_EXECUTION_FAILED";
    default:
      return "unknown cuBLAS status";
  }
}

const char* cublasGetStatusString(cublasStatus_t status) { return cublasGetStatusName(status); }

}  // extern "C"
