#include "src/backend/cpu/kernels.hpp"
#include "src/backend/cpu/targets.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "src/backend/cpu/strip_kernel.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "src/backend/cpu/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace polypath::cpu::HWY_NAMESPACE {

/// Rows that stay cached while block after block of examples passes over them.
inline constexpr Index strip_row_group = Index{16} * row_block;

template <class T>
MatrixView<const T> columns_of(MatrixView<const T> matrix, Index first, Index count) {
  return {matrix.data + first, matrix.rows, count, matrix.leading_dimension};
}

/// k[r * examples + e] = coefficients(e, r), in all lanes.
template <int examples, int rows, class T>
HWY_INLINE void broadcast(MatrixView<const T> coefficients, Vector<T>* HWY_RESTRICT k) {
#pragma GCC unroll 8
  for (int e = 0; e < examples; ++e) {
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) {
      k[r * examples + e] = hn::Set(Tag<T>(), coefficients(e, r));
    }
  }
}

template <int rows, class T>
HWY_INLINE void prefetch_rows(const T* matrix, Index stride) {
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r) {
    hwy::Prefetch(matrix + r * stride);
  }
}

/// sums(e, c...) += sum_r k(e, r) w[r].
template <bool whole, int examples, int rows, class T>
HWY_INLINE void accumulate_step(const Vector<T>* HWY_RESTRICT k, const Vector<T>* HWY_RESTRICT w,
                                T* sums, Index stride, Index count) {
#pragma GCC unroll 8
  for (int e = 0; e < examples; ++e) {
    auto sum = load<whole>(sums + e * stride, count);
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) {
      sum = hn::MulAdd(k[r * examples + e], w[r], sum);
    }
    store<whole>(sum, sums + e * stride, count);
  }
}

/// w[r] += sum_e k(e, r) scaled(e, c...).
template <bool whole, int examples, int rows, class T>
HWY_INLINE void update_step(const Vector<T>* HWY_RESTRICT k, const T* scaled, Index stride,
                            Index count, Vector<T>* HWY_RESTRICT w) {
#pragma GCC unroll 8
  for (int e = 0; e < examples; ++e) {
    auto x = load<whole>(scaled + e * stride, count);
    keep_in_register(x);
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) {
      w[r] = hn::MulAdd(k[r * examples + e], x, w[r]);
    }
  }
}

template <bool whole, int rows, class T>
HWY_INLINE void load_rows(const T* matrix, Index stride, Index count, Vector<T>* HWY_RESTRICT w) {
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r) {
    w[r] = load<whole>(matrix + r * stride, count);
  }
}

template <bool whole, int rows, class T>
HWY_INLINE void store_rows(const Vector<T>* HWY_RESTRICT w, T* matrix, Index stride, Index count) {
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r) {
    store<whole>(w[r], matrix + r * stride, count);
  }
}

/// The block of `examples` x `rows` over the whole strip. The rows to come are prefetched: a strip
/// is too short for the hardware to find out.
template <int examples, int rows, class T>
struct AccumulateBlock {
  HWY_NOINLINE static void run(MatrixView<const T> coefficients, MatrixView<const T> matrix,
                               MatrixView<T> sums) {
    const Index stride = matrix.leading_dimension;
    Vector<T> k[examples * rows];
    broadcast<examples, rows>(coefficients, k);
    Vector<T> w[rows];
    Index c = 0;
    for (; c + lanes<T> <= matrix.columns; c += lanes<T>) {
      prefetch_rows<rows>(matrix.data + c + rows * stride, stride);
      load_rows<true, rows>(matrix.data + c, stride, lanes<T>, w);
      accumulate_step<true, examples, rows>(k, w, sums.data + c, sums.leading_dimension, lanes<T>);
    }
    if (c < matrix.columns) {
      const Index rest = matrix.columns - c;
      load_rows<false, rows>(matrix.data + c, stride, rest, w);
      accumulate_step<false, examples, rows>(k, w, sums.data + c, sums.leading_dimension, rest);
    }
  }
};

