#include "src/backend/cpu/kernels.hpp"
#include "src/backend/cpu/targets.hpp"

#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "src/backend/cpu/column_kernel.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "src/backend/cpu/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace polypath::cpu::HWY_NAMESPACE {

/// What one walk down the rows does.
enum class Walk { sum, update, both };

/// Vectors of columns that a walk takes at a time where registers allow: each coefficient that is
/// read then serves 3 multiply-adds, and loads are not the limit.
inline constexpr int walk_vectors = example_block == 8 ? 3 : 1;

template <bool whole, class D, class T>
HWY_INLINE hn::Vec<D> load_columns(D tag, const T* from, Index count) {
  if constexpr (whole) {
    return hn::LoadU(tag, from);
  } else {
    return load_tail(tag, from, count);
  }
}
template <bool whole, class D, class T>
HWY_INLINE void store_columns(D tag, hn::Vec<D> value, T* to, Index count) {
  if constexpr (whole) {
    hn::StoreU(value, tag, to);
  } else {
    store_tail(tag, value, to, count);
  }
}

/// The columns that a walk takes: `vectors` of D, whole or (one vector) the first `columns` lanes.
template <class D_, int vectors_, bool whole_>
struct Width {
  using D = D_;
  using T = hn::TFromD<D>;
  using V = hn::Vec<D>;
  static constexpr int vectors = vectors_;
  static constexpr bool whole = whole_;
  static constexpr Index lanes = static_cast<Index>(hn::MaxLanes(D()));
};

/// What a walk reads and writes.
template <class T>
struct Operands {
  MatrixView<const T> coefficients;
  MatrixView<const T> input;
  T scale;
  MatrixView<T> matrix;
  MatrixView<T> sums;

  [[nodiscard]] Operands examples(Index first, Index count) const {
    return {coefficients.row_block(first, count), input.row_block(first, count), scale, matrix,
            sums.row_block(first, count)};
  }
};

/// w[v] and sums[e * vectors + v] of one row: the old w for the sums, the new one for the matrix.
template <Walk walk, int examples, class W, class T>
HWY_INLINE void walk_row(MatrixView<const T> coefficients, Index r,
                         const typename W::V* HWY_RESTRICT x, typename W::V* HWY_RESTRICT sums,
                         typename W::V* HWY_RESTRICT w) {
  typename W::V old[W::vectors];
#pragma GCC unroll 4
  for (int v = 0; v < W::vectors; ++v) {
    old[v] = w[v];
  }
#pragma GCC unroll 8
  for (int e = 0; e < examples; ++e) {
    auto k = hn::Set(typename W::D(), coefficients(e, r));
    keep_in_register(k);
#pragma GCC unroll 4
    for (int v = 0; v < W::vectors; ++v) {
      if constexpr (walk != Walk::update) {
        sums[e * W::vectors + v] = hn::MulAdd(k, old[v], sums[e * W::vectors + v]);
      }
      if constexpr (walk != Walk::sum) {
        w[v] = hn::MulAdd(k, x[e * W::vectors + v], w[v]);
      }
    }
  }
}

/// One walk over all rows of a few columns, whose sums or scaled inputs (or both) stay in
/// registers. The rows follow each other closely enough for the multiply-adds of several to
/// overlap.
template <Walk walk, int examples, class W, class T>
HWY_NOINLINE void walk_rows(const Operands<T>& o, Index first, Index count) {
  const typename W::D tag;
  typename W::V sum[examples * W::vectors];
  typename W::V x[examples * W::vectors];
#pragma GCC unroll 32
  for (int i = 0; i < examples * W::vectors; ++i) {
    sum[i] = hn::Zero(tag);
    if constexpr (walk != Walk::sum) {
      const T* from = o.input.row(i / W::vectors) + first + i % W::vectors * W::lanes;
      x[i] = hn::Mul(hn::Set(tag, o.scale), load_columns<W::whole>(tag, from, count));
    }
  }
  const MatrixView<const T> coefficients = o.coefficients;
  const MatrixView<T> matrix = o.matrix;
  T* row = matrix.data + first;
  for (Index r = 0; r < matrix.rows; ++r, row += matrix.leading_dimension) {
    typename W::V w[W::vectors];
#pragma GCC unroll 4
    for (int v = 0; v < W::vectors; ++v) {
      w[v] = load_columns<W::whole>(tag, row + v * W::lanes, count);
    }
    walk_row<walk, examples, W, T>(coefficients, r, x, sum, w);
#pragma GCC unroll 4
    for (int v = 0; v < W::vectors && walk != Walk::sum; ++v) {
      store_columns<W::whole>(tag, w[v], row + v * W::lanes, count);
    }
  }
#pragma GCC unroll 32
  for (int i = 0; i < examples * W::vectors && walk != Walk::update; ++i) {
    T* to = o.sums.row(i / W::vectors) + first + i % W::vectors * W::lanes;
    store_columns<W::whole>(tag, sum[i], to, count);
  }
}

