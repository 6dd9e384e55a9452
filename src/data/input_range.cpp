#include "input_range.hpp"

#include "polypath/core/linalg.hpp"

#include <algorithm>

namespace polypath {
namespace {

// The square root of 1e-12, the cut on the eigenvalues of X^T X.
constexpr double smallest_relative_value = 1e-6;

Matrix<double> first_columns(const Matrix<double>& matrix, Index columns) {
  Matrix<double> result(matrix.rows(), columns);
  for (Index r = 0; r < matrix.rows(); ++r) {
    std::copy_n(matrix.view().row(r), columns, result.view().row(r));
  }
  return result;
}

}  // namespace

InputRange find_input_range(const Matrix<double>& x) {
  ThinSvd svd = thin_svd(x.view());
  Index range = 0;
  for (const double value : svd.S) {
    range += value > smallest_relative_value * svd.S.front() ? 1 : 0;
  }
  svd.S.resize(static_cast<std::size_t>(range));
  return {first_columns(svd.U, range), svd.S, first_columns(svd.V, range)};
}

}  // namespace polypath
