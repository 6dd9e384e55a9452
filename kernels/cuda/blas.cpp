#include "kernels/cuda/blas.hpp"

#include "polypath/core/error.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>

namespace polypath::cuda {
namespace {

/// cuBLAS takes 32-bit sizes.
int narrow(Index value) {
  if (value > std::numeric_limits<int>::max()) {
    throw InternalError("a matrix side or batch of " + std::to_string(value) +
                        " is more than cuBLAS can take (2^31 - 1), so this network cannot be "
                        "trained on the GPU; use --backend cpu or a smaller network.width");
  }
  return static_cast<int>(value);
}

cublasOperation_t operation(Transpose transpose) {
  return transpose == Transpose::yes ? CUBLAS_OP_T : CUBLAS_OP_N;
}

/// Column-major product, in the order of the library's parameters.
template <class T>
struct LibraryFactor {
  cublasOperation_t operation;
  const T* data;
  int leading_dimension;
  long long stride;
};

/// The factors of products `first` and later.
template <class T>
LibraryFactor<T> library_factor(const Factor<T>& factor, Index first) {
  const auto matrices = factor.matrices.from(first);
  return {operation(factor.transpose), matrices.data,
          std::max(1, narrow(matrices.leading_dimension)), matrices.stride};
}

/// Of one call: some kernels of the library number products by a grid's z, which ends at 65535.
constexpr Index most_products = Index{63} * 1024;

struct Sizes {
  int m;
  int n;
  int k;
  int batch;
};

cublasStatus_t gemm(cublasHandle_t handle, Sizes s, const float* alpha,
                    const LibraryFactor<float>& a, const LibraryFactor<float>& b, const float* beta,
                    BatchView<float> c) {
  return cublasSgemmStridedBatched(handle, a.operation, b.operation, s.m, s.n, s.k, alpha, a.data,
                                   a.leading_dimension, a.stride, b.data, b.leading_dimension,
                                   b.stride, beta, c.data, std::max(1, narrow(c.leading_dimension)),
                                   c.stride, s.batch);
}

cublasStatus_t gemm(cublasHandle_t handle, Sizes s, const double* alpha,
                    const LibraryFactor<double>& a, const LibraryFactor<double>& b,
                    const double* beta, BatchView<double> c) {
  return cublasDgemmStridedBatched(handle, a.operation, b.operation, s.m, s.n, s.k, alpha, a.data,
                                   a.leading_dimension, a.stride, b.data, b.leading_dimension,
                                   b.stride, beta, c.data, std::max(1, narrow(c.leading_dimension)),
                                   c.stride, s.batch);
}

/// A variable and the value that leaves the library's default as it is.
struct Override {
  const char* name;
  const char* harmless;
};

/// Those that cuBLAS 13 reads, of which it documents that they can change what a product rounds.
constexpr std::array overrides{
    Override{"NVIDIA_TF32_OVERRIDE", "0"},
    Override{"CUBLAS_EMULATE_SINGLE_PRECISION", "0"},
    Override{"CUBLAS_EMULATE_DOUBLE_PRECISION", "0"},
    Override{"CUBLAS_EMULATION_STRATEGY", ""},
    Override{"CUBLAS_FIXEDPOINT_EMULATION_MANTISSA_BIT_COUNT", ""},
};

/// Plain float32 and float64. The default mode computes the same until such a variable loosens it,
/// which pedantic mode does not let it; that one is not taken always because what it costs has
/// never been measured.
cublasMath_t math_mode() {
  return math_overrides().empty() ? CUBLAS_DEFAULT_MATH : CUBLAS_PEDANTIC_MATH;
}

}  // namespace

std::string math_overrides() {
  std::string found;
  for (const Override& variable : overrides) {
    const char* value = std::getenv(variable.name);  // NOLINT(concurrency-mt-unsafe)
    if (value != nullptr && *value != '\0' && std::string_view(value) != variable.harmless) {
      found.append(found.empty() ? "" : ", ").append(variable.name).append("=").append(value);
    }
  }
  return found;
}

Blas::Blas(cudaStream_t stream, int compute_major) {
  cublasHandle_t handle = nullptr;
  check(cublasCreate(&handle), "cublasCreate");
  handle_ = BlasHandle(handle);
  check(cublasSetStream(handle, stream), "cublasSetStream");
  // What the library's documentation recommends; cublasSetStream has just reset it.
  const Index bytes = (compute_major >= 9 ? Index{32} : Index{4}) << 20;
  workspace_ = make_device_memory(bytes);
  check(cublasSetWorkspace(handle, workspace_.get(), static_cast<std::size_t>(bytes)),
        "cublasSetWorkspace");
  check(cublasSetMathMode(handle, math_mode()), "cublasSetMathMode");
}

template <class T>
void Blas::multiply(T alpha, const Factor<T>& a, const Factor<T>& b, T beta,
                    BatchView<T> result) const {
  // The library is column-major and so sees the transpose of everything: it is asked for
  // result^T = B^T A^T.
  const Index inner = a.transpose == Transpose::yes ? a.matrices.rows : a.matrices.columns;
  for (Index first = 0; first < result.count; first += most_products) {
    const Sizes sizes{narrow(result.columns), narrow(result.rows), narrow(inner),
                      narrow(std::min(most_products, result.count - first))};
    check(gemm(handle_.get(), sizes, &alpha, library_factor(b, first), library_factor(a, first),
               &beta, result.from(first)),
          "cublas<t>gemmStridedBatched");
  }
}

int Blas::version() const {
  int version = 0;
  check(cublasGetVersion(handle_.get(), &version), "cublasGetVersion");
  return version;
}

template void Blas::multiply(float, const Factor<float>&, const Factor<float>&, float,
                             BatchView<float>) const;
template void Blas::multiply(double, const Factor<double>&, const Factor<double>&, double,
                             BatchView<double>) const;

}  // namespace polypath::cuda