/// Both at once, vector after vector, or one after the other for several vectors at a time.
template <Walk walk, int examples, class T>
HWY_INLINE void walk_columns(const Operands<T>& o) {
  using Widest = Width<Tag<T>, walk_vectors, true>;
  using One = Width<Tag<T>, 1, true>;
  const Index columns = o.matrix.columns;
  Index c = 0;
  for (; walk_vectors > 1 && c + walk_vectors * lanes<T> <= columns; c += walk_vectors * lanes<T>) {
    if constexpr (walk != Walk::update) {
      walk_rows<Walk::sum, examples, Widest>(o, c, walk_vectors * lanes<T>);
    }
    if constexpr (walk != Walk::sum) {
      walk_rows<Walk::update, examples, Widest>(o, c, walk_vectors * lanes<T>);
    }
  }
  for (; c + lanes<T> <= columns; c += lanes<T>) {
    walk_rows<walk, examples, One>(o, c, lanes<T>);
  }
  if constexpr (lanes<T> * sizeof(T) == 64) {  // narrow vectors are cheaper than masked ones
    using Half = hn::Half<Tag<T>>;
    if (c + lanes<T> / 2 <= columns) {
      walk_rows<walk, examples, Width<Half, 1, true>>(o, c, lanes<T> / 2);
      c += lanes<T> / 2;
    }
    if (c + lanes<T> / 4 <= columns) {
      walk_rows<walk, examples, Width<hn::Half<Half>, 1, true>>(o, c, lanes<T> / 4);
      c += lanes<T> / 4;
    }
  }
  if (c < columns) {
    walk_rows<walk, examples, Width<Tag<T>, 1, false>>(o, c, columns - c);
  }
}

/// Walks with all examples, in blocks of 8, 4, 2 and 1.
template <Walk walk, class T>
void walk_examples(const Operands<T>& o) {
  const Index examples = o.coefficients.rows;
  Index e = 0;
  for (; e + 8 <= examples; e += 8) {
    walk_columns<walk, 8>(o.examples(e, 8));
  }
  if (e + 4 <= examples) {
    walk_columns<walk, 4>(o.examples(e, 4));
    e += 4;
  }
  if (e + 2 <= examples) {
    walk_columns<walk, 2>(o.examples(e, 2));
    e += 2;
  }
  if (e < examples) {
    walk_columns<walk, 1>(o.examples(e, 1));
  }
}

/// Whether one block holds all examples, so that the update need not wait for others' sums.
inline bool one_block(Index examples) {
  return examples == 8 || examples == 4 || examples == 2 || examples == 1;
}

template <class T>
void column_update(MatrixView<const T> coefficients, MatrixView<const T> input, T scale,
                   MatrixView<T> matrix, MatrixView<T> sums) {
  const Operands<T> operands{coefficients, input, scale, matrix, sums};
  if (sums.columns == 0) {
    walk_examples<Walk::update>(operands);
  } else if (one_block(coefficients.rows)) {
    walk_examples<Walk::both>(operands);
  } else {
    walk_examples<Walk::sum>(operands);
    walk_examples<Walk::update>(operands);
  }
}

void set_column(SimdKernels& kernels) {
  kernels.float32.column_update = &column_update<float>;
  kernels.float64.column_update = &column_update<double>;
}

}  // namespace polypath::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace polypath::cpu {

void set_column_kernels(std::int64_t target, SimdKernels& kernels) {
  POLYPATH_TARGET_TABLE(set_column)[table_slot(target)](kernels);
}

}  // namespace polypath::cpu
#endif
