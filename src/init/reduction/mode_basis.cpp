#include "src/init/reduction/mode_basis.hpp"

#include "polypath/core/linalg.hpp"

#include "src/init/reduction/blocks.hpp"

namespace polypath::reduction {
namespace {

/// Input directions that rounding alone makes are those below this part of the largest.
constexpr double range_cut = 1e-13;

Matrix<double> leading_columns(const Matrix<double>& matrix, Index count) {
  return padded(block(matrix, 0, matrix.rows(), 0, count), matrix.rows(), count);
}

/// The orthonormal columns of `first`, then orthonormal columns that complete them to the span of
/// `frame` (orthonormal columns, containing `first`).
Matrix<double> completed(const Matrix<double>& first, const Matrix<double>& frame) {
  const Index missing = frame.columns() - first.columns();
  Matrix<double> result = padded(first.view(), frame.rows(), frame.columns());
  if (missing == 0) {
    return result;
  }
  Matrix<double> rest = frame;
  const Matrix<double> overlap = multiply_transposed_left(first.view(), frame.view());
  const Matrix<double> inside = multiply(first.view(), overlap.view());
  for (Index i = 0; i < rest.rows() * rest.columns(); ++i) {
    rest.data()[i] -= inside.data()[i];
  }
  const ThinSvd svd = thin_svd(rest.view());
  paste(block(svd.U, 0, svd.U.rows(), 0, missing), result, 0, first.columns());
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
