#include "polypath/data/modes.hpp"

#include "matrices.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include <gmock/gmock.h>

namespace polypath {
namespace {

using test::compose;
using test::diagonal;
using test::epsilon;
using test::expect_near;
using test::expect_orthonormal_columns;
using test::matrix_of;
using test::random_matrix;

/// K = U^T Yhat^T Q of outputs Yhat (examples x outputs).
Matrix<double> projection(const Modes& modes, const Matrix<double>& outputs) {
  const Matrix<double> projected = multiply(outputs.view(), modes.U.view());
  return multiply_transposed_left(projected.view(), modes.Q.view());
}

Matrix<double> scaled(const Matrix<double>& matrix, double factor) {
  Matrix<double> result = matrix;
  std::transform(result.data(), result.data() + result.elements().size(), result.data(),
                 [factor](double entry) { return factor * entry; });
  return result;
}

TEST(Correlation, ByHand) {
  const Dataset data{matrix_of({{1, 2}, {3, 4}}), matrix_of({{1, 0, 1}, {0, 2, -1}})};
  const Matrix<double> sum = matrix_of({{1, 2}, {6, 8}, {-2, -2}});
  expect_near(input_output_correlation(data, CorrelationKind::sum), sum, 0.0);
  expect_near(input_output_correlation(data, CorrelationKind::mean), scaled(sum, 0.5), 0.0);
}

TEST(FindModes, WhiteInputsMakeTheTargetS) {
  const Dataset data = hierarchy_dataset(4, 2);
  const Modes sum = find_modes(data, CorrelationKind::sum);
  const double tolerance = 64 * epsilon * std::sqrt(15.0);
  expect_near(sum.target, diagonal(sum.S), tolerance);
  expect_near(sum.pseudo_x, test::identity(8), tolerance);
  expect_near(sum.Q, sum.V, tolerance);
  const Modes mean = find_modes(data, CorrelationKind::mean);
  expect_near(mean.target, scaled(diagonal(mean.S), 8.0), tolerance);
  expect_near(mean.target, sum.target, tolerance);
  expect_near(mean.V, sum.V, 64 * epsilon);
}

TEST(FindModes, OneByOneByHand) {
  const Modes modes = find_modes({matrix_of({{-2}}), matrix_of({{3}})}, CorrelationKind::sum);
  expect_near(modes.V, matrix_of({{1}}), 0.0);
  expect_near(modes.U, matrix_of({{-1}}), 0.0);
  EXPECT_THAT(modes.S, testing::ElementsAre(testing::DoubleNear(6.0, 16 * epsilon)));
  expect_near(modes.pseudo_x, matrix_of({{-0.5}}), epsilon);
  expect_near(modes.target, matrix_of({{1.5}}), 4 * epsilon);
  EXPECT_EQ(modes.rank, 1);
}

TEST(FindModes, OneExampleByHand) {
  // Sigma = y x^T = s u v^T with s = 25, v = x/5, u = y/5; the network must map v to |y|/|x| u.
  const Modes modes =
      find_modes({matrix_of({{3, 4}}), matrix_of({{0, -3, 4}})}, CorrelationKind::sum);
  EXPECT_EQ(modes.rank, 1);
  EXPECT_THAT(modes.group, testing::ElementsAre(0, 1));
  const double tolerance = 64 * epsilon;
  expect_near(modes.V, matrix_of({{0.6, 0.8}, {0.8, -0.6}}), tolerance);
  expect_near(modes.U, matrix_of({{0, 1}, {-0.6, 0}, {0.8, 0}}), tolerance);
  expect_near(modes.pseudo_x, matrix_of({{3.0 / 25, 4.0 / 25}}), tolerance);
  expect_near(modes.target, matrix_of({{1, 0}, {0, 0}}), tolerance);
}

TEST(FindModes, CorrelatedInputsByHand) {
  // x = diag(1, 2), y = diag(6, 1): Sigma = diag(6, 2), X (X^T X)^+ = diag(1, 1/2).
  const Modes modes = find_modes({diagonal({1, 2}), diagonal({6, 1})}, CorrelationKind::sum);
  EXPECT_NEAR(modes.S[0], 6.0, 16 * epsilon);
  EXPECT_NEAR(modes.S[1], 2.0, 16 * epsilon);
  expect_near(modes.target, diagonal({6, 0.5}), 32 * epsilon);
  expect_near(modes.Q, diagonal({1, 0.5}), 8 * epsilon);
}

TEST(FindModes, WhiteningTurnsTheTargetIntoS) {
  Dataset data{random_matrix(40, 9, 31), random_matrix(40, 6, 32)};
  const Modes before = find_modes(data, CorrelationKind::sum);
  const double tolerance = 64 * 55 * epsilon;
  EXPECT_GT(max_abs(test::difference(before.target, diagonal(before.S)).view()), 0.1);
  whiten(data);
  const Modes after = find_modes(data, CorrelationKind::sum);
  expect_near(after.target, diagonal(after.S), tolerance * after.S[0]);
}

struct Shape {
  Index examples;
  Index inputs;
  Index outputs;
};

class ModesOfShapes : public testing::TestWithParam<Shape> {
 protected:
  ModesOfShapes()
      : x_(random_matrix(GetParam().examples, GetParam().inputs, 41)),
        weights_(random_matrix(GetParam().outputs, GetParam().inputs, 42)) {
    if (GetParam().inputs >= 4) {
      for (Index r = 0; r < x_.rows(); ++r) {
        x_(r, 1) = x_(r, 0);
        x_(r, 2) = 0.0;
      }
    }
  }

