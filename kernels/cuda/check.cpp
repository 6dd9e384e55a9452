#include "kernels/cuda/check.hpp"

#include "polypath/core/error.hpp"

#include <string>
#include <string_view>

namespace polypath::cuda {
namespace {

/// Where a call stands in the source.
struct Place {
  std::string_view file;
  int line;
};

std::string text_of(const Place& place) {
  const auto slash = place.file.rfind('/');
  const auto name = slash == std::string_view::npos ? place.file : place.file.substr(slash + 1);
  return std::string(name) + ":" + std::to_string(place.line);
}

[[noreturn]] void fail(const std::string& what, const char* call, const Place& place) {
  static_cast<void>(cudaGetLastError());  // told here, and not again by a later call
  throw InternalError(
      "the GPU stopped working: " + what + " (call " + call + ", " + text_of(place) +
      "), so this cell cannot go on; finished cells are kept. Look at nvidia-smi and the kernel "
      "log (dmesg, lines with Xid), then start the same command again: it resumes");
}

[[noreturn]] void fail_for_memory(const std::string& what, const char* call, const Place& place) {
  static_cast<void>(cudaGetLastError());
  std::size_t free = 0;
  std::size_t total = 0;
  std::string state;
  const cudaError_t asked = cudaMemGetInfo(&free, &total);
  ignore(asked);
  if (asked == cudaSuccess) {
    state = "; " + std::to_string(free >> 20U) + " of " + std::to_string(total >> 20U) +
            " MiB are free";
  }
  throw OutOfMemory("the GPU has too little memory: " + what + " (call " + call + ", " +
                    text_of(place) + state +
                    "), so this cannot go on there. Free the card of other programs, use a smaller "
                    "network.width (linear networks: init.method = \"projected\", or \"sampled\", "
                    "which trains narrow ones), or --backend cpu");
}

const char* name_of(cusolverStatus_t status) {
  switch (status) {
    case CUSOLVER_STATUS_NOT_INITIALIZED:
      return "CUSOLVER_STATUS_NOT_INITIALIZED";
    case CUSOLVER_STATUS_ALLOC_FAILED:
      return "CUSOLVER_STATUS_ALLOC_FAILED";
    case CUSOLVER_STATUS_INVALID_VALUE:
      return "CUSOLVER_STATUS_INVALID_VALUE";
    case CUSOLVER_STATUS_ARCH_MISMATCH:
      return "CUSOLVER_STATUS_ARCH_MISMATCH";
    case CUSOLVER_STATUS_EXECUTION_FAILED:
      return "CUSOLVER_STATUS_EXECUTION_FAILED";
    case CUSOLVER_STATUS_INTERNAL_ERROR:
      return "CUSOLVER_STATUS_INTERNAL_ERROR";
    case CUSOLVER_STATUS_NOT_SUPPORTED:
      return "CUSOLVER_STATUS_NOT_SUPPORTED";
    default:
      return "a status of another name";
  }
}

}  // namespace

void check(cudaError_t error, const char* call, const char* file, int line) {
  if (error == cudaSuccess) {
    return;
  }
  const std::string what =
      std::string(cudaGetErrorName(error)) + ", \"" + cudaGetErrorString(error) + "\"";
  if (error == cudaErrorMemoryAllocation) {
    fail_for_memory(what, call, {file, line});
  }
  fail(what, call, {file, line});
}

void check_pinned(cudaError_t error, Index bytes) {
  if (error != cudaErrorMemoryAllocation) {
    check(error, "cudaMallocHost");
    return;
  }
  static_cast<void>(cudaGetLastError());
  throw OutOfMemory(
      "the host cannot lock " + std::to_string((bytes + 1023) / 1024) +
      " kB of memory for copies from the GPU (call cudaMallocHost). Free memory of the "
      "host, raise the limits of this container or account (ulimit -l), or use "
      "--backend cpu");
}

void check(cublasStatus_t status, const char* call, const char* file, int line) {
  if (status == CUBLAS_STATUS_SUCCESS) {
    return;
  }
  const std::string what = std::string("cuBLAS says ") + cublasGetStatusName(status);
  if (status == CUBLAS_STATUS_ALLOC_FAILED) {
    fail_for_memory(what, call, {file, line});
  }
  fail(what, call, {file, line});
}

void check(cusolverStatus_t status, const char* call, const char* file, int line) {
  if (status == CUSOLVER_STATUS_SUCCESS) {
    return;
  }
  const std::string what = std::string("cuSOLVER says ") + name_of(status) + " (" +
                           std::to_string(static_cast<int>(status)) + ")";
  if (status == CUSOLVER_STATUS_ALLOC_FAILED) {
    fail_for_memory(what, call, {file, line});
  }
  static_cast<void>(cudaGetLastError());
  throw InternalError("the GPU's singular value decomposition failed: " + what + " (call " + call +
                      ", " + text_of({file, line}) + "); data.svd = \"host\" leaves it to LAPACK");
}

}  // namespace polypath::cuda
