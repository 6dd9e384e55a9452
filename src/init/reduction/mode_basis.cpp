#include "src/init/reduction/mode_basis.hpp"

#include "polypath/core/linalg.hpp"

#include "src/init/reduction/blocks.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace polypath::reduction {
namespace {

/// Input directions that rounding alone makes are those below this part of the largest.
constexpr double range_cut = 1e-13;

Matrix<double> leading_columns(const Matrix<double>& matrix, Index count) {
  return padded(block(matrix, 0, matrix.rows(), 0, count), matrix.rows(), count);
}

/// A row counts as a pivot when its square is at least this part of the largest: data with
/// symmetries have many rows of equal length, of which rounding must not pick one.
constexpr double pivot_share = 0.37;

/// rows <- rows (I - q q^T), with q a unit row.
void remove_direction(const std::vector<double>& q, Matrix<double>& rows) {
  for (Index r = 0; r < rows.rows(); ++r) {
    double* row = rows.view().row(r);
    const double along = std::inner_product(q.begin(), q.end(), row, 0.0);
    for (std::size_t c = 0; c < q.size(); ++c) {
      row[c] -= along * q[c];
    }
  }
}

/// The first row that is not much shorter than the longest, at unit length.
std::vector<double> pivot_direction(const Matrix<double>& rows) {
  std::vector<double> squares;
  for (Index r = 0; r < rows.rows(); ++r) {
    const double* row = rows.view().row(r);
    squares.push_back(std::inner_product(row, row + rows.columns(), row, 0.0));
  }
  const double enough = pivot_share * *std::max_element(squares.begin(), squares.end());
  const auto found = std::find_if(squares.begin(), squares.end(),
                                  [enough](double square) { return square >= enough; });
  const double* row = rows.view().row(found - squares.begin());
  std::vector<double> direction(row, row + rows.columns());
  for (double& entry : direction) {
    entry /= std::sqrt(*found);
  }
  return direction;
}

/// The orthonormal columns of `first`, then orthonormal columns that complete them to the span of
/// `frame` (orthonormal columns, containing `first`). They depend on the two spans alone: unit
/// vectors projected on what is missing, in their order. A decomposition would not do: all its
/// singular values are 1, so that rounding, and with it the BLAS, would choose the basis; the
/// residuals are taken column by column in it, and with them the directions that are kept.
Matrix<double> completed(const Matrix<double>& first, const Matrix<double>& frame) {
  const Index missing = frame.columns() - first.columns();
  Matrix<double> result = padded(first.view(), frame.rows(), frame.columns());
  if (missing == 0) {
    return result;
  }
  // In the coordinates of `frame`, where row i is the projection of e_i.
  const Matrix<double> inside =
      qr_orthonormal(multiply_transposed_left(frame.view(), first.view()).view());
  Matrix<double> rest = frame;
  for (Index m = 0; m < inside.columns(); ++m) {
    std::vector<double> column;
    for (Index r = 0; r < inside.rows(); ++r) {
      column.push_back(inside(r, m));
    }
    remove_direction(column, rest);
  }
  Matrix<double> added(missing, frame.columns());
  for (Index k = 0; k < missing; ++k) {
    const std::vector<double> direction = pivot_direction(rest);
    remove_direction(direction, rest);
    std::copy(direction.begin(), direction.end(), added.view().row(k));
  }
  paste(multiply_transposed_right(frame.view(), added.view()).view(), result, 0, first.columns());
  return result;
}

/// An orthonormal basis of the row range of x.
Matrix<double> input_range(const Matrix<double>& x) {
  const ThinSvd svd = thin_svd(x.view());
  Index range = 0;
  while (range < static_cast<Index>(svd.S.size()) &&
         svd.S[static_cast<std::size_t>(range)] > range_cut * svd.S[0]) {
    ++range;
  }
  return leading_columns(svd.V, range);
}

}  // namespace

ModeBasis make_mode_basis(const Dataset& data, const Modes& modes) {
  ModeBasis basis;
  basis.modes = modes.rank;
  basis.inputs = completed(leading_columns(modes.V, modes.rank), input_range(data.x));
  basis.outputs = completed(leading_columns(modes.U, modes.rank), identity(data.outputs()));
  const Matrix<double> x = multiply(data.x.view(), basis.inputs.view());
  const Matrix<double> y = multiply(data.y.view(), basis.outputs.view());
  basis.correlation = multiply_transposed_left(y.view(), x.view());
  basis.covariance = multiply_transposed_left(x.view(), x.view());
  if (modes.rank > 0) {
    basis.scale = basis.correlation(0, 0);
  }
  return basis;
}

}  // namespace polypath::reduction
