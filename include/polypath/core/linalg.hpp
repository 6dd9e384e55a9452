#pragma once

#include "polypath/core/matrix.hpp"

#include <vector>

namespace polypath {

// Small dense float64 algebra on the host, by OpenBLAS and LAPACK: for what happens once per data
// set or per figure, never inside an epoch. Any leading dimension; empty operands give empty or
// zero results. Throws BadData where a side does not fit the 32-bit sizes of LAPACK.

/// A B, with A m x k and B k x n.
[[nodiscard]] Matrix<double> multiply(MatrixView<const double> a, MatrixView<const double> b);
/// A^T B, with A k x m and B k x n.
[[nodiscard]] Matrix<double> multiply_transposed_left(MatrixView<const double> a,
                                                      MatrixView<const double> b);
/// A B^T, with A m x k and B n x k.
[[nodiscard]] Matrix<double> multiply_transposed_right(MatrixView<const double> a,
                                                       MatrixView<const double> b);
[[nodiscard]] Matrix<double> transpose(MatrixView<const double> a);

/// A = vectors diag(values) vectors^T.
struct SymmetricEigen {
  std::vector<double> values;  ///< n, largest first
  Matrix<double> vectors;      ///< n x n, one eigenvector a column
};

/// Of a symmetric A (n x n), of which one triangle is read. Throws InternalError when LAPACK does
/// not converge, as it does not on NaN.
[[nodiscard]] SymmetricEigen symmetric_eigen(MatrixView<const double> a);

/// A = U diag(S) V^T with k = min(m, n).
struct ThinSvd {
  Matrix<double> U;       ///< m x k, orthonormal columns
  std::vector<double> S;  ///< k, largest first
  Matrix<double> V;       ///< n x k, orthonormal columns
};

/// Of any A (m x n). Throws InternalError when LAPACK does not converge, as it does not on NaN.
[[nodiscard]] ThinSvd thin_svd(MatrixView<const double> a);

/// The Q (m x n, orthonormal columns) of A = Q R with R's diagonal not negative; m >= n.
/// Columns of standard normals give a uniformly distributed frame.
[[nodiscard]] Matrix<double> qr_orthonormal(MatrixView<const double> a);

/// Without overflow or underflow; NaN if any entry is.
[[nodiscard]] double frobenius_norm(MatrixView<const double> a);
/// 0 for an empty matrix; NaN if any entry is.
[[nodiscard]] double max_abs(MatrixView<const double> a);

}  // namespace polypath
