// cublas{S,D}gemm, ...StridedBatched and ...Batched: argument checks at the call, work in order.
#include "gemm.hpp"
#include "library_handles.hpp"
#include "memory.hpp"
#include "report.hpp"
#include "stream.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <set>
#include <string>
#include <tuple>
#include <type_traits>

namespace simcuda {
namespace {

struct Strides {
  long long a = 0;
  long long b = 0;
  long long c = 0;
};

// Handle, shape and scalars; CUBLAS_STATUS_SUCCESS with nothing to do leaves `proceed` false.
template <class T>
cublasStatus_t check_call(const ApiCall& call, cublasHandle_t handle, const GemmShape& shape,
                          const T* alpha, const T* beta, const char* name, bool& proceed) {
  proceed = false;
  if (call.failed()) {
    return cublas_status(call.error());
  }
  if (handle == nullptr) {
    return CUBLAS_STATUS_NOT_INITIALIZED;
  }
  cublas_handles().at(handle, name);
  if (const cublasStatus_t status = check_shape(shape); status != CUBLAS_STATUS_SUCCESS) {
    return status;
  }
  if (alpha == nullptr || beta == nullptr) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  if (in_device(alpha) || in_device(beta)) {
    violation("%s: alpha and beta are read on the host (CUBLAS_POINTER_MODE_HOST)", name);
  }
  require_stream(handle->stream, name);
  if (handle->stream->capture != nullptr && handle->workspace == nullptr) {
    ++mutable_counters().captured_without_workspace;
  }
  proceed = shape.m > 0 && shape.n > 0 && shape.batch > 0;
  return CUBLAS_STATUS_SUCCESS;
}

// The mode without flags that say nothing of float32 and float64.
int base_mode(cublasHandle_t handle) {
  return handle->math_mode & ~CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION;
}

// Pedantic mode is taken at its word: nothing in the environment loosens it.
template <class T>
GemmScalars<T> scalars_of(cublasHandle_t handle, const T* alpha, const T* beta) {
  constexpr bool single = std::is_same_v<T, float>;
  const bool by_default = base_mode(handle) == CUBLAS_DEFAULT_MATH;
  const bool asked = base_mode(handle) == CUBLAS_TF32_TENSOR_OP_MATH ||
                     (by_default && handle->tf32_override == '1');
  const bool emulates = single ? handle->emulates_single : handle->emulates_double;
  return {*alpha, *beta, single && asked && handle->tf32_override != '0', by_default && emulates};
}

// Which kernel of the library a call takes, as far as can be told from outside.
using LibraryKernel = std::tuple<std::string, int, int, int, int, int, int>;
std::set<LibraryKernel> loaded_kernels;

// The library's code is loaded lazily too.
cublasStatus_t load_for(cublasHandle_t handle, const char* name, const GemmShape& s) {
  const LibraryKernel kernel(name, s.transpose_a, s.transpose_b, s.m, s.n, s.k, s.batch);
  if (config().loading == Loading::lazy && loaded_kernels.count(kernel) == 0 &&
      refuse_loading_in_capture(handle->stream) != cudaSuccess) {
    return CUBLAS_STATUS_EXECUTION_FAILED;
  }
  loaded_kernels.insert(kernel);
  return CUBLAS_STATUS_SUCCESS;
}

// Queues the product, with what a library that splits it along k does before and after. The parts
// that it leaves in the workspace mean nothing to anybody.
void enqueue_product(cublasHandle_t handle, const std::string& name, std::size_t result_bytes,
                     std::function<void()> product) {
  const cudaStream_t stream = handle->stream;
  if (config().split_k) {
    void* workspace = handle->workspace;
    const std::size_t bytes = std::min(handle->workspace_bytes, result_bytes);
    enqueue(stream, {name + ", memset of the parts", [workspace, bytes] {
                       if (bytes > 0) {
                         check_range_now(workspace, bytes, "workspace of cuBLAS");
                         std::memset(workspace, 0xFF, bytes);
                       }
                     }});
  }
  enqueue(stream, {name, std::move(product)});
  if (config().split_k) {
    enqueue(stream, {name + ", sum of the parts", [] {}});
  }
}

template <class T>
GemmOperands<T> member(const GemmOperands<T>& first, const Strides& strides, int i) {
  return {first.a + strides.a * i, first.b + strides.b * i, first.c + strides.c * i};
}

template <class T>
void check_ranges(const GemmShape& s, const GemmOperands<T>& o, const char* name) {
  const std::string what = name;
  check_range(o.c, extent(operand_c(s)) * sizeof(T), (what + ", operand C").c_str());
  if (s.k > 0) {
    check_range(o.a, extent(operand_a(s)) * sizeof(T), (what + ", operand A").c_str());
    check_range(o.b, extent(operand_b(s)) * sizeof(T), (what + ", operand B").c_str());
  }
}

template <class T>
std::size_t bytes_of_results(const GemmShape& s) {
  return sizeof(T) * static_cast<std::size_t>(s.m) * static_cast<std::size_t>(s.n) *
         static_cast<std::size_t>(s.batch);
}

// Results of a batch may interleave (a stride within one row of columns) but not share elements.
void refuse_shared_results(const GemmShape& s, long long stride, const char* name) {
  const auto one = static_cast<long long>(extent(operand_c(s)));
  const bool interleaved = stride >= s.m && s.ldc >= stride * s.batch;
  if (s.batch > 1 && stride < one && !interleaved) {
    violation("%s: the matrices C of the batch overlap (stride %lld, each spans %lld elements)",
              name, stride, one);
  }
}

template <class T>
cublasStatus_t strided(const char* name, cublasHandle_t handle, const GemmShape& shape,
                       const T* alpha, const GemmOperands<T>& first, const Strides& strides,
                       const T* beta) {
  const ApiCall call(name);
  bool proceed = false;
  const cublasStatus_t status = check_call(call, handle, shape, alpha, beta, name, proceed);
  if (!proceed) {
    return status;
  }
  refuse_shared_results(shape, strides.c, name);
  for (int i = 0; i < shape.batch; ++i) {
    check_ranges(shape, member(first, strides, i), name);
  }
  if (const cublasStatus_t loaded = load_for(handle, name, shape);
      loaded != CUBLAS_STATUS_SUCCESS) {
    return loaded;
  }
  const GemmScalars<T> scalars = scalars_of(handle, alpha, beta);
  enqueue_product(handle, name, bytes_of_results<T>(shape), [=] {
    ++mutable_counters().library_calls;
    for (int i = 0; i < shape.batch; ++i) {
      multiply(shape, scalars, member(first, strides, i), name);
    }
  });
  return CUBLAS_STATUS_SUCCESS;
}

// The arrays of pointers live in device memory and may be written by work queued before: they are
// read, and the ranges checked, when the operation runs.
template <class T>
void run_batched(const char* name, const GemmShape& shape, const GemmScalars<T>& scalars,
                 const T* const a[], const T* const b[], T* const c[]) {
  ++mutable_counters().library_calls;
  const std::string what = std::string(name) + ", array of pointers";
  const std::size_t bytes = static_cast<std::size_t>(shape.batch) * sizeof(T*);
  check_range_now(c, bytes, what.c_str());
  if (shape.k > 0) {
    check_range_now(a, bytes, what.c_str());
    check_range_now(b, bytes, what.c_str());
  }
  for (int i = 0; i < shape.batch; ++i) {
    for (int j = 0; j < i; ++j) {
      if (c[i] == c[j]) {
        violation("%s: members %d and %d of the batch have the same C", name, j, i);
      }
    }
    const bool product = shape.k > 0;
    multiply(shape, scalars, {product ? a[i] : nullptr, product ? b[i] : nullptr, c[i]}, name);
  }
}

template <class T>
cublasStatus_t batched(const char* name, cublasHandle_t handle, const GemmShape& shape,
                       const T* alpha, const T* const a[], const T* const b[], const T* beta,
                       T* const c[]) {
  const ApiCall call(name);
  bool proceed = false;
  const cublasStatus_t status = check_call(call, handle, shape, alpha, beta, name, proceed);
  if (!proceed) {
    return status;
  }
  const std::string what = std::string(name) + ", array of pointers";
  check_range(c, static_cast<std::size_t>(shape.batch) * sizeof(T*), what.c_str());
  if (const cublasStatus_t loaded = load_for(handle, name, shape);
      loaded != CUBLAS_STATUS_SUCCESS) {
    return loaded;
  }
  const GemmScalars<T> scalars = scalars_of(handle, alpha, beta);
  enqueue_product(handle, name, bytes_of_results<T>(shape),
                  [=] { run_batched(name, shape, scalars, a, b, c); });
  return CUBLAS_STATUS_SUCCESS;
}

}  // namespace

void reset_library_kernels() { loaded_kernels.clear(); }

}  // namespace simcuda

