#include "mode_directions.hpp"

#include "polypath/core/linalg.hpp"

#include <cmath>
#include <limits>
#include <vector>

namespace polypath {
namespace {

double dot(const double* a, const double* b, Index count) {
  double sum = 0.0;
  for (Index i = 0; i < count; ++i) {
    sum += a[i] * b[i];
  }
  return sum;
}

/// Scaled, as the squares of a deep network's signals underflow.
double norm(const double* a, Index count) { return frobenius_norm({a, 1, count, count}); }

void scale(double* a, double factor, Index count) {
  for (Index i = 0; i < count; ++i) {
    a[i] *= factor;
  }
}

}  // namespace

Matrix<double> orthonormal_directions(const Matrix<double>& vectors) {
  Matrix<double> columns = transpose(vectors.view());
  const Index length = columns.columns();
  // What rounding leaves of a dependent vector, and of the products that made it.
  const double dependent =
      64.0 * std::sqrt(static_cast<double>(length)) * std::numeric_limits<double>::epsilon();
  std::vector<const double*> found;
  for (Index j = 0; j < columns.rows(); ++j) {
    double* column = &columns(j, 0);
    const double before = norm(column, length);
    scale(column, 1.0 / before, length);
    for (int pass = 0; pass < 2; ++pass) {
      for (const double* other : found) {
        const double along = dot(other, column, length);
        for (Index i = 0; i < length; ++i) {
          column[i] -= along * other[i];
        }
      }
    }
    const double left = norm(column, length);
    if (left > dependent) {
      scale(column, 1.0 / left, length);
      found.push_back(column);
    } else {
      scale(column, std::numeric_limits<double>::quiet_NaN(), length);
    }
  }
  return transpose(columns.view());
}

void normalise_columns(Matrix<double>& vectors, std::span<double> norms) {
  Matrix<double> columns = transpose(vectors.view());
  for (Index j = 0; j < columns.rows(); ++j) {
    const double length = norm(&columns(j, 0), columns.columns());
    norms[static_cast<std::size_t>(j)] = length;
    scale(&columns(j, 0), 1.0 / length, columns.columns());
  }
  vectors = transpose(columns.view());
}

void column_products(const Matrix<double>& left, const Matrix<double>& right,
                     std::span<double> products) {
  for (Index j = 0; j < left.columns(); ++j) {
    double sum = 0.0;
    for (Index r = 0; r < left.rows(); ++r) {
      sum += left(r, j) * right(r, j);
    }
    products[static_cast<std::size_t>(j)] = sum;
  }
}

}  // namespace polypath
