#include "polypath/core/blas.hpp"
#include "polypath/core/error.hpp"
#include "polypath/core/matrix.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <cblas.h>
#include <fmt/format.h>
#include <lapacke.h>

namespace polypath {
namespace {

/// Whole numbers of at most 2^20, so that sums of some hundred products are exact in double in any
/// order, and not exact in a kernel that works in less.
class Integers {
 public:
  double next() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<double>(static_cast<std::int64_t>(state_ >> 43U) - (std::int64_t{1} << 20U));
  }

 private:
  std::uint64_t state_ = 1;
};

Matrix<double> integer_matrix(Index rows, Index columns, Integers& integers) {
  Matrix<double> result(rows, columns);
  std::generate_n(result.data(), rows * columns, [&integers] { return integers.next(); });
  return result;
}

Matrix<double> transposed(const Matrix<double>& a) {
  Matrix<double> result(a.columns(), a.rows());
  for (Index r = 0; r < a.rows(); ++r) {
    for (Index c = 0; c < a.columns(); ++c) {
      result(c, r) = a(r, c);
    }
  }
  return result;
}

/// A B in plain loops.
Matrix<double> plain_product(const Matrix<double>& a, const Matrix<double>& b) {
  Matrix<double> result(a.rows(), b.columns());
  for (Index r = 0; r < a.rows(); ++r) {
    double* out = result.view().row(r);
    for (Index k = 0; k < a.columns(); ++k) {
      const double factor = a(r, k);
      const double* row = b.view().row(k);
      for (Index c = 0; c < b.columns(); ++c) {
        out[c] += factor * row[c];
      }
    }
  }
  return result;
}

struct Sides {
  Index rows, inner, columns;
};

/// All four kinds of transposition, added to what was there.
std::string multiply_fault(const BlasCalls& calls, const Sides& sides) {
  Integers integers;
  const Matrix<double> a = integer_matrix(sides.rows, sides.inner, integers);
  const Matrix<double> b = integer_matrix(sides.inner, sides.columns, integers);
  const Matrix<double> right = plain_product(a, b);
  const Matrix<double> a_transposed = transposed(a);
  const Matrix<double> b_transposed = transposed(b);
  for (const bool turn_a : {false, true}) {
    for (const bool turn_b : {false, true}) {
      Matrix<double> c(sides.rows, sides.columns);
      std::fill_n(c.data(), sides.rows * sides.columns, 1.0);
      calls.multiply(turn_a, turn_b, static_cast<int>(sides.rows), static_cast<int>(sides.columns),
                     static_cast<int>(sides.inner), turn_a ? a_transposed.data() : a.data(),
                     turn_b ? b_transposed.data() : b.data(), c.data());
      Index wrong = 0;
      for (Index i = 0; i < sides.rows * sides.columns; ++i) {
        wrong += c.data()[i] == right.data()[i] + 1.0 ? 0 : 1;
      }
      if (wrong > 0) {
        return fmt::format("dgemm {}{} of {} x {} x {}: {} of {} entries are wrong",
                           turn_a ? 'T' : 'N', turn_b ? 'T' : 'N', sides.rows, sides.inner,
                           sides.columns, wrong, sides.rows * sides.columns);
      }
    }
  }
  return "";
}

/// The largest |A - B|; infinite if any is NaN.
double largest_difference(const Matrix<double>& a, const Matrix<double>& b) {
  double largest = 0.0;
  for (Index i = 0; i < a.rows() * a.columns(); ++i) {
    const double difference = std::abs(a.data()[i] - b.data()[i]);
    largest = difference <= largest ? largest : difference;
    if (std::isnan(difference)) {
      return std::numeric_limits<double>::infinity();
    }
  }
  return largest;
}

Matrix<double> unit_matrix(Index n) {
  Matrix<double> result(n, n);
  for (Index i = 0; i < n; ++i) {
    result(i, i) = 1.0;
  }
  return result;
}

/// Entries of at most 1; LAPACK's column-major A is the transpose of this one.
Matrix<double> small_matrix(Index rows, Index columns) {
  Integers integers;
  Matrix<double> result = integer_matrix(rows, columns, integers);
  for (Index i = 0; i < rows * columns; ++i) {
    result.data()[i] /= static_cast<double>(Index{1} << 20U);
  }
  return result;
}

/// What LAPACK's backward stable algorithms leave at most of entries of size 1 at side n.
double rounding(Index n) {
  return 50.0 * static_cast<double>(n) * std::numeric_limits<double>::epsilon();
}

std::string residual_fault(const char* call, int info, double residual, double allowed) {
  if (info != 0) {
    return fmt::format("{} returned info = {} on a sound matrix", call, info);
  }
  return residual <= allowed ? ""
                             : fmt::format(
                                   "{} leaves a residual of {:.1e} where rounding leaves "
                                   "{:.1e}",
                                   call, residual, allowed);
}

/// A = V diag(values) V^T with orthonormal V and ascending values.
std::string eigen_fault(const BlasCalls& calls, Index n) {
  const Matrix<double> factor = small_matrix(n, n);
  const Matrix<double> a = plain_product(factor, transposed(factor));
  Matrix<double> rows = a;  // V^T, as a row-major matrix
  std::vector<double> values(static_cast<std::size_t>(n));
  const int info = calls.symmetric_eigen(static_cast<int>(n), rows.data(), values.data());
  Matrix<double> scaled = rows;
  for (Index r = 0; r < n; ++r) {
    for (Index c = 0; c < n; ++c) {
      scaled(r, c) *= values[static_cast<std::size_t>(r)];
    }
  }
  const Matrix<double> vectors = transposed(rows);
  const double residual =
      std::max(largest_difference(plain_product(vectors, scaled), a) / static_cast<double>(n),
               largest_difference(plain_product(rows, vectors), unit_matrix(n)));
  const bool ascending = std::is_sorted(values.begin(), values.end());
  return residual_fault(
      "dsyevd", info, ascending ? residual : std::numeric_limits<double>::infinity(), rounding(n));
}

/// A = U diag(S) V^T, with A m x n in column-major order.
std::string svd_fault(const BlasCalls& calls, Index m, Index n) {
  const Matrix<double> a_transposed = small_matrix(n, m);
  Matrix<double> work = a_transposed;
  Matrix<double> u_transposed(m, m);
  Matrix<double> v(n, m);
  std::vector<double> s(static_cast<std::size_t>(m));
  const int info = calls.svd(static_cast<int>(m), static_cast<int>(n), work.data(), s.data(),
                             u_transposed.data(), v.data());
  Matrix<double> scaled = v;
  for (Index r = 0; r < n; ++r) {
    for (Index c = 0; c < m; ++c) {
      scaled(r, c) *= s[static_cast<std::size_t>(c)];
    }
  }
  const double residual = std::max(
      {largest_difference(plain_product(scaled, u_transposed), a_transposed),
       largest_difference(plain_product(transposed(v), v), unit_matrix(m)),
       largest_difference(plain_product(u_transposed, transposed(u_transposed)), unit_matrix(m))});
  const bool descending = std::is_sorted(s.rbegin(), s.rend());
  return residual_fault(
      "dgesdd", info, descending ? residual : std::numeric_limits<double>::infinity(), rounding(n));
}

/// Rows of A (m x n, column-major) become orthonormal and keep their span: A = A Q^T Q.
std::string rows_fault(const BlasCalls& calls, Index m, Index n) {
  const Matrix<double> columns = small_matrix(n, m);  // A^T
  Matrix<double> q = columns;
  const int info = calls.orthonormal_rows(static_cast<int>(m), static_cast<int>(n), q.data());
  const Matrix<double> inside = plain_product(q, plain_product(transposed(q), columns));
  const double residual =
      std::max(largest_difference(inside, columns),
               largest_difference(plain_product(transposed(q), q), unit_matrix(m)));
  return residual_fault("dgelqf and dorglq", info, residual, rounding(n));
}

}  // namespace

