#include "src/backend/cpu/kernels.hpp"
#include "src/backend/cpu/targets.hpp"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "src/backend/cpu/lane_kernel.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "src/backend/cpu/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace polypath::cpu::HWY_NAMESPACE {

/// Columns that one example takes of a vector: 16 bytes. A row's next 16 bytes go to all examples
/// of a vector with one load, so what is left to add up horizontally is 4 or 2 lanes.
template <class T>
inline constexpr int lane_columns = HWY_TARGET == HWY_SCALAR ? 1 : 16 / sizeof(T);
/// Examples of a vector, and vectors that share that load.
template <class T>
inline constexpr Index lane_examples = lanes<T> / lane_columns<T>;
inline constexpr int lane_vectors = 2;
/// Rows of the largest block: 24 sums where there are 32 registers, 8 where there are 16.
inline constexpr int lane_rows = example_block == 8 ? 12 : 4;
/// Columns whose packed inputs (at most 16 KiB) stay in the first-level cache.
inline constexpr Index packed_columns = 256;

template <class T>
HWY_INLINE MatrixView<T> columns_from(MatrixView<T> matrix, Index first) {
  return {matrix.data + first, matrix.rows, matrix.columns - first, matrix.leading_dimension};
}

/// packed: for every lane_columns columns, those of the first example, of the second, ... of
/// vectors * lane_examples; zeros where there is no column or example.
template <int vectors, class T>
void pack_lanes(MatrixView<const T> input, T* HWY_RESTRICT packed) {
  constexpr Index step = vectors * lanes<T>;
  const Index whole = input.columns / lane_columns<T> * lane_columns<T>;
  if (whole < input.columns || input.rows < vectors * lane_examples<T>) {
    std::fill_n(packed, (whole / lane_columns<T> + 1) * step, T(0));
  }
  for (Index e = 0; e < input.rows; ++e) {
    const T* const from = input.row(e);
    T* to = packed + e * lane_columns<T>;
    for (Index c = 0; c < whole; c += lane_columns<T>, to += step) {
      std::memcpy(to, from + c, sizeof(T) * lane_columns<T>);
    }
    std::copy(from + whole, from + input.columns, to);
  }
}

/// lane_columns elements, for every example of a vector.
template <class T>
HWY_INLINE Vector<T> repeat_columns(const T* from) {
#if HWY_TARGET == HWY_SCALAR
  return hn::Load(Tag<T>(), from);
#else
  return hn::LoadDup128(Tag<T>(), from);
#endif
}

/// sums[r * vectors + v] += what the columns at matrix (rows `stride` apart) contribute.
template <int rows, int vectors, class T>
HWY_INLINE void lane_step(const T* HWY_RESTRICT packed, const T* matrix, Index stride,
                          Vector<T>* HWY_RESTRICT sums) {
  Vector<T> x[vectors];
#pragma GCC unroll 2
  for (int v = 0; v < vectors; ++v) {
    x[v] = hn::Load(Tag<T>(), packed + v * lanes<T>);
  }
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r) {
    auto w = repeat_columns(matrix + r * stride);
    keep_in_register(w);
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) {
      sums[r * vectors + v] = hn::MulAdd(w, x[v], sums[r * vectors + v]);
    }
  }
}

/// Adds the lanes of each example up and writes them: tile(e, r) = sum, or += if `add`.
template <int rows, int vectors, class T>
HWY_INLINE void store_sums(const Vector<T>* HWY_RESTRICT sums, MatrixView<T> tile, bool add) {
  constexpr int piece = lane_columns<T>;
  constexpr int pieces = rows / piece;
  HWY_ALIGN T turned[pieces * vectors * lanes<T>];
#pragma GCC unroll 16
  for (int p = 0; p < pieces; ++p) {
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) {
      Vector<T> group[piece];
#pragma GCC unroll 4
      for (int r = 0; r < piece; ++r) {
        group[r] = sums[(p * piece + r) * vectors + v];
      }
      hn::Store(sum_blocks(group), Tag<T>(), turned + (p * vectors + v) * lanes<T>);
    }
  }
  const hn::CappedTag<T, piece> part;
  for (Index e = 0; e < tile.rows; ++e) {
    T* const row = tile.row(e);
#pragma GCC unroll 16
    for (int p = 0; p < pieces; ++p) {
      auto sum = hn::Load(part, turned + p * vectors * lanes<T> + e * piece);
      if (add) {
        sum = hn::Add(hn::LoadU(part, row + p * piece), sum);
      }
      hn::StoreU(sum, part, row + p * piece);
    }
  }
}

