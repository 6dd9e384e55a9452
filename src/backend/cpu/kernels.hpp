#pragma once

#include "polypath/backend/operations.hpp"
#include "polypath/core/matrix.hpp"
#include "polypath/core/normal_stream.hpp"
#include "polypath/core/types.hpp"

#include <cstdint>

namespace polypath::cpu {

/// Most examples that one call of a kernel with an `examples` side takes.
inline constexpr Index max_examples = 64;

/// The inner loops of one SIMD target, in the type T. They allocate nothing, read and write nothing
/// outside the matrices given, and order every sum by the shapes alone: an element's bits depend
/// neither on alignment nor on the block in which it is computed.
template <class T>
struct Kernels {
  /// tile(e, r) += sum_c input(e, c) matrix(r, c).
  void (*dot)(MatrixView<const T> input, MatrixView<const T> matrix, MatrixView<T> tile);

  /// tile(e, r) = the same, for a matrix that stays in the caches, with rows a multiple of 4.
  void (*lane_dot)(MatrixView<const T> input, MatrixView<const T> matrix, MatrixView<T> tile);

  /// sums(e, c) += sum_r coefficients(e, r) matrix(r, c), for a strip of columns whose `sums` fit
  /// the first-level cache. At most max_examples rows.
  void (*accumulate)(MatrixView<const T> coefficients, MatrixView<const T> matrix,
                     MatrixView<T> sums);

  /// accumulate with the old matrix and matrix(r, c) += sum_e coefficients(e, r) scaled(e, c).
  void (*accumulate_update)(MatrixView<const T> coefficients, MatrixView<const T> scaled,
                            MatrixView<T> matrix, MatrixView<T> sums);

  /// For a matrix that stays in the caches: sums(e, c) = sum_r coefficients(e, r) matrix(r, c) with
  /// the old matrix (`sums` with 0 columns are not wanted), and
  /// matrix(r, c) += sum_e coefficients(e, r) (scale input(e, c)).
  void (*column_update)(MatrixView<const T> coefficients, MatrixView<const T> input, T scale,
                        MatrixView<T> matrix, MatrixView<T> sums);

  /// matrix(r, c) += scale sum_k left(k, r) right(k, c).
  void (*rank_update)(MatrixView<const T> left, MatrixView<const T> right, T scale,
                      MatrixView<T> matrix);

  /// output = f(sums + bias); `bias` (one value per column) may be null.
  void (*activate)(MatrixView<const T> sums, const T* bias, Activation activation,
                   MatrixView<T> output);

  /// result = scale * sums * f'(output), f' in terms of f's value.
  void (*derive)(MatrixView<const T> sums, MatrixView<const T> output, Activation activation,
                 T scale, MatrixView<T> result);

  /// target(r, c) = sigma * z(stream, first_row + r, c).
  void (*fill_normal)(MatrixView<T> target, Index first_row, const NormalStream& stream, T sigma);

  /// Operations::project for one pathway output (examples x outputs): K is modes x modes, dense.
  /// Returns || output^T pseudo_x - U K V^T ||_F.
  double (*project)(MatrixView<const T> output, const ProjectionOperator& projection, double* K);
};

struct SimdKernels {
  Kernels<float> float32{};
  Kernels<double> float64{};
};

// One a kernel file: the entries of `target`, which must be compiled in.
void set_dot_kernels(std::int64_t target, SimdKernels& kernels);
void set_lane_kernels(std::int64_t target, SimdKernels& kernels);
void set_column_kernels(std::int64_t target, SimdKernels& kernels);
void set_strip_kernels(std::int64_t target, SimdKernels& kernels);
void set_rank_kernels(std::int64_t target, SimdKernels& kernels);
void set_pointwise_kernels(std::int64_t target, SimdKernels& kernels);
void set_normal_kernels(std::int64_t target, SimdKernels& kernels);
void set_projection_kernels(std::int64_t target, SimdKernels& kernels);

}  // namespace polypath::cpu
