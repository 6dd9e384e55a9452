#include "kernels/cuda/svd.hpp"

#include "kernels/cuda/handles.hpp"
#include "kernels/cuda/solver_library.hpp"
#include "kernels/cuda/staging.hpp"
#include "polypath/core/error.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace polypath::cuda {
namespace {

Matrix<double> transposed(MatrixView<const double> a) {
  Matrix<double> result(a.columns, a.rows);
  for (Index r = 0; r < a.rows; ++r) {
    for (Index c = 0; c < a.columns; ++c) {
      result(c, r) = a(r, c);
    }
  }
  return result;
}

/// The arrays of one gesvd call, m x n column-major with m >= n.
struct SolverArrays {
  SolverArrays(Index m, Index n)
      : a(make_device_memory(8 * m * n)),
        u(make_device_memory(8 * m * n)),
        s(make_device_memory(8 * n)),
        vt(make_device_memory(8 * n * n)),
        info(make_device_memory(sizeof(int))) {}
  DeviceMemory a;
  DeviceMemory u;
  DeviceMemory s;
  DeviceMemory vt;
  DeviceMemory info;
};

double* doubles(const DeviceMemory& memory) { return static_cast<double*>(memory.get()); }

/// A handle of the library, given back whatever happens.
class Solver {
 public:
  explicit Solver(const SolverLibrary& library) : library_(library) {
    check(library_.create(&handle_), "cusolverDnCreate");
  }
  ~Solver() { ignore(library_.destroy(handle_)); }
  Solver(const Solver&) = delete;
  Solver& operator=(const Solver&) = delete;

  /// Waits for the end.
  void decompose(cudaStream_t stream, int m, int n, const SolverArrays& arrays) const {
    check(library_.set_stream(handle_, stream), "cusolverDnSetStream");
    int work_elements = 0;
    check(library_.gesvd_buffer_size(handle_, m, n, &work_elements), "cusolverDnDgesvd_bufferSize");
    const DeviceMemory work = make_device_memory(Index{8} * work_elements);
    check(library_.gesvd(handle_, 'S', 'S', m, n, doubles(arrays.a), m, doubles(arrays.s),
                         doubles(arrays.u), m, doubles(arrays.vt), n, doubles(work), work_elements,
                         nullptr, static_cast<int*>(arrays.info.get())),
          "cusolverDnDgesvd");
    check(cudaStreamSynchronize(stream), "cudaStreamSynchronize");
  }

 private:
  const SolverLibrary& library_;
  cusolverDnHandle_t handle_ = nullptr;
};

/// Of columns >= rows: the row-major A is the column-major A^T, which is tall, as the library
/// wants.
ThinSvd wide_svd(cudaStream_t stream, const Matrix<double>& a, const SolverLibrary& library) {
  const Index m = a.columns();
  const Index n = a.rows();
  const SolverArrays arrays(m, n);
  Staging staging(stream);
  staging.upload(arrays.a.get(), a.data(), 8 * m * n);
  Solver(library).decompose(stream, static_cast<int>(m), static_cast<int>(n), arrays);
  int info = 0;
  staging.download(&info, arrays.info.get(), sizeof(info));
  if (info != 0) {
    throw InternalError("cuSOLVER's singular value decomposition of a " + std::to_string(n) +
                        " x " + std::to_string(m) + " matrix did not converge (devInfo " +
                        std::to_string(info) +
                        "), so there are no modes to project on; look for "
                        "NaN or infinity in the data, or use --backend cpu");
  }
  ThinSvd svd;
  svd.S.resize(static_cast<std::size_t>(n));
  Matrix<double> u_transposed(n, m);  // column-major m x n
  svd.U = Matrix<double>(n, n);       // column-major V^T of A^T, which is A's U
  staging.download(svd.S.data(), arrays.s.get(), 8 * n);
  staging.download(u_transposed.data(), arrays.u.get(), 8 * m * n);
  staging.download(svd.U.data(), arrays.vt.get(), 8 * n * n);
  svd.V = transposed(u_transposed.view());
  return svd;
}

}  // namespace

ThinSvd thin_svd(cudaStream_t stream, MatrixView<const double> a, OpenVendorLibrary open) {
  if (a.empty()) {
    return {Matrix<double>(a.rows, 0), {}, Matrix<double>(a.columns, 0)};
  }
  const SolverLibrary library(open);
  Matrix<double> across = transposed(a);
  if (a.rows > a.columns) {
    ThinSvd svd = wide_svd(stream, across, library);
    std::swap(svd.U, svd.V);
    return svd;
  }
  return wide_svd(stream, transposed(across.view()), library);
}

}  // namespace polypath::cuda
