// cusolverDn: handles and {S,D}gesvd with the documented limits.
#include "library_handles.hpp"
#include "memory.hpp"
#include "report.hpp"
#include "stream.hpp"
#include "svd.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace simcuda {

HandleSet<cusolverDnContext>& cusolver_handles() {
  static HandleSet<cusolverDnContext> set(" cuSOLVER handle");
  return set;
}

namespace {

bool is_job(signed char job) { return job == 'A' || job == 'S' || job == 'O' || job == 'N'; }

int workspace_elements(int m, int n) { return 5 * std::max(1, n) + std::max(1, m); }

template <class T>
bool arguments_are_valid(const SvdArguments<T>& svd) {
  const bool shape = svd.m >= 0 && svd.n >= 0 && svd.m >= svd.n && svd.lda >= std::max(1, svd.m);
  const bool jobs =
      is_job(svd.job_u) && is_job(svd.job_vt) && !(svd.job_u == 'O' && svd.job_vt == 'O');
  const bool leading = svd.ldu >= (columns_of_u(svd) > 0 ? std::max(1, svd.m) : 1) &&
                       svd.ldvt >= (rows_of_vt(svd) > 0 ? std::max(1, svd.n) : 1);
  return shape && jobs && leading && svd.lwork >= workspace_elements(svd.m, svd.n);
}

template <class T>
void check_operand(const T* address, int rows, int columns, int leading, const char* name) {
  if (rows > 0 && columns > 0) {
    const auto elements =
        static_cast<std::size_t>(leading) * static_cast<std::size_t>(columns - 1) +
        static_cast<std::size_t>(rows);
    const std::string what = std::string("gesvd, ") + name;
    check_range(address, elements * sizeof(T), what.c_str());
  }
}

template <class T>
void check_operands(const SvdArguments<T>& svd) {
  check_operand(svd.a, svd.m, svd.n, svd.lda, "A");
  check_operand(svd.s, svd.n, 1, svd.n, "S");
  check_operand(svd.u, svd.m, columns_of_u(svd), svd.ldu, "U");
  check_operand(svd.vt, rows_of_vt(svd), svd.n, svd.ldvt, "VT");
  check_operand(svd.work, svd.lwork, 1, svd.lwork, "work");
  check_operand(svd.info, 1, 1, 1, "devInfo");
  if (svd.rwork != nullptr) {
    check_operand(svd.rwork, svd.n - 1, 1, svd.n, "rwork");
  }
}

template <class T>
cusolverStatus_t gesvd(const char* name, cusolverDnHandle_t handle, const SvdArguments<T>& svd) {
  const ApiCall call(name);
  if (call.failed()) {
    return cusolver_status(call.error());
  }
  if (handle == nullptr) {
    return CUSOLVER_STATUS_NOT_INITIALIZED;
  }
  if (!arguments_are_valid(svd)) {
    return CUSOLVER_STATUS_INVALID_VALUE;
  }
  require_stream(cusolver_handles().at(handle, name).stream, name);
  if (handle->stream->capture != nullptr) {
    violation("%s in a capture: the library synchronises inside", name);
  }
  check_operands(svd);
  enqueue(handle->stream, {name, [svd] {
                             ++mutable_counters().library_calls;
                             std::memset(svd.work, 0xFF,
                                         static_cast<std::size_t>(svd.lwork) * sizeof(T));
                             decompose(svd);
                           }});
  return CUSOLVER_STATUS_SUCCESS;
}

cusolverStatus_t buffer_size(const char* name, cusolverDnHandle_t handle, int m, int n,
                             int* lwork) {
  const ApiCall call(name);
  if (call.failed()) {
    return cusolver_status(call.error());
  }
  if (handle == nullptr) {
    return CUSOLVER_STATUS_NOT_INITIALIZED;
  }
  if (m < 0 || n < 0 || m < n) {
    return CUSOLVER_STATUS_INVALID_VALUE;
  }
  *lwork = workspace_elements(m, n);
  return CUSOLVER_STATUS_SUCCESS;
}

}  // namespace
}  // namespace simcuda

using simcuda::ApiCall;
using simcuda::cusolver_status;

extern "C" {

cusolverStatus_t cusolverDnCreate(cusolverDnHandle_t* handle) {
  const ApiCall call("cusolverDnCreate");
  if (call.failed()) {
    return cusolver_status(call.error());
  }
  if (simcuda::refuse_in_capture() != cudaSuccess) {
    return CUSOLVER_STATUS_NOT_INITIALIZED;
  }
  *handle = simcuda::cusolver_handles().add({});
  return CUSOLVER_STATUS_SUCCESS;
}

cusolverStatus_t cusolverDnDestroy(cusolverDnHandle_t handle) {
  const ApiCall call("cusolverDnDestroy");
  if (handle == nullptr) {
    return CUSOLVER_STATUS_NOT_INITIALIZED;
  }
  simcuda::cusolver_handles().remove(handle, "cusolverDnDestroy");
  return cusolver_status(call.error());
}

cusolverStatus_t cusolverDnSetStream(cusolverDnHandle_t handle, cudaStream_t stream) {
  const ApiCall call("cusolverDnSetStream");
  if (call.failed()) {
    return cusolver_status(call.error());
  }
  if (handle == nullptr) {
    return CUSOLVER_STATUS_NOT_INITIALIZED;
  }
  simcuda::require_stream(stream, "cusolverDnSetStream");
  simcuda::cusolver_handles().at(handle, "cusolverDnSetStream").stream = stream;
  return CUSOLVER_STATUS_SUCCESS;
}

cusolverStatus_t cusolverDnSgesvd_bufferSize(cusolverDnHandle_t handle, int m, int n, int* lwork) {
  return simcuda::buffer_size("cusolverDnSgesvd_bufferSize", handle, m, n, lwork);
}

cusolverStatus_t cusolverDnDgesvd_bufferSize(cusolverDnHandle_t handle, int m, int n, int* lwork) {
  return simcuda::buffer_size("cusolverDnDgesvd_bufferSize", handle, m, n, lwork);
}

cusolverStatus_t cusolverDnSgesvd(cusolverDnHandle_t handle, signed char job_u, signed char job_vt,
                                  int m, int n, float* a, int lda, float* s, float* u, int ldu,
                                  float* vt, int ldvt, float* work, int lwork, float* rwork,
                                  int* info) {
  return simcuda::gesvd<float>(
      "cusolverDnSgesvd", handle,
      {job_u, job_vt, m, n, a, lda, s, u, ldu, vt, ldvt, work, lwork, rwork, info});
}

cusolverStatus_t cusolverDnDgesvd(cusolverDnHandle_t handle, signed char job_u, signed char job_vt,
                                  int m, int n, double* a, int lda, double* s, double* u, int ldu,
                                  double* vt, int ldvt, double* work, int lwork, double* rwork,
                                  int* info) {
  return simcuda::gesvd<double>(
      "cusolverDnDgesvd", handle,
      {job_u, job_vt, m, n, a, lda, s, u, ldu, vt, ldvt, work, lwork, rwork, info});
}

}  // extern "C"