using simcuda::batched;
using simcuda::strided;

extern "C" {

cublasStatus_t cublasSgemm_v2(cublasHandle_t handle, cublasOperation_t ta, cublasOperation_t tb,
                              int m, int n, int k, const float* alpha, const float* a, int lda,
                              const float* b, int ldb, const float* beta, float* c, int ldc) {
  return strided<float>("cublasSgemm", handle, {ta, tb, m, n, k, lda, ldb, ldc, 1}, alpha,
                        {a, b, c}, {}, beta);
}

cublasStatus_t cublasDgemm_v2(cublasHandle_t handle, cublasOperation_t ta, cublasOperation_t tb,
                              int m, int n, int k, const double* alpha, const double* a, int lda,
                              const double* b, int ldb, const double* beta, double* c, int ldc) {
  return strided<double>("cublasDgemm", handle, {ta, tb, m, n, k, lda, ldb, ldc, 1}, alpha,
                         {a, b, c}, {}, beta);
}

cublasStatus_t cublasSgemmStridedBatched(cublasHandle_t handle, cublasOperation_t ta,
                                         cublasOperation_t tb, int m, int n, int k,
                                         const float* alpha, const float* a, int lda,
                                         long long stride_a, const float* b, int ldb,
                                         long long stride_b, const float* beta, float* c, int ldc,
                                         long long stride_c, int batch) {
  return strided<float>("cublasSgemmStridedBatched", handle,
                        {ta, tb, m, n, k, lda, ldb, ldc, batch}, alpha, {a, b, c},
                        {stride_a, stride_b, stride_c}, beta);
}

cublasStatus_t cublasDgemmStridedBatched(cublasHandle_t handle, cublasOperation_t ta,
                                         cublasOperation_t tb, int m, int n, int k,
                                         const double* alpha, const double* a, int lda,
                                         long long stride_a, const double* b, int ldb,
                                         long long stride_b, const double* beta, double* c, int ldc,
                                         long long stride_c, int batch) {
  return strided<double>("cublasDgemmStridedBatched", handle,
                         {ta, tb, m, n, k, lda, ldb, ldc, batch}, alpha, {a, b, c},
                         {stride_a, stride_b, stride_c}, beta);
}

cublasStatus_t cublasSgemmBatched(cublasHandle_t handle, cublasOperation_t ta, cublasOperation_t tb,
                                  int m, int n, int k, const float* alpha, const float* const a[],
                                  int lda, const float* const b[], int ldb, const float* beta,
                                  float* const c[], int ldc, int batch) {
  return batched<float>("cublasSgemmBatched", handle, {ta, tb, m, n, k, lda, ldb, ldc, batch},
                        alpha, a, b, beta, c);
}

cublasStatus_t cublasDgemmBatched(cublasHandle_t handle, cublasOperation_t ta, cublasOperation_t tb,
                                  int m, int n, int k, const double* alpha, const double* const a[],
                                  int lda, const double* const b[], int ldb, const double* beta,
                                  double* const c[], int ldc, int batch) {
  return batched<double>("cublasDgemmBatched", handle, {ta, tb, m, n, k, lda, ldb, ldc, batch},
                         alpha, a, b, beta, c);
}

}  // extern "C"
