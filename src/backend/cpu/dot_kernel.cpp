#include "src/backend/cpu/kernels.hpp"
#include "src/backend/cpu/targets.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "src/backend/cpu/dot_kernel.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "src/backend/cpu/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace polypath::cpu::HWY_NAMESPACE {

/// Examples x columns of the input that should stay in the first-level cache, in bytes a row.
inline constexpr Index column_block_bytes = 4096;
/// Rows that pass by one block of examples before the next block sees them.
inline constexpr Index dot_row_group = Index{8} * row_block;

/// One step along the columns: sums[r][e] += matrix(r, c...) input(e, c...).
template <bool whole, int examples, int rows, class T>
HWY_INLINE void dot_step(const T* input, Index input_stride, const T* matrix, Index matrix_stride,
                         Index count, Vector<T>* HWY_RESTRICT sums) {
  Vector<T> w[rows];
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r) {
    w[r] = load<whole>(matrix + r * matrix_stride, count);
  }
#pragma GCC unroll 8
  for (int e = 0; e < examples; ++e) {
    auto x = load<whole>(input + e * input_stride, count);
    keep_in_register(x);
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) {
      sums[r * examples + e] = hn::MulAdd(w[r], x, sums[r * examples + e]);
    }
  }
}

/// tile(e, r) += input(e, :) . matrix(r, :) for a block that lives in registers.
template <int examples, int rows, class T>
HWY_INLINE void dot_block(MatrixView<const T> input, MatrixView<const T> matrix,
                          MatrixView<T> tile) {
  constexpr int padded = (examples * rows + 3) / 4 * 4;
  Vector<T> sums[padded];
#pragma GCC unroll 32
  for (int i = 0; i < padded; ++i) {
    sums[i] = hn::Zero(Tag<T>());
  }
  const Index columns = matrix.columns;
  Index c = 0;
  for (; c + lanes<T> <= columns; c += lanes<T>) {
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) {
      prefetch(matrix.data + c + (rows + r) * matrix.leading_dimension);
    }
    dot_step<true, examples, rows>(input.data + c, input.leading_dimension, matrix.data + c,
                                   matrix.leading_dimension, lanes<T>, sums);
  }
  if (c < columns) {
    dot_step<false, examples, rows>(input.data + c, input.leading_dimension, matrix.data + c,
                                    matrix.leading_dimension, columns - c, sums);
  }
  T totals[padded];
  sum_lanes<padded>(sums, totals);
  for (int e = 0; e < examples; ++e) {
    for (int r = 0; r < rows; ++r) {
      tile(e, r) += totals[r * examples + e];
    }
  }
}

template <int examples, class T>
HWY_NOINLINE void dot_examples(MatrixView<const T> input, MatrixView<const T> matrix,
                               MatrixView<T> tile) {
  Index r = 0;
  for (; r + row_block <= matrix.rows; r += row_block) {
    dot_block<examples, row_block>(
        input, matrix.row_block(r, row_block),
        MatrixView<T>{tile.data + r, examples, row_block, tile.leading_dimension});
  }
  for (; r < matrix.rows; ++r) {
    dot_block<examples, 1>(input, matrix.row_block(r, 1),
                           MatrixView<T>{tile.data + r, examples, 1, tile.leading_dimension});
  }
}

/// All examples, in blocks of 8 (where registers allow), 4, 2 and 1.
template <class T>
HWY_INLINE void dot_rows(MatrixView<const T> input, MatrixView<const T> matrix,
                         MatrixView<T> tile) {
  Index e = 0;
  const Index examples = input.rows;
  if constexpr (example_block == 8) {
    for (; e + 8 <= examples; e += 8) {
      dot_examples<8, T>(input.row_block(e, 8), matrix, tile.row_block(e, 8));
    }
  }
  for (; e + 4 <= examples; e += 4) {
    dot_examples<4, T>(input.row_block(e, 4), matrix, tile.row_block(e, 4));
  }
  if (e + 2 <= examples) {
    dot_examples<2, T>(input.row_block(e, 2), matrix, tile.row_block(e, 2));
    e += 2;
  }
  if (e < examples) {
    dot_examples<1, T>(input.row_block(e, 1), matrix, tile.row_block(e, 1));
  }
}

template <class T>
void dot(MatrixView<const T> input, MatrixView<const T> matrix, MatrixView<T> tile) {
  constexpr Index block = column_block_bytes / static_cast<Index>(sizeof(T));
  for (Index c = 0; c < matrix.columns; c += block) {
    const Index width = std::min(block, matrix.columns - c);
    const MatrixView<const T> input_block{input.data + c, input.rows, width,
                                          input.leading_dimension};
    for (Index r = 0; r < matrix.rows; r += dot_row_group) {
      const Index rows = std::min(dot_row_group, matrix.rows - r);
      dot_rows<T>(input_block, {matrix.row(r) + c, rows, width, matrix.leading_dimension},
                  {tile.data + r, tile.rows, rows, tile.leading_dimension});
    }
  }
}

void set_dot(SimdKernels& kernels) {
  kernels.float32.dot = &dot<float>;
  kernels.float64.dot = &dot<double>;
}

}  // namespace polypath::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace polypath::cpu {

void set_dot_kernels(std::int64_t target, SimdKernels& kernels) {
  POLYPATH_TARGET_TABLE(set_dot)[table_slot(target)](kernels);
}

}  // namespace polypath::cpu
#endif
