#pragma once

#include "polypath/core/matrix.hpp"

#include <vector>

namespace polypath {

/// X = examples diag(values) inputs^T on the range of x: only directions in which the eigenvalue
/// values^2 of X^T X exceeds 1e-12 of the largest. `range` is their number, 0 for x = 0.
struct InputRange {
  Matrix<double> examples;     ///< examples x range, orthonormal columns
  std::vector<double> values;  ///< range, largest first
  Matrix<double> inputs;       ///< inputs x range, orthonormal columns
};

/// From the SVD of X itself: X^T X would square its condition number.
[[nodiscard]] InputRange find_input_range(const Matrix<double>& x);

}  // namespace polypath
