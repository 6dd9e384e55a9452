#pragma once

#include "polypath/core/linalg.hpp"
#include "polypath/core/matrix.hpp"

#include <cstdint>
#include <initializer_list>
#include <limits>

#include <Random123/philox.h>
#include <gtest/gtest.h>

namespace polypath::test {

inline constexpr double epsilon = std::numeric_limits<double>::epsilon();

inline Matrix<double> matrix_of(std::initializer_list<std::initializer_list<double>> rows) {
  Matrix<double> result(static_cast<Index>(rows.size()),
                        rows.size() == 0 ? 0 : static_cast<Index>(rows.begin()->size()));
  Index r = 0;
  for (const auto& row : rows) {
    Index c = 0;
    for (const double entry : row) {
      result(r, c++) = entry;
    }
    ++r;
  }
  return result;
}

/// Entries uniform on [-1, 1), the same on every machine.
inline Matrix<double> random_matrix(Index rows, Index columns, std::uint32_t seed) {
  Matrix<double> result(rows, columns);
  r123::Philox4x32 philox;
  for (Index r = 0; r < rows; ++r) {
    for (Index c = 0; c < columns; ++c) {
      const auto bits = philox({{static_cast<std::uint32_t>(r), static_cast<std::uint32_t>(c)}},
                               {{seed, 0xda7aU}});
      result(r, c) = 2.0 * bits[0] * 0x1p-32 - 1.0;
    }
  }
  return result;
}

inline Matrix<double> random_orthogonal(Index size, std::uint32_t seed) {
  return qr_orthonormal(random_matrix(size, size, seed).view());
}

inline Matrix<double> identity(Index size) {
  Matrix<double> result(size, size);
  for (Index i = 0; i < size; ++i) {
    result(i, i) = 1.0;
  }
  return result;
}

inline Matrix<double> diagonal(const std::vector<double>& values) {
  Matrix<double> result(static_cast<Index>(values.size()), static_cast<Index>(values.size()));
  for (Index i = 0; i < result.rows(); ++i) {
    result(i, i) = values[static_cast<std::size_t>(i)];
  }
  return result;
}

/// U S V^T.
inline Matrix<double> compose(const Matrix<double>& U, const std::vector<double>& S,
                              const Matrix<double>& V) {
  const Matrix<double> scaled = multiply(U.view(), diagonal(S).view());
  return multiply_transposed_right(scaled.view(), V.view());
}

inline Matrix<double> difference(const Matrix<double>& a, const Matrix<double>& b) {
  Matrix<double> result(a.rows(), a.columns());
  for (Index r = 0; r < a.rows(); ++r) {
    for (Index c = 0; c < a.columns(); ++c) {
      result(r, c) = a(r, c) - b(r, c);
    }
  }
  return result;
}

inline void expect_near(const Matrix<double>& actual, const Matrix<double>& expected,
                        double tolerance) {
  ASSERT_EQ(actual.rows(), expected.rows());
  ASSERT_EQ(actual.columns(), expected.columns());
  EXPECT_LE(max_abs(difference(actual, expected).view()), tolerance);
}

/// Orthonormal to a small multiple of rounding over columns of this length.
inline void expect_orthonormal_columns(const Matrix<double>& a) {
  expect_near(multiply_transposed_left(a.view(), a.view()), identity(a.columns()),
              8.0 * epsilon * static_cast<double>(a.rows() + 1));
}

}  // namespace polypath::test
