#include "polypath/core/linalg.hpp"

#include "polypath/core/error.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include <cblas.h>
#include <fmt/format.h>
#include <lapacke.h>

namespace polypath {
namespace {

static_assert(sizeof(lapack_int) == sizeof(int) && sizeof(blasint) == sizeof(int));

int vendor_size(Index size) {
  if (size > std::numeric_limits<int>::max()) {
    throw BadData(
        fmt::format("a matrix side of {} is beyond the 32-bit sizes of LAPACK, so its modes cannot "
                    "be computed; use fewer examples or features",
                    size));
  }
  return static_cast<int>(size);
}

/// info < 0 is an argument that LAPACKE refused (a NaN), info > 0 a failed iteration.
void check_lapack(lapack_int info, const char* call, MatrixView<const double> a) {
  if (info != 0) {
    throw InternalError(
        fmt::format("LAPACK {} on a {} x {} matrix returned info = {}, so no decomposition exists; "
                    "check the data for NaN and for entries of extreme size",
                    call, a.rows, a.columns, info));
  }
}

Matrix<double> product(MatrixView<const double> a, CBLAS_TRANSPOSE transpose_a,
                       MatrixView<const double> b, CBLAS_TRANSPOSE transpose_b) {
  const Index rows = transpose_a == CblasTrans ? a.columns : a.rows;
  const Index inner = transpose_a == CblasTrans ? a.rows : a.columns;
  const Index columns = transpose_b == CblasTrans ? b.rows : b.columns;
  assert(inner == (transpose_b == CblasTrans ? b.columns : b.rows));
  Matrix<double> result(rows, columns);
  if (!result.empty() && inner > 0) {
    cblas_dgemm(CblasRowMajor, transpose_a, transpose_b, vendor_size(rows), vendor_size(columns),
                vendor_size(inner), 1.0, a.data, vendor_size(a.leading_dimension), b.data,
                vendor_size(b.leading_dimension), 0.0, result.data(), vendor_size(columns));
  }
  return result;
}

Matrix<double> dense_copy(MatrixView<const double> a) {
  Matrix<double> copy(a.rows, a.columns);
  for (Index r = 0; r < a.rows; ++r) {
    std::copy_n(a.row(r), a.columns, copy.view().row(r));
  }
  return copy;
}

}  // namespace

Matrix<double> multiply(MatrixView<const double> a, MatrixView<const double> b) {
  return product(a, CblasNoTrans, b, CblasNoTrans);
}

Matrix<double> multiply_transposed_left(MatrixView<const double> a, MatrixView<const double> b) {
  return product(a, CblasTrans, b, CblasNoTrans);
}

Matrix<double> multiply_transposed_right(MatrixView<const double> a, MatrixView<const double> b) {
  return product(a, CblasNoTrans, b, CblasTrans);
}

Matrix<double> transpose(MatrixView<const double> a) {
  Matrix<double> result(a.columns, a.rows);
  for (Index r = 0; r < a.rows; ++r) {
    for (Index c = 0; c < a.columns; ++c) {
      result(c, r) = a(r, c);
    }
  }
  return result;
}

// LAPACK is called in its own column-major order throughout: a row-major matrix is then simply the
// transposed one, and LAPACKE makes no hidden copies.

SymmetricEigen symmetric_eigen(MatrixView<const double> a) {
  assert(a.rows == a.columns);
  const Index n = a.rows;
  SymmetricEigen result{std::vector<double>(static_cast<std::size_t>(n)), Matrix<double>(n, n)};
  if (n == 0) {
    return result;
  }
  Matrix<double> work = dense_copy(a);
  const int size = vendor_size(n);
  check_lapack(
      LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'L', size, work.data(), size, result.values.data()),
      "dsyevd", a);
  std::reverse(result.values.begin(), result.values.end());
  for (Index r = 0; r < n; ++r) {
    for (Index c = 0; c < n; ++c) {
      result.vectors(r, c) = work(n - 1 - c, r);
    }
  }
  return result;
}

ThinSvd thin_svd(MatrixView<const double> a) {
  const Index k = std::min(a.rows, a.columns);
  ThinSvd result{Matrix<double>(a.rows, k), std::vector<double>(static_cast<std::size_t>(k)),
                 Matrix<double>(a.columns, k)};
  if (k == 0) {
    return result;
  }
  // LAPACK sees A^T = V S U^T: its left vectors are V, its right ones, transposed, U.
  Matrix<double> work = dense_copy(a);
  Matrix<double> v_transposed(k, a.columns);
  const int columns = vendor_size(a.columns);
  check_lapack(LAPACKE_dgesdd(LAPACK_COL_MAJOR, 'S', columns, vendor_size(a.rows), work.data(),
                              columns, result.S.data(), v_transposed.data(), columns,
                              result.U.data(), vendor_size(k)),
               "dgesdd", a);
  result.V = transpose(v_transposed.view());
  return result;
}

Matrix<double> qr_orthonormal(MatrixView<const double> a) {
  assert(a.rows >= a.columns);
  Matrix<double> q = dense_copy(a);
  if (a.empty()) {
    return q;
  }
  // A^T = L Q^T is the LQ factorisation of what LAPACK sees; R = L^T has the same diagonal.
  const int n = vendor_size(a.columns);
  const int m = vendor_size(a.rows);
  std::vector<double> reflectors(static_cast<std::size_t>(n));
  check_lapack(LAPACKE_dgelqf(LAPACK_COL_MAJOR, n, m, q.data(), n, reflectors.data()), "dgelqf", a);
  std::vector<double> sign(static_cast<std::size_t>(n));
  for (Index i = 0; i < a.columns; ++i) {
    sign[static_cast<std::size_t>(i)] = q(i, i) < 0.0 ? -1.0 : 1.0;
  }
  check_lapack(LAPACKE_dorglq(LAPACK_COL_MAJOR, n, m, n, q.data(), n, reflectors.data()), "dorglq",
               a);
  for (Index r = 0; r < a.rows; ++r) {
    for (Index c = 0; c < a.columns; ++c) {
      q(r, c) *= sign[static_cast<std::size_t>(c)];
    }
  }
  return q;
}

double frobenius_norm(MatrixView<const double> a) {
  const double scale = max_abs(a);
  if (scale == 0.0 || !std::isfinite(scale)) {
    return scale;
  }
  double sum = 0.0;
  for (Index r = 0; r < a.rows; ++r) {
    for (Index c = 0; c < a.columns; ++c) {
      const double scaled = a(r, c) / scale;
      sum += scaled * scaled;
    }
  }
  return scale * std::sqrt(sum);
}

double max_abs(MatrixView<const double> a) {
  double largest = 0.0;
  for (Index r = 0; r < a.rows; ++r) {
    for (Index c = 0; c < a.columns; ++c) {
      const double magnitude = std::abs(a(r, c));
      if (std::isnan(magnitude)) {
        return magnitude;
      }
      largest = std::max(largest, magnitude);
    }
  }
  return largest;
}

}  // namespace polypath
