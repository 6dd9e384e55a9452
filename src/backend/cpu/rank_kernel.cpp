#include "src/backend/cpu/kernels.hpp"
#include "src/backend/cpu/targets.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "src/backend/cpu/rank_kernel.cpp"
#include "hwy/cache_control.h"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "src/backend/cpu/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace polypath::cpu::HWY_NAMESPACE {

/// A block of the matrix held in registers: `example_block` rows by 3 vectors.
inline constexpr int block_rows = example_block;
inline constexpr int block_vectors = 3;
template <class T>
inline constexpr Index block_columns = block_vectors* lanes<T>;
/// Ranks added up in registers before the matrix is touched, and rows that share a packed `right`.
inline constexpr Index rank_step = 128;
inline constexpr Index rank_row_group = 64;

/// left^T of one group of rows as blocks of block_rows: packed[(r / block_rows * ranks + k) *
/// block_rows + r % block_rows] = left(k, r), zeros behind the last row.
template <class T>
void pack_left(MatrixView<const T> left, T* HWY_RESTRICT packed) {
  for (Index first = 0; first < left.columns; first += block_rows) {
    const Index rows = std::min<Index>(block_rows, left.columns - first);
    for (Index k = 0; k < left.rows; ++k) {
      for (Index r = 0; r < block_rows; ++r) {
        *packed++ = r < rows ? left(k, first + r) : T(0);
      }
    }
  }
}

/// packed[k * block_columns + c] = right(k, c), zeros behind the last column.
template <class T>
HWY_INLINE void pack_right(MatrixView<const T> right, T* HWY_RESTRICT packed) {
  for (Index k = 0; k < right.rows; ++k) {
    const T* row = right.row(k);
    for (Index c = 0; c < block_columns<T>; c += lanes<T>) {
      const Index rest = right.columns - c;
      auto value = hn::Zero(Tag<T>());
      if (rest >= lanes<T>) {
        value = hn::LoadU(Tag<T>(), row + c);
      } else if (rest > 0) {
        value = load_tail(row + c, rest);
      }
      hn::Store(value, Tag<T>(), packed);
      packed += lanes<T>;
    }
  }
}

/// sums[r * block_vectors + v] = sum_k left(k, r) right(k, v...).
template <class T>
HWY_INLINE void multiply_block(const T* HWY_RESTRICT left, const T* HWY_RESTRICT right, Index ranks,
                               Vector<T>* HWY_RESTRICT sums) {
#pragma GCC unroll 32
  for (int i = 0; i < block_rows * block_vectors; ++i) {
    sums[i] = hn::Zero(Tag<T>());
  }
  for (Index k = 0; k < ranks; ++k) {
    Vector<T> x[block_vectors];
#pragma GCC unroll 8
    for (int v = 0; v < block_vectors; ++v) {
      x[v] = hn::Load(Tag<T>(), right + v * lanes<T>);
    }
#pragma GCC unroll 8
    for (int r = 0; r < block_rows; ++r) {
      const auto l = hn::Set(Tag<T>(), left[r]);
#pragma GCC unroll 8
      for (int v = 0; v < block_vectors; ++v) {
        sums[r * block_vectors + v] = hn::MulAdd(l, x[v], sums[r * block_vectors + v]);
      }
    }
    left += block_rows;
    right += block_columns<T>;
  }
}

template <class T>
HWY_INLINE void add_vector(Vector<T> sum, Vector<T> scale, T* to, Index rest) {
  if (rest >= lanes<T>) {
    hn::StoreU(hn::MulAdd(scale, sum, hn::LoadU(Tag<T>(), to)), Tag<T>(), to);
  } else if (rest > 0) {
    store_tail<T>(hn::MulAdd(scale, sum, load_tail(to, rest)), to, rest);
  }
}

/// One block of the matrix; `below` rows follow it, the next of which are prefetched.
template <class T>
HWY_NOINLINE void update_block(const T* left, const T* right, Index ranks, T scale,
                               MatrixView<T> block, Index below) {
  const Index stride = block.leading_dimension;
  const Index ahead = std::min<Index>(below, block_rows);
  for (Index r = block.rows; r < block.rows + ahead; ++r) {
    for (int v = 0; v < block_vectors; ++v) {
      hwy::Prefetch(block.data + r * stride + v * lanes<T>);
    }
  }
  Vector<T> sums[block_rows * block_vectors];
  multiply_block(left, right, ranks, sums);
  const auto factor = hn::Set(Tag<T>(), scale);
  if (block.rows == block_rows && block.columns == block_columns<T>) {
#pragma GCC unroll 32
    for (int i = 0; i < block_rows * block_vectors; ++i) {
      add_vector<T>(sums[i], factor,
                    block.data + i / block_vectors * stride + i % block_vectors * lanes<T>,
                    lanes<T>);
    }
    return;
  }
  HWY_ALIGN T spilled[block_rows * block_columns<T>];
#pragma GCC unroll 32
  for (int i = 0; i < block_rows * block_vectors; ++i) {
    hn::Store(sums[i], Tag<T>(), spilled + i * lanes<T>);
  }
  for (Index r = 0; r < block.rows; ++r) {
    for (int v = 0; v < block_vectors; ++v) {
      const Index c = v * lanes<T>;
      add_vector<T>(hn::Load(Tag<T>(), spilled + r * block_columns<T> + c), factor,
                    block.row(r) + c, block.columns - c);
    }
  }
}

template <class T>
void update_rows(MatrixView<const T> left, MatrixView<const T> right, T scale,
                 MatrixView<T> matrix) {
  const Index ranks = left.rows;
  HWY_ALIGN T packed_left[rank_row_group * rank_step];
  HWY_ALIGN T packed_right[rank_step * block_columns<T>];
  pack_left(left, packed_left);
  for (Index c = 0; c < matrix.columns; c += block_columns<T>) {
    const Index columns = std::min(block_columns<T>, matrix.columns - c);
    pack_right<T>({right.data + c, ranks, columns, right.leading_dimension}, packed_right);
    for (Index r = 0; r < matrix.rows; r += block_rows) {
      const Index rows = std::min<Index>(block_rows, matrix.rows - r);
      update_block<T>(packed_left + r * ranks, packed_right, ranks, scale,
                      {matrix.row(r) + c, rows, columns, matrix.leading_dimension},
                      matrix.rows - r - rows);
    }
  }
}

template <class T>
void rank_update(MatrixView<const T> left, MatrixView<const T> right, T scale,
                 MatrixView<T> matrix) {
  for (Index k = 0; k < left.rows; k += rank_step) {
    const Index ranks = std::min(rank_step, left.rows - k);
    for (Index r = 0; r < matrix.rows; r += rank_row_group) {
      const Index rows = std::min(rank_row_group, matrix.rows - r);
      update_rows<T>({left.row(k) + r, ranks, rows, left.leading_dimension},
                     right.row_block(k, ranks), scale, matrix.row_block(r, rows));
    }
  }
}

void set_rank(SimdKernels& kernels) {
  kernels.float32.rank_update = &rank_update<float>;
  kernels.float64.rank_update = &rank_update<double>;
}

}  // namespace polypath::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace polypath::cpu {

void set_rank_kernels(std::int64_t target, SimdKernels& kernels) {
  POLYPATH_TARGET_TABLE(set_rank)[table_slot(target)](kernels);
}

}  // namespace polypath::cpu
#endif
