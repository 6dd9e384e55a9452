// CudaOperations::project: K and the norm outside the modes, in float64.
#include "kernels/cuda/operations.hpp"
#include "kernels/cuda/pointwise.cuh"
#include "kernels/cuda/reductions.cuh"

#include <algorithm>
#include <type_traits>

namespace polypath::cuda {
namespace {

/// Large batches are projected in blocks, so that the intermediates stay small beside the weights.
constexpr Index workspace_elements = (Index{64} << 20) / 8;

BatchView<const double> shared(MatrixView<const double> matrix, Index count) {
  return {matrix.data, matrix.rows, matrix.columns, matrix.leading_dimension, count, 0};
}

/// Hands out dense batches from one workspace.
class Carver {
 public:
  Carver(double* next, Index count) : next_(next), count_(count) {}
  BatchView<double> take(Index rows, Index columns) {
    const BatchView<double> batch{next_, rows, columns, columns, count_, rows * columns};
    next_ += rows * columns * count_;
    return batch;
  }

 private:
  double* next_;
  Index count_;
};

/// What one output matrix needs of the workspace.
template <class T>
Index elements_of(BatchView<const T> output, const ProjectionOperator& projection) {
  const Index modes = projection.U.columns;
  const Index widened = std::is_same_v<T, double> ? 0 : output.rows * output.columns;
  return widened + output.rows * modes + modes * projection.V.rows +
         output.columns * projection.V.rows;
}

}  // namespace

template <class T>
void CudaOperations<T>::project(BatchView<const T> output, const ProjectionOperator& projection,
                                double* K, double* outside) {
  if (output.empty()) {
    return;
  }
  const Index modes = projection.U.columns;
  const Index block =
      std::clamp<Index>(workspace_elements / elements_of(output, projection), 1, output.count);
  for (Index first = 0; first < output.count; first += block) {
    BatchView<const T> part = output;
    part.data += first * output.stride;
    part.count = std::min(block, output.count - first);
    project_block(part, projection, K + first * modes * modes, outside + first);
  }
}

template <class T>
void CudaOperations<T>::project_block(BatchView<const T> output,
                                      const ProjectionOperator& projection, double* K,
                                      double* outside) {
  const Index count = output.count;
  const Index modes = projection.U.columns;
  const Index inputs = projection.V.rows;
  Carver carver(projection_.template get<double>(elements_of(output, projection) * count), count);
  BatchView<const double> wide;
  if constexpr (std::is_same_v<T, double>) {
    wide = output;
  } else {
    const BatchView<double> widened = carver.take(output.rows, output.columns);
    check(launch_widen(stream_, operand(widened), operand(output), extent(widened)), "widen");
    wide = widened;
  }
  using F = Factor<double>;
  const F U{shared(projection.U, count)};
  // K = (output U)^T Q
  const BatchView<double> in_modes = carver.take(output.rows, modes);
  const BatchView<double> gains{K, modes, modes, modes, count, modes * modes};
  blas_.multiply(1.0, F{wide}, U, 0.0, in_modes);
  blas_.multiply(1.0, F{in_modes, Transpose::yes}, F{shared(projection.Q, count)}, 0.0, gains);
  // rest = output^T pseudo_x - U (K V^T)
  const BatchView<double> gains_v = carver.take(modes, inputs);
  const BatchView<double> rest = carver.take(output.columns, inputs);
  blas_.multiply(1.0, F{gains}, F{shared(projection.V, count), Transpose::yes}, 0.0, gains_v);
  blas_.multiply(1.0, F{wide, Transpose::yes}, F{shared(projection.pseudo_x, count)}, 0.0, rest);
  blas_.multiply(-1.0, U, F{gains_v}, 1.0, rest);
  const BatchView<const double> outside_modes = rest;
  check(launch_norms(stream_, operand(outside_modes), outside, extent(outside_modes)),
        "frobenius_norms");
}

template void CudaOperations<float>::project(BatchView<const float>, const ProjectionOperator&,
                                             double*, double*);
template void CudaOperations<double>::project(BatchView<const double>, const ProjectionOperator&,
                                              double*, double*);
template void CudaOperations<float>::project_block(BatchView<const float>,
                                                   const ProjectionOperator&, double*, double*);
template void CudaOperations<double>::project_block(BatchView<const double>,
                                                    const ProjectionOperator&, double*, double*);

}  // namespace polypath::cuda