BlasCalls installed_blas() {
  BlasCalls calls{};
  calls.multiply = [](bool transpose_a, bool transpose_b, int rows, int columns, int inner,
                      const double* a, const double* b, double* c) {
    cblas_dgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
                transpose_b ? CblasTrans : CblasNoTrans, rows, columns, inner, 1.0, a,
                transpose_a ? rows : inner, b, transpose_b ? inner : columns, 1.0, c, columns);
  };
  calls.symmetric_eigen = [](int n, double* a, double* values) -> int {
    return LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'L', n, a, n, values);
  };
  calls.svd = [](int m, int n, double* a, double* s, double* u, double* v_transposed) -> int {
    return LAPACKE_dgesdd(LAPACK_COL_MAJOR, 'S', m, n, a, m, s, u, m, v_transposed, m);
  };
  calls.orthonormal_rows = [](int m, int n, double* a) -> int {
    std::vector<double> reflectors(static_cast<std::size_t>(m));
    const int info = LAPACKE_dgelqf(LAPACK_COL_MAJOR, m, n, a, m, reflectors.data());
    return info != 0 ? info : LAPACKE_dorglq(LAPACK_COL_MAJOR, m, n, m, a, m, reflectors.data());
  };
  return calls;
}

std::string find_blas_fault(const BlasCalls& calls) {
  // Below and above the 10^6 products up to which AVX-512 cores take kernels for small matrices;
  // sides that are multiples of no block. Above 25, LAPACK divides and conquers.
  std::string fault = multiply_fault(calls, {23, 29, 17});
  fault = fault.empty() ? multiply_fault(calls, {131, 117, 67}) : fault;
  fault = fault.empty() ? eigen_fault(calls, 37) : fault;
  fault = fault.empty() ? svd_fault(calls, 8, 15) : fault;
  fault = fault.empty() ? svd_fault(calls, 29, 43) : fault;
  return fault.empty() ? rows_fault(calls, 29, 43) : fault;
}

void require_sound_blas() {
  const std::string fault = find_blas_fault(installed_blas());
  if (!fault.empty()) {
    throw BackendUnavailable(blas_fault_text(blas_in_use(), fault));
  }
}

std::string blas_fault_text(const BlasInUse& blas, const std::string& fault) {
  // The same core again would compute the same: one generation older then.
  const char* other =
      blas_core_for(blas.processor >= VectorUnit::avx2 && blas.core != "Haswell" ? VectorUnit::avx2
                                                                                 : VectorUnit::sse);
  return fmt::format(
      "{} (core {}) computes wrong results on this processor: {}; modes, initial weights and "
      "figures would be wrong, so nothing is run; set OPENBLAS_CORETYPE={} or install a newer "
      "OpenBLAS",
      blas.version, blas.core, fault, other);
}

}  // namespace polypath