/// matrix(r, c) += sum_e coefficients(e, r) scaled(e, c) for the block over the whole strip.
template <int examples, int rows, class T>
struct UpdateBlock {
  HWY_NOINLINE static void run(MatrixView<const T> coefficients, MatrixView<T> matrix,
                               MatrixView<const T> scaled) {
    const Index stride = matrix.leading_dimension;
    Vector<T> k[examples * rows];
    broadcast<examples, rows>(coefficients, k);
    Vector<T> w[rows];
    Index c = 0;
    for (; c + lanes<T> <= matrix.columns; c += lanes<T>) {
      load_rows<true, rows>(matrix.data + c, stride, lanes<T>, w);
      update_step<true, examples, rows>(k, scaled.data + c, scaled.leading_dimension, lanes<T>, w);
      store_rows<true, rows, T>(w, matrix.data + c, stride, lanes<T>);
    }
    if (c < matrix.columns) {
      const Index rest = matrix.columns - c;
      load_rows<false, rows>(matrix.data + c, stride, rest, w);
      update_step<false, examples, rows>(k, scaled.data + c, scaled.leading_dimension, rest, w);
      store_rows<false, rows, T>(w, matrix.data + c, stride, rest);
    }
  }
};

/// Runs `Block` over all rows of `matrix`, row_block at a time.
template <template <int, int, class> class Block, int examples, class T, class Matrix, class Other>
HWY_INLINE void for_rows(MatrixView<const T> coefficients, Matrix matrix, Other other) {
  Index r = 0;
  for (; r + row_block <= matrix.rows; r += row_block) {
    Block<examples, row_block, T>::run(columns_of(coefficients, r, matrix.rows - r),
                                       matrix.row_block(r, row_block), other);
  }
  for (; r < matrix.rows; ++r) {
    Block<examples, 1, T>::run(columns_of(coefficients, r, matrix.rows - r), matrix.row_block(r, 1),
                               other);
  }
}

/// Runs `Block` over all examples, in blocks of 8 (where registers allow), 4, 2 and 1.
template <template <int, int, class> class Block, class T, class Matrix, class Other>
HWY_INLINE void for_examples(MatrixView<const T> coefficients, Matrix matrix, Other other) {
  const Index examples = coefficients.rows;
  Index e = 0;
  if constexpr (example_block == 8) {
    for (; e + 8 <= examples; e += 8) {
      for_rows<Block, 8, T>(coefficients.row_block(e, 8), matrix, other.row_block(e, 8));
    }
  }
  for (; e + 4 <= examples; e += 4) {
    for_rows<Block, 4, T>(coefficients.row_block(e, 4), matrix, other.row_block(e, 4));
  }
  if (e + 2 <= examples) {
    for_rows<Block, 2, T>(coefficients.row_block(e, 2), matrix, other.row_block(e, 2));
    e += 2;
  }
  if (e < examples) {
    for_rows<Block, 1, T>(coefficients.row_block(e, 1), matrix, other.row_block(e, 1));
  }
}

/// Rows between two visits of the examples: one block where a block holds all examples.
inline Index rows_per_visit(Index examples) {
  return examples <= example_block ? row_block : strip_row_group;
}

template <class T>
void accumulate(MatrixView<const T> coefficients, MatrixView<const T> matrix, MatrixView<T> sums) {
  const Index step = strip_row_group;
  for (Index r = 0; r < matrix.rows; r += step) {
    const Index rows = std::min(step, matrix.rows - r);
    for_examples<AccumulateBlock, T>(columns_of(coefficients, r, rows), matrix.row_block(r, rows),
                                     sums);
  }
}

template <class T>
void accumulate_update(MatrixView<const T> coefficients, MatrixView<const T> scaled,
                       MatrixView<T> matrix, MatrixView<T> sums) {
  const Index step = rows_per_visit(coefficients.rows);
  for (Index r = 0; r < matrix.rows; r += step) {
    const Index rows = std::min(step, matrix.rows - r);
    const MatrixView<const T> visit = columns_of(coefficients, r, rows);
    const MatrixView<const T> old = matrix.row_block(r, rows);
    for_examples<AccumulateBlock, T>(visit, old, sums);
    for_examples<UpdateBlock, T>(visit, matrix.row_block(r, rows), scaled);
  }
}

void set_strip(SimdKernels& kernels) {
  kernels.float32.accumulate = &accumulate<float>;
  kernels.float64.accumulate = &accumulate<double>;
  kernels.float32.accumulate_update = &accumulate_update<float>;
  kernels.float64.accumulate_update = &accumulate_update<double>;
}

}  // namespace polypath::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace polypath::cpu {

void set_strip_kernels(std::int64_t target, SimdKernels& kernels) {
  POLYPATH_TARGET_TABLE(set_strip)[table_slot(target)](kernels);
}

}  // namespace polypath::cpu
#endif