/// tile(e, r) = packed input . matrix(r, :), or += if `add`, from row `first` on while `rows` rows
/// are left; returns the first row that remains. Columns: a multiple of lane_columns.
template <int rows, int vectors, class T>
HWY_NOINLINE Index lane_blocks(const T* HWY_RESTRICT packed, MatrixView<const T> matrix,
                               MatrixView<T> tile, bool add, Index first) {
  const Index stride = matrix.leading_dimension;
  for (; first + rows <= matrix.rows; first += rows) {
    Vector<T> sums[rows * vectors];
#pragma GCC unroll 32
    for (int i = 0; i < rows * vectors; ++i) {
      sums[i] = hn::Zero(Tag<T>());
    }
    const T* w = matrix.row(first);
    const T* const end = w + matrix.columns;
    for (const T* x = packed; w != end; w += lane_columns<T>, x += vectors * lanes<T>) {
      lane_step<rows, vectors>(x, w, stride, sums);
    }
    store_sums<rows, vectors, T>(sums, columns_from(tile, first), add);
  }
  return first;
}

template <int vectors, class T>
HWY_INLINE void lane_rows_of(const T* packed, const MatrixView<const T>& matrix,
                             const MatrixView<T>& tile, bool add) {
  const Index first = lane_blocks<lane_rows, vectors, T>(packed, matrix, tile, add, 0);
  lane_blocks<4, vectors, T>(packed, matrix, tile, add, first);
}

/// The same += for fewer than lane_columns columns, on a copy with zeros behind them.
template <int vectors, class T>
HWY_NOINLINE void lane_rest(const T* packed, MatrixView<const T> matrix, MatrixView<T> tile) {
  constexpr Index group = Index{5} * lane_rows;
  HWY_ALIGN T padded[group * lane_columns<T>] = {};
  for (Index first = 0; first < matrix.rows; first += group) {
    const Index rows = std::min(group, matrix.rows - first);
    for (Index r = 0; r < rows; ++r) {
      std::copy_n(matrix.row(first + r), matrix.columns, padded + r * lane_columns<T>);
    }
    lane_rows_of<vectors, T>(packed, {padded, rows, lane_columns<T>, lane_columns<T>},
                             columns_from(tile, first), true);
  }
}

/// At most vectors * lane_examples examples.
template <int vectors, class T>
void lane_group(MatrixView<const T> input, MatrixView<const T> matrix, MatrixView<T> tile) {
  HWY_ALIGN T packed[(packed_columns / lane_columns<T> + 1) * vectors * lanes<T>];
  Index c = 0;
  do {  // once at least: no columns make a sum of zero
    const Index columns = std::min(packed_columns, matrix.columns - c);
    const Index steps = columns / lane_columns<T>;
    const Index whole = steps * lane_columns<T>;
    const Index stride = matrix.leading_dimension;
    pack_lanes<vectors, T>({input.data + c, input.rows, columns, input.leading_dimension}, packed);
    lane_rows_of<vectors, T>(packed, {matrix.data + c, matrix.rows, whole, stride}, tile, c > 0);
    if (whole < columns) {
      lane_rest<vectors, T>(packed + steps * vectors * lanes<T>,
                            {matrix.data + c + whole, matrix.rows, columns - whole, stride}, tile);
    }
    c += packed_columns;
  } while (c < matrix.columns);
}

template <class T>
void lane_dot(MatrixView<const T> input, MatrixView<const T> matrix, MatrixView<T> tile) {
  constexpr Index most = lane_vectors * lane_examples<T>;
  Index e = 0;
  for (; input.rows - e > lane_examples<T>; e += most) {
    const Index examples = std::min(most, input.rows - e);
    lane_group<lane_vectors, T>(input.row_block(e, examples), matrix, tile.row_block(e, examples));
  }
  if (e < input.rows) {
    lane_group<1, T>(input.row_block(e, input.rows - e), matrix, tile.row_block(e, input.rows - e));
  }
}

void set_lane(SimdKernels& kernels) {
  kernels.float32.lane_dot = &lane_dot<float>;
  kernels.float64.lane_dot = &lane_dot<double>;
}

}  // namespace polypath::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace polypath::cpu {

void set_lane_kernels(std::int64_t target, SimdKernels& kernels) {
  POLYPATH_TARGET_TABLE(set_lane)[table_slot(target)](kernels);
}

}  // namespace polypath::cpu
#endif
