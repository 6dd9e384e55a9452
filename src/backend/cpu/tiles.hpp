#pragma once

#include "polypath/core/matrix.hpp"
#include "polypath/core/types.hpp"

#include <algorithm>

namespace polypath::cpu {

// Sizes of the tiles into which an operation is cut. They are part of what fixes the bits of
// sums that run over tiles, and never depend on the number of threads.

/// Rows of W a forward tile takes: its results (examples x rows) stay in the first-level cache.
inline constexpr Index forward_rows = 96;
/// Columns of a backward strip: with 8 examples the sums (16 KiB) and the rows at work fit a
/// first-level cache of 32 KiB, and rows are read 2 KiB at a time.
template <class T>
inline constexpr Index strip_columns = 2048 / static_cast<Index>(sizeof(T));
/// The same where the inputs have to fit as well.
template <class T>
inline constexpr Index update_strip_columns = 1024 / static_cast<Index>(sizeof(T));
/// A matrix of at most so many bytes stays in the second-level cache from pass to pass: the kernels
/// for it hold sums in registers instead of reading rows in one stream.
inline constexpr Index cached_bytes = Index{512} << 10;
/// Below so many rows packing the inputs costs more than the horizontal sums that it saves.
inline constexpr Index least_lane_rows = 32;
/// Rows of W that one update tile takes.
inline constexpr Index update_rows = 64;
/// Below this many bytes a second thread costs more than it helps.
inline constexpr Index least_parallel_bytes = Index{512} << 10;

[[nodiscard]] constexpr Index tiles_of(Index size, Index tile) { return (size + tile - 1) / tile; }

/// Columns [first, first + count) of `matrix`.
template <class T>
[[nodiscard]] MatrixView<T> columns_of(MatrixView<T> matrix, Index first, Index count) {
  return {matrix.data + first, matrix.rows, count, matrix.leading_dimension};
}

/// A dense matrix on `buffer`, all zeros.
template <class T>
[[nodiscard]] MatrixView<T> zeros_on(T* buffer, Index rows, Index columns) {
  std::fill_n(buffer, rows * columns, T(0));
  return {buffer, rows, columns, columns};
}

}  // namespace polypath::cpu
