#include "polypath/data/dataset.hpp"

#include "matrices.hpp"

#include <cmath>

namespace polypath {
namespace {

using test::epsilon;
using test::expect_near;
using test::expect_orthonormal_columns;
using test::matrix_of;
using test::random_matrix;

Matrix<double> whitened(Matrix<double> x) {
  Dataset data{std::move(x), Matrix<double>()};
  whiten(data);
  return data.x;
}

TEST(Whiten, ByHand) {
  // X^T X = diag(25, 4).
  expect_near(whitened(matrix_of({{3, 0}, {4, 0}, {0, 2}})),
              matrix_of({{0.6, 0}, {0.8, 0}, {0, 1}}), 16 * epsilon);
  // X^T X = [[2, 1], [1, 2]] has the inverse square root [[a, -b], [-b, a]] with
  // a = (1 + 1/sqrt 3)/2, b = (1 - 1/sqrt 3)/2.
  const double a = 0.5 * (1.0 + 1.0 / std::sqrt(3.0));
  const double b = 0.5 * (1.0 - 1.0 / std::sqrt(3.0));
  expect_near(whitened(matrix_of({{1, 0}, {1, 1}, {0, 1}})),
              matrix_of({{a, -b}, {a - b, a - b}, {-b, a}}), 16 * epsilon);
}

TEST(Whiten, TallBecomesOrthonormal) {
  const Matrix<double> white = whitened(random_matrix(30, 12, 21));
  expect_orthonormal_columns(white);
  expect_near(whitened(white), white, 64 * epsilon);
}

TEST(Whiten, WideHasOrthonormalRows) {
  expect_orthonormal_columns(transpose(whitened(random_matrix(5, 19, 22)).view()));
}

TEST(Whiten, DuplicateAndZeroColumnsKeepTheirRange) {
  // Columns 0 and 1 are equal, column 2 is zero: each equal column gets 1/sqrt 2 of the direction.
  const double half = 1.0 / (5.0 * std::sqrt(2.0));
  expect_near(whitened(matrix_of({{3, 3, 0, 0}, {4, 4, 0, 0}, {0, 0, 0, 7}})),
              matrix_of({{3 * half, 3 * half, 0, 0}, {4 * half, 4 * half, 0, 0}, {0, 0, 0, 1}}),
              16 * epsilon);
}

TEST(Whiten, CutsAtOneInAMillionOfTheLength) {
  // Eigenvalues of X^T X relative to the largest: 4e-12 stays, 0.25e-12 goes.
  const Matrix<double> white = whitened(matrix_of({{1, 0, 0}, {0, 2e-6, 0}, {0, 0, 0.5e-6}}));
  expect_near(white, matrix_of({{1, 0, 0}, {0, 1, 0}, {0, 0, 0}}), 16 * epsilon);
}

TEST(Whiten, ZeroStaysZero) {
  expect_near(whitened(Matrix<double>(3, 2)), Matrix<double>(3, 2), 0.0);
}

TEST(Whiten, MakeDatasetObeysTheConfig) {
  DataConfig config;
  config.levels = 3;
  expect_near(make_dataset(config).x, test::identity(4), 0.0);
  config.task = Task::random;
  config.examples = 9;
  config.inputs = 4;
  config.outputs = 3;
  config.singular_values = {2, 1};
  const Dataset plain = make_dataset(config);
  config.whiten = true;
  expect_near(make_dataset(config).x, plain.x, 64 * epsilon);
  EXPECT_EQ(make_dataset(config).y.elements(), plain.y.elements());
}

}  // namespace
}  // namespace polypath
