#include "polypath/core/linalg.hpp"

#include "matrices.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include <gmock/gmock.h>

namespace polypath {
namespace {

using test::compose;
using test::epsilon;
using test::expect_near;
using test::expect_orthonormal_columns;
using test::identity;
using test::matrix_of;
using test::random_matrix;

TEST(Linalg, ProductsByHand) {
  const auto a = matrix_of({{1, 2, 3}, {4, 5, 6}});
  const auto b = matrix_of({{1, 0}, {-1, 2}, {0, 1}});
  expect_near(multiply(a.view(), b.view()), matrix_of({{-1, 7}, {-1, 16}}), 0.0);
  expect_near(multiply_transposed_left(a.view(), a.view()),
              matrix_of({{17, 22, 27}, {22, 29, 36}, {27, 36, 45}}), 0.0);
  expect_near(multiply_transposed_right(a.view(), a.view()), matrix_of({{14, 32}, {32, 77}}), 0.0);
  expect_near(transpose(a.view()), matrix_of({{1, 4}, {2, 5}, {3, 6}}), 0.0);
}

TEST(Linalg, ViewsInsideLargerMatrices) {
  const auto outer = matrix_of({{9, 9, 9, 9}, {9, 1, 2, 9}, {9, 3, 4, 9}});
  const MatrixView<const double> inner{outer.data() + 5, 2, 2, 4};
  expect_near(multiply(inner, inner), matrix_of({{7, 10}, {15, 22}}), 0.0);
  expect_near(transpose(inner), matrix_of({{1, 3}, {2, 4}}), 0.0);
  EXPECT_EQ(max_abs(inner), 4.0);
  EXPECT_NEAR(frobenius_norm(inner), std::sqrt(30.0), 4 * epsilon * std::sqrt(30.0));
  const ThinSvd svd = thin_svd(inner);
  expect_near(compose(svd.U, svd.S, svd.V), matrix_of({{1, 2}, {3, 4}}), 32 * epsilon);
}

TEST(Linalg, EmptyOperands) {
  const Matrix<double> none(0, 3);
  const Matrix<double> wide(3, 0);
  expect_near(multiply_transposed_left(none.view(), none.view()), Matrix<double>(3, 3), 0.0);
  EXPECT_EQ(multiply(none.view(), wide.view()).elements().size(), 0U);
  EXPECT_TRUE(thin_svd(none.view()).S.empty());
  EXPECT_EQ(thin_svd(none.view()).V.rows(), 3);
  EXPECT_TRUE(symmetric_eigen(Matrix<double>().view()).values.empty());
  EXPECT_EQ(qr_orthonormal(wide.view()).rows(), 3);
  EXPECT_EQ(max_abs(none.view()), 0.0);
}

TEST(Linalg, NormsOfExtremeEntries) {
  const auto large = matrix_of({{3e300, 4e300}});
  EXPECT_NEAR(frobenius_norm(large.view()) / 5e300, 1.0, 4 * epsilon);
  const auto small = matrix_of({{3e-300}, {-4e-300}});
  EXPECT_NEAR(frobenius_norm(small.view()) / 5e-300, 1.0, 4 * epsilon);
  const auto broken = matrix_of({{1.0, std::nan("")}, {2.0, 3.0}});
  EXPECT_TRUE(std::isnan(max_abs(broken.view())));
  EXPECT_TRUE(std::isnan(frobenius_norm(broken.view())));
  const auto infinite = matrix_of({{1.0, -std::numeric_limits<double>::infinity()}});
  EXPECT_TRUE(std::isinf(frobenius_norm(infinite.view())));
}

TEST(Linalg, SymmetricEigenByHand) {
  const SymmetricEigen eigen = symmetric_eigen(matrix_of({{2, 1}, {1, 2}}).view());
  EXPECT_THAT(eigen.values, testing::ElementsAre(testing::DoubleNear(3.0, 16 * epsilon),
                                                 testing::DoubleNear(1.0, 16 * epsilon)));
  EXPECT_NEAR(eigen.vectors(0, 0), eigen.vectors(1, 0), 16 * epsilon);
  EXPECT_NEAR(eigen.vectors(0, 1), -eigen.vectors(1, 1), 16 * epsilon);
}

TEST(Linalg, SymmetricEigenComposes) {
  const Index n = 23;
  const auto a = random_matrix(n, n, 3);
  const auto gram = multiply_transposed_left(a.view(), a.view());
  const SymmetricEigen eigen = symmetric_eigen(gram.view());
  EXPECT_TRUE(std::is_sorted(eigen.values.rbegin(), eigen.values.rend()));
  expect_orthonormal_columns(eigen.vectors);
  expect_near(compose(eigen.vectors, eigen.values, eigen.vectors), gram,
              4.0 * n * epsilon * eigen.values.front());
}

class LinalgShapes : public testing::TestWithParam<std::tuple<Index, Index>> {};

TEST_P(LinalgShapes, ThinSvdComposes) {
  const auto [rows, columns] = GetParam();
  const auto a = random_matrix(rows, columns, 5);
  const ThinSvd svd = thin_svd(a.view());
  ASSERT_EQ(static_cast<Index>(svd.S.size()), std::min(rows, columns));
  EXPECT_TRUE(std::is_sorted(svd.S.rbegin(), svd.S.rend()));
  expect_orthonormal_columns(svd.U);
  expect_orthonormal_columns(svd.V);
  expect_near(compose(svd.U, svd.S, svd.V), a,
              4.0 * static_cast<double>(rows + columns) * epsilon * svd.S.front());
}

TEST_P(LinalgShapes, QrHasPositiveDiagonal) {
  const auto [rows, columns] = GetParam();
  const auto a = random_matrix(std::max(rows, columns), std::min(rows, columns), 7);
  const Matrix<double> Q = qr_orthonormal(a.view());
  expect_orthonormal_columns(Q);
  const Matrix<double> R = multiply_transposed_left(Q.view(), a.view());
  const double tolerance = 8.0 * static_cast<double>(rows + columns) * epsilon;
  for (Index i = 0; i < R.rows(); ++i) {
    EXPECT_GT(R(i, i), 0.0);
    for (Index j = 0; j < i; ++j) {
      EXPECT_LE(std::abs(R(i, j)), tolerance * std::sqrt(static_cast<double>(a.rows())));
    }
  }
  expect_near(multiply(Q.view(), R.view()), a, tolerance);
}

INSTANTIATE_TEST_SUITE_P(Shapes, LinalgShapes,
                         testing::Values(std::tuple{1, 1}, std::tuple{1, 7}, std::tuple{7, 1},
                                         std::tuple{5, 5}, std::tuple{17, 33}, std::tuple{33, 17},
                                         std::tuple{200, 3}));

}  // namespace
}  // namespace polypath
