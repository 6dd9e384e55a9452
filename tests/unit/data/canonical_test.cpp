#include "polypath/core/error.hpp"
#include "polypath/data/modes.hpp"

#include "matrices.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include <gmock/gmock.h>

namespace polypath {
namespace {

using test::compose;
using test::epsilon;
using test::expect_near;
using test::expect_orthonormal_columns;
using test::matrix_of;
using test::random_orthogonal;
using testing::ElementsAre;

Matrix<double> correlation_of(const Dataset& data) {
  return input_output_correlation(data, CorrelationKind::sum);
}

Dataset random_data(Index examples, Index inputs, Index outputs, std::vector<double> values) {
  DataConfig config;
  config.examples = examples;
  config.inputs = inputs;
  config.outputs = outputs;
  config.singular_values = std::move(values);
  config.seed = 5;
  return random_dataset(config);
}

/// Columns [first, first + R.rows()) of `matrix` times R.
void rotate_columns(Matrix<double>& matrix, Index first, const Matrix<double>& R) {
  const MatrixView<const double> block{matrix.data() + first, matrix.rows(), R.rows(),
                                       matrix.columns()};
  const Matrix<double> rotated = multiply(block, R.view());
  for (Index r = 0; r < matrix.rows(); ++r) {
    std::copy_n(rotated.view().row(r), R.columns(), matrix.view().row(r) + first);
  }
}

/// Another decomposition of the same matrix: a random orthogonal transformation within each group
/// (signs included, as groups of one get -1 or 1), for the null group of U and V separately.
SingularValues rotated(SingularValues svd, const std::vector<Index>& group, std::uint32_t seed) {
  const Index rank = numerical_rank(svd.S);
  for (Index first = 0; first < static_cast<Index>(group.size());) {
    const Index size = std::count(group.begin(), group.end(), group[first]);
    Matrix<double> R = random_orthogonal(size, seed);
    for (Index r = 0; seed % 2 == 1 && r < size; ++r) {
      R(r, 0) = -R(r, 0);
    }
    rotate_columns(svd.V, first, R);
    rotate_columns(svd.U, first, first < rank ? R : random_orthogonal(size, seed + 1000));
    first += size;
    ++seed;
  }
  return svd;
}

struct Case {
  std::string name;
  Dataset data;
};

class Canonical : public testing::TestWithParam<Case> {};

// Rounding over vectors of this length. (A Gram-Schmidt step also divides it by the length of its
// residual, which is not small in any of these cases.)
double tolerance_for(const Matrix<double>& correlation) {
  return 4.0 * epsilon * static_cast<double>(correlation.rows() + correlation.columns());
}

TEST_P(Canonical, IsADecompositionOfTheCorrelation) {
  const Matrix<double> correlation = correlation_of(GetParam().data);
  SingularValues svd = singular_value_decomposition(correlation);
  (void)make_canonical(correlation, svd);
  expect_orthonormal_columns(svd.U);
  expect_orthonormal_columns(svd.V);
  expect_near(compose(svd.U, svd.S, svd.V), correlation, tolerance_for(correlation) * svd.S[0]);
}

TEST_P(Canonical, IsTheSameForAnySignsAndBases) {
  const Matrix<double> correlation = correlation_of(GetParam().data);
  const SingularValues raw = singular_value_decomposition(correlation);
  SingularValues expected = raw;
  const std::vector<Index> group = make_canonical(correlation, expected);
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    SingularValues other = rotated(raw, group, seed);
    EXPECT_EQ(make_canonical(correlation, other), group);
    expect_near(other.V, expected.V, tolerance_for(correlation));
    expect_near(other.U, expected.U, tolerance_for(correlation));
  }
}

TEST_P(Canonical, AppliedTwiceChangesNothing) {
  const Matrix<double> correlation = correlation_of(GetParam().data);
  SingularValues once = singular_value_decomposition(correlation);
  const std::vector<Index> group = make_canonical(correlation, once);
  SingularValues twice = once;
  EXPECT_EQ(make_canonical(correlation, twice), group);
  expect_near(twice.V, once.V, tolerance_for(correlation));
  expect_near(twice.U, once.U, tolerance_for(correlation));
}

// The defining property of the recipe: the first input that a mode's group projector sees after
// the group's earlier modes has a positive entry, and the earlier inputs have none.
TEST_P(Canonical, FirstEntryOfEveryModeIsPositive) {
  const Matrix<double> correlation = correlation_of(GetParam().data);
  SingularValues svd = singular_value_decomposition(correlation);
  (void)make_canonical(correlation, svd);
  for (Index mode = 0; mode < svd.V.columns(); ++mode) {
    Index input = 0;
    while (std::abs(svd.V(input, mode)) < 1e-6) {
      ++input;
    }
    EXPECT_GT(svd.V(input, mode), 0.0) << "mode " << mode;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Data, Canonical,
    testing::Values(
        Case{"tree_3_2", hierarchy_dataset(3, 2)}, Case{"tree_4_2", hierarchy_dataset(4, 2)},
        Case{"tree_5_2", hierarchy_dataset(5, 2)}, Case{"tree_3_3", hierarchy_dataset(3, 3)},
        Case{"tree_4_3", hierarchy_dataset(4, 3)}, Case{"tree_5_3", hierarchy_dataset(5, 3)},
        Case{"distinct", random_data(12, 9, 7, {6, 5, 4, 3, 2, 1, 0.5})},
        Case{"repeated", random_data(12, 9, 7, {5, 5, 5, 2, 2, 1, 1})},
        Case{"wide_outputs", random_data(12, 6, 30, {3, 3, 3, 3, 2, 2})},
        Case{"null_modes", random_data(12, 9, 7, {5, 5, 2})},
        Case{"null_modes_wide", random_data(6, 7, 21, {4, 1, 1})},
        Case{"few_examples", random_data(4, 11, 9, {2, 2, 2, 2})},
        Case{"one_output", random_data(9, 5, 1, {2})}, Case{"one_input", random_data(9, 1, 5, {2})},
        Case{"one_by_one", random_data(3, 1, 1, {2})}),
    [](const auto& given) { return given.param.name; });

TEST(CanonicalBasis, GivesTheNaturalContrasts) {
  const Matrix<double> correlation = correlation_of(hierarchy_dataset(4, 2));
  SingularValues svd = singular_value_decomposition(correlation);
  EXPECT_THAT(make_canonical(correlation, svd), ElementsAre(0, 1, 2, 2, 3, 3, 3, 3));
  const double a = 1.0 / std::sqrt(8.0);
  const double h = 0.5;
  const double s = 1.0 / std::sqrt(2.0);
  expect_near(svd.V,
              matrix_of({{a, a, h, 0, s, 0, 0, 0},
                         {a, a, h, 0, -s, 0, 0, 0},
                         {a, a, -h, 0, 0, s, 0, 0},
                         {a, a, -h, 0, 0, -s, 0, 0},
                         {a, -a, 0, h, 0, 0, s, 0},
                         {a, -a, 0, h, 0, 0, -s, 0},
                         {a, -a, 0, -h, 0, 0, 0, s},
                         {a, -a, 0, -h, 0, 0, 0, -s}}),
              tolerance_for(correlation));
  // Feature {1-4} holds the sum of a mode's entries over examples 1 to 4, divided by s.
  EXPECT_NEAR(svd.U(1, 1), 4 * a / std::sqrt(7.0), tolerance_for(correlation));
  EXPECT_NEAR(svd.U(2, 1), -4 * a / std::sqrt(7.0), tolerance_for(correlation));
  EXPECT_NEAR(svd.U(14, 7), -s, tolerance_for(correlation));
}

TEST(CanonicalBasis, AgreesWithAnEigenDecomposition) {
  const Matrix<double> correlation = correlation_of(random_data(12, 7, 9, {5, 5, 3, 2, 2, 2, 1}));
  SingularValues expected = singular_value_decomposition(correlation);
  (void)make_canonical(correlation, expected);
  SymmetricEigen eigen =
      symmetric_eigen(multiply_transposed_left(correlation.view(), correlation.view()).view());
  SingularValues other{Matrix<double>(9, 7), eigen.values, eigen.vectors};
  for (double& value : other.S) {
    value = std::sqrt(value);
  }
  EXPECT_THAT(make_canonical(correlation, other), ElementsAre(0, 0, 1, 2, 2, 2, 3));
  // Squared values between 25 and 1, the closest 3 apart: the eigenvectors lose a factor 25/3.
  const double tolerance = 25.0 / 3.0 * tolerance_for(correlation);
  expect_near(other.V, expected.V, tolerance);
  expect_near(other.U, expected.U, tolerance);
}

Matrix<double> diagonal_correlation(const std::vector<double>& values) {
  return test::diagonal(values);
}

TEST(CanonicalBasis, GroupsChainBetweenNeighbours) {
  const Matrix<double> correlation =
      diagonal_correlation({2.0, 1.0 + 1.6e-6, 1.0 + 0.8e-6, 1.0, 0.5, 0.5 - 0.4e-6, 0.5 - 1.1e-6});
  SingularValues svd = singular_value_decomposition(correlation);
  EXPECT_THAT(make_canonical(correlation, svd), ElementsAre(0, 1, 1, 1, 2, 2, 3));
  expect_orthonormal_columns(svd.U);
  expect_near(svd.V, test::identity(7), tolerance_for(correlation));
}

TEST(CanonicalBasis, NullModesAreOneGroup) {
  const Matrix<double> correlation = diagonal_correlation({3.0, 4e-10, 2e-10, 0.0});
  SingularValues svd = singular_value_decomposition(correlation);
  EXPECT_EQ(numerical_rank(svd.S), 2);
  EXPECT_THAT(make_canonical(correlation, svd), ElementsAre(0, 1, 2, 2));
  expect_near(svd.V, test::identity(4), tolerance_for(correlation));
  expect_near(svd.U, test::identity(4), tolerance_for(correlation));
}

TEST(CanonicalBasis, SmallModesStayOrthonormal) {
  const Matrix<double> correlation =
      correlation_of(random_data(30, 25, 20, {1, 1e-3, 1e-6, 1e-8, 3e-9, 1e-9}));
  SingularValues svd = singular_value_decomposition(correlation);
  (void)make_canonical(correlation, svd);
  EXPECT_EQ(numerical_rank(svd.S), 6);
  expect_orthonormal_columns(svd.U);
  expect_orthonormal_columns(svd.V);
  expect_near(compose(svd.U, svd.S, svd.V), correlation, tolerance_for(correlation));
}

TEST(CanonicalBasis, ZeroCorrelation) {
  SingularValues svd = singular_value_decomposition(Matrix<double>(2, 3));
  EXPECT_THAT(make_canonical(Matrix<double>(2, 3), svd), ElementsAre(0, 0));
  EXPECT_EQ(numerical_rank(svd.S), 0);
  expect_near(svd.V, matrix_of({{1, 0}, {0, 1}, {0, 0}}), 0.0);
  expect_near(svd.U, matrix_of({{1, 0}, {0, 1}}), 0.0);
}

TEST(CanonicalBasis, RefusesForeignDecompositions) {
  const Matrix<double> correlation = matrix_of({{2, 0, 0}, {0, 1, 0}});
  SingularValues right = singular_value_decomposition(correlation);
  SingularValues ascending = right;
  std::swap(ascending.S[0], ascending.S[1]);
  EXPECT_THROW(make_canonical(correlation, ascending), InternalError);
  SingularValues missing = right;
  missing.S.pop_back();
  EXPECT_THROW(make_canonical(correlation, missing), InternalError);
  SingularValues parallel = right;
  parallel.V = matrix_of({{1, 1}, {0, 0}, {0, 0}});
  EXPECT_THROW(make_canonical(correlation, parallel), InternalError);
  SingularValues other = right;
  other.V = matrix_of({{1, 0}, {0, 0}, {0, 1}});
  EXPECT_THROW(make_canonical(correlation, other), InternalError);
}

}  // namespace
}  // namespace polypath