  /// Rounding times the condition number of X^T X on the range of x.
  [[nodiscard]] double tolerance() const {
    const std::vector<double> values = thin_svd(x_.view()).S;
    const double smallest = *std::find_if(values.rbegin(), values.rend(),
                                          [&](double value) { return value > 1e-6 * values[0]; });
    const double condition = values[0] / smallest;
    const auto [examples, inputs, outputs] = GetParam();
    return 4.0 * epsilon * condition * condition * static_cast<double>(examples + inputs + outputs);
  }

  Matrix<double> x_;  ///< columns 0 and 1 equal and column 2 zero where there are four
  Matrix<double> weights_;
};

// K of a network that reproduces y is the target, whatever the rank of x.
TEST_P(ModesOfShapes, PerfectNetworkReachesTheTarget) {
  const Dataset data{x_, multiply_transposed_right(x_.view(), weights_.view())};
  for (const auto kind : {CorrelationKind::sum, CorrelationKind::mean}) {
    const Modes modes = find_modes(data, kind);
    expect_orthonormal_columns(modes.U);
    expect_orthonormal_columns(modes.V);
    const Matrix<double> sigma = input_output_correlation(data, kind);
    expect_near(compose(modes.U, modes.S, modes.V), sigma,
                8 * epsilon * modes.S[0] * static_cast<double>(sigma.rows() + sigma.columns()));
    expect_near(projection(modes, data.y), modes.target, tolerance());
  }
}

// The target by its definition U^T Sigma_yx Sigma_x^+ V, with the pseudo-inverse from eigenvalues.
TEST_P(ModesOfShapes, TargetFollowsItsDefinition) {
  const Dataset data{x_, random_matrix(GetParam().examples, GetParam().outputs, 43)};
  const Modes modes = find_modes(data, CorrelationKind::mean);
  SymmetricEigen eigen = symmetric_eigen(multiply_transposed_left(x_.view(), x_.view()).view());
  for (double& value : eigen.values) {
    value = value > 1e-12 * eigen.values.front() ? 1.0 / value : 0.0;
  }
  const Matrix<double> inverse = compose(eigen.vectors, eigen.values, eigen.vectors);
  const Matrix<double> sigma = input_output_correlation(data, CorrelationKind::sum);
  const Matrix<double> regression = multiply(sigma.view(), inverse.view());
  const Matrix<double> left = multiply_transposed_left(modes.U.view(), regression.view());
  expect_near(modes.target, multiply(left.view(), modes.V.view()), tolerance());
  expect_near(modes.pseudo_x, multiply(x_.view(), inverse.view()), tolerance());
}

// For a linear map on inputs of full rank, K = U^T W V, even if it is not the one in the data.
TEST_P(ModesOfShapes, LinearMapIsReadBack) {
  const Dataset data{x_, random_matrix(GetParam().examples, GetParam().outputs, 44)};
  const Modes modes = find_modes(data, CorrelationKind::sum);
  const Matrix<double> outputs = multiply_transposed_right(x_.view(), weights_.view());
  // On the range of x: W X^T X (X^T X)^+.
  const Matrix<double> projector = multiply_transposed_left(x_.view(), modes.pseudo_x.view());
  const Matrix<double> seen = multiply(weights_.view(), projector.view());
  const Matrix<double> left = multiply_transposed_left(modes.U.view(), seen.view());
  expect_near(projection(modes, outputs), multiply(left.view(), modes.V.view()), tolerance());
}

TEST_P(ModesOfShapes, DecompositionFromElsewhereGivesTheSame) {
  const Dataset data{x_, random_matrix(GetParam().examples, GetParam().outputs, 45)};
  const Modes expected = find_modes(data, CorrelationKind::sum);
  // The transposed matrix takes LAPACK another way; flipped signs make it another decomposition.
  const Matrix<double> sigma = input_output_correlation(data, CorrelationKind::sum);
  ThinSvd swapped = thin_svd(transpose(sigma.view()).view());
  SingularValues svd{scaled(swapped.V, -1.0), swapped.S, scaled(swapped.U, -1.0)};
  const Modes modes = find_modes(data, CorrelationKind::sum, svd);
  EXPECT_EQ(modes.rank, expected.rank);
  EXPECT_EQ(modes.group, expected.group);
  expect_near(modes.U, expected.U, tolerance());
  expect_near(modes.V, expected.V, tolerance());
  expect_near(modes.Q, expected.Q, tolerance());
  expect_near(modes.target, expected.target, tolerance());
  for (std::size_t i = 0; i < modes.S.size(); ++i) {
    EXPECT_NEAR(modes.S[i], expected.S[i], tolerance() * expected.S[0]);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, ModesOfShapes,
                         testing::Values(Shape{20, 7, 11}, Shape{20, 11, 7}, Shape{6, 13, 9},
                                         Shape{6, 9, 13}, Shape{1, 5, 4}, Shape{9, 5, 1},
                                         Shape{9, 1, 5}, Shape{1, 1, 1}, Shape{40, 6, 3}),
                         [](const auto& given) {
                           return std::to_string(given.param.examples) + "x" +
                                  std::to_string(given.param.inputs) + "x" +
                                  std::to_string(given.param.outputs);
                         });

TEST(FindModes, RankCountsTheModesThatCarryData) {
  // Two informative inputs of five; outputs see only these.
  Dataset data{Matrix<double>(6, 5), random_matrix(6, 4, 51)};
  for (Index r = 0; r < 6; ++r) {
    data.x(r, 1) = static_cast<double>(r + 1);
    data.x(r, 3) = r % 2 == 0 ? 1.0 : -1.0;
  }
  const Modes modes = find_modes(data, CorrelationKind::sum);
  EXPECT_EQ(modes.rank, 2);
  EXPECT_THAT(modes.group, testing::ElementsAre(0, 1, 2, 2));
  // The null modes are the first unit inputs outside the range, e_0 and e_2.
  EXPECT_NEAR(modes.V(0, 2), 1.0, 16 * epsilon);
  EXPECT_NEAR(modes.V(2, 3), 1.0, 16 * epsilon);
  for (Index i = 0; i < 4; ++i) {
    EXPECT_NEAR(modes.target(i, 2), 0.0, 64 * epsilon);
    EXPECT_NEAR(modes.target(i, 3), 0.0, 64 * epsilon);
  }
}

TEST(FindModes, ZeroOutputsHaveRankZero) {
  const Modes modes =
      find_modes({random_matrix(5, 4, 52), Matrix<double>(5, 3)}, CorrelationKind::sum);
  EXPECT_EQ(modes.rank, 0);
  EXPECT_THAT(modes.S, testing::Each(0.0));
  EXPECT_THAT(modes.group, testing::ElementsAre(0, 0, 0));
  expect_near(modes.target, Matrix<double>(3, 3), 0.0);
  expect_near(modes.U, test::identity(3), 0.0);
  expect_orthonormal_columns(modes.V);
}

TEST(FindModes, ZeroInputsHaveRankZero) {
  const Modes modes =
      find_modes({Matrix<double>(5, 4), random_matrix(5, 3, 53)}, CorrelationKind::sum);
  EXPECT_EQ(modes.rank, 0);
  expect_near(modes.pseudo_x, Matrix<double>(5, 4), 0.0);
  expect_near(modes.target, Matrix<double>(3, 3), 0.0);
}

}  // namespace
}  // namespace polypath
