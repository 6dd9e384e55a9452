#pragma once

#include "polypath/core/matrix.hpp"

#include <algorithm>
#include <vector>

namespace polypath::reduction {

/// Rows [row, row + rows) and columns [column, column + columns) of `matrix`.
[[nodiscard]] inline MatrixView<const double> block(const Matrix<double>& matrix, Index row,
                                                    Index rows, Index column, Index columns) {
  return {matrix.data() + row * matrix.columns() + column, rows, columns, matrix.columns()};
}

/// Copies `source` into `target` with its corner at (row, column).
inline void paste(MatrixView<const double> source, Matrix<double>& target, Index row,
                  Index column) {
  for (Index r = 0; r < source.rows; ++r) {
    std::copy_n(source.row(r), source.columns, &target(row + r, column));
  }
}

/// `source` in the corner of a larger matrix of zeros.
[[nodiscard]] inline Matrix<double> padded(MatrixView<const double> source, Index rows,
                                           Index columns) {
  Matrix<double> result(rows, columns);
  if (!source.empty()) {
    paste(source, result, 0, 0);
  }
  return result;
}

/// `top` over `bottom`, of equal numbers of columns.
[[nodiscard]] inline Matrix<double> stacked(const Matrix<double>& top,
                                            MatrixView<const double> bottom) {
  Matrix<double> result = padded(top.view(), top.rows() + bottom.rows, bottom.columns);
  if (!bottom.empty()) {
    paste(bottom, result, top.rows(), 0);
  }
  return result;
}

[[nodiscard]] inline Matrix<double> identity(Index n) {
  Matrix<double> result(n, n);
  for (Index i = 0; i < n; ++i) {
    result(i, i) = 1.0;
  }
  return result;
}

/// The squared length of every column.
[[nodiscard]] inline std::vector<double> column_squares(MatrixView<const double> matrix) {
  std::vector<double> squares(static_cast<std::size_t>(matrix.columns), 0.0);
  for (Index r = 0; r < matrix.rows; ++r) {
    for (Index c = 0; c < matrix.columns; ++c) {
      squares[static_cast<std::size_t>(c)] += matrix(r, c) * matrix(r, c);
    }
  }
  return squares;
}

}  // namespace polypath::reduction
