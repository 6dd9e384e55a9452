#include "kernels/functor/normal.hpp"
#include "polypath/core/error.hpp"
#include "polypath/core/linalg.hpp"

#include "src/init/reduction/projected_oracle.hpp"
#include "unit/init/reduction_cases.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace polypath::reduction {
namespace {

using Keep = WideMatrix::Keep;

Matrix<double> some_matrix(Index rows, Index columns) {
  return small_normals(rows, columns, {99, 0, 1, 1});
}

void expect_equal(const Matrix<double>& a, const Matrix<double>& b) {
  ASSERT_EQ(a.rows(), b.rows());
  ASSERT_EQ(a.columns(), b.columns());
  EXPECT_EQ(a.elements(), b.elements());
}

void expect_near(const Matrix<double>& a, const Matrix<double>& b, double tolerance) {
  ASSERT_EQ(a.rows(), b.rows());
  ASSERT_EQ(a.columns(), b.columns());
  for (std::size_t i = 0; i < a.elements().size(); ++i) {
    EXPECT_NEAR(a.elements()[i], b.elements()[i], tolerance) << "element " << i;
  }
}

struct Sizes {
  Index rows;
  Index columns;
  Index directions;
};

class WideProducts : public ::testing::TestWithParam<Sizes> {};

TEST_P(WideProducts, AreThoseOfThePortableNormals) {
  const auto [rows, columns, directions] = GetParam();
  const NormalStream stream{7, 1, 3, 0};
  Matrix<double> Z(rows, columns);
  for (Index r = 0; r < rows; ++r) {
    for (Index c = 0; c < columns; ++c) {
      Z(r, c) = normal_at(stream, r, c);
    }
  }
  ThreadPool pool(1);
  const WideMatrix wide(rows, columns, stream, {Keep::regenerated, pool});
  const Matrix<double> right = some_matrix(directions, columns);
  const Matrix<double> left = some_matrix(directions, rows);
  // Sums of normal products: some standard deviations of sqrt(length), times epsilon per term.
  const auto length = static_cast<double>(std::max(rows, columns));
  const double tolerance = 8.0 * length * std::numeric_limits<double>::epsilon();
  expect_near(wide.times(right), multiply_transposed_right(right.view(), Z.view()), tolerance);
  expect_near(wide.transposed_times(left), multiply(left.view(), Z.view()), tolerance);
}

TEST_P(WideProducts, HaveTheSameBitsStoredOrNotOnAnyNumberOfThreads) {
  const auto [rows, columns, directions] = GetParam();
  const NormalStream stream{8, 0, 2, 0};
  ThreadPool one(1);
  ThreadPool three(3);
  const WideMatrix stored(rows, columns, stream, {Keep::stored, one});
  const WideMatrix regenerated(rows, columns, stream, {Keep::regenerated, one});
  const WideMatrix shared(rows, columns, stream, {Keep::regenerated, three});
  const Matrix<double> right = some_matrix(directions, columns);
  const Matrix<double> left = some_matrix(directions, rows);
  expect_equal(stored.times(right), regenerated.times(right));
  expect_equal(stored.times(right), shared.times(right));
  expect_equal(stored.transposed_times(left), regenerated.transposed_times(left));
  expect_equal(stored.transposed_times(left), shared.transposed_times(left));
}

INSTANTIATE_TEST_SUITE_P(Sizes, WideProducts,
                         ::testing::Values(Sizes{1, 1, 1}, Sizes{5, 3, 2}, Sizes{33, 517, 4},
                                           Sizes{700, 259, 9}, Sizes{2100, 1030, 3}));

TEST(DirectionFrame, StaysOrthonormalAndSpansWhatItWasGiven) {
  constexpr Index width = 300;
  ThreadPool pool(2);
  DirectionFrame frame(width, pool);
  const Matrix<double> first = some_matrix(20, width);
  EXPECT_EQ(frame.append(first), 20);
  EXPECT_EQ(frame.append(first), 0) << "nothing new";
  EXPECT_EQ(frame.append(small_normals(15, width, {5, 0, 1, 1})), 15);
  const Matrix<double> H = qr_orthonormal(some_matrix(25, 25).view());
  frame.rotate(10, H);
  const Matrix<double> Q = frame.directions(0, frame.count());
  const double tolerance = 35 * 16 * std::numeric_limits<double>::epsilon();
  const Matrix<double> overlaps = multiply_transposed_right(Q.view(), Q.view());
  for (Index i = 0; i < 35; ++i) {
    for (Index j = 0; j < 35; ++j) {
      EXPECT_NEAR(overlaps(i, j), i == j ? 1.0 : 0.0, tolerance);
    }
  }
  const Matrix<double> coordinates = frame.coordinates(first);
  expect_near(multiply(coordinates.view(), Q.view()), first, 100 * tolerance);
}

TEST(DirectionFrame, NeverExceedsTheSpace) {
  ThreadPool pool(1);
  DirectionFrame frame(6, pool);
  EXPECT_EQ(frame.append(some_matrix(4, 6)), 4);
  EXPECT_EQ(frame.append(small_normals(5, 6, {5, 0, 1, 1})), 2);
  EXPECT_EQ(frame.append(small_normals(5, 6, {6, 0, 1, 1})), 0);
}

}  // namespace
}  // namespace polypath::reduction

namespace polypath::testing {
namespace {

void expect_same_cores(const ReducedNetwork& a, const ReducedNetwork& b) {
  ASSERT_EQ(a.k, b.k);
  for (std::size_t p = 0; p < a.cores.size(); ++p) {
    for (std::size_t d = 0; d < a.cores[p].size(); ++d) {
      EXPECT_EQ(a.cores[p][d].elements(), b.cores[p][d].elements());
    }
  }
}

TEST(ReductionSources, StoredRegeneratedAndThreadsGiveTheSameBits) {
  const Task task;
  const ReductionProblem problem = equal_widths({3, 4}, 260, 500).problem(task, 4);
  const ReducedNetwork stored = reduce(problem, tolerance_of(1e-3, WideWeights::stored));
  ReductionSettings settings = tolerance_of(1e-3, WideWeights::regenerated);
  settings.threads = 2;
  expect_same_cores(stored, reduce(problem, settings));
}

TEST(ReductionSources, AutomaticStoresWhatFits) {
  const Task task;
  const ReductionProblem problem = equal_widths({3, 3}, 100, 300).problem(task, 4);
  ReductionSettings settings = tolerance_of(1e-2, WideWeights::automatic);
  const ReducedNetwork small = reduce(problem, settings);
  settings.weight_memory = Index{1} << 30U;
  expect_same_cores(small, reduce(problem, settings));
}

TEST(ReductionSources, StopEndsTheSearch) {
  const Task task;
  const ReductionProblem problem = equal_widths({3, 3}, 100, 300).problem(task, 4);
  std::stop_source source;
  source.request_stop();
  ReductionSettings settings = tolerance_of(1e-2);
  settings.stop = source.get_token();
  EXPECT_THROW((void)reduce(problem, settings), Interrupted);
}

TEST(ReductionSources, DivergingNetworkIsHandedOn) {
  const Task task;
  ReductionCase one = equal_widths({3, 3}, 100, 300);
  one.train.learning_rate = 5.0;
  const ReducedNetwork network = reduce(one.problem(task, 1), tolerance_of(1e-2));
  EXPECT_EQ(network.iterations, 0);
  EXPECT_EQ(network.estimate, INFINITY);
}

}  // namespace
}  // namespace polypath::testing
