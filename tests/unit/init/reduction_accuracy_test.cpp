#include "polypath/io/file.hpp"

#include "support/paths.hpp"
#include "unit/init/depth7_case.hpp"
#include "unit/init/reduction_cases.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath::testing {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

/// The error of the compressed network against the full one, and how it was made.
struct Outcome {
  ReducedNetwork network;
  double error = 0.0;
};

Outcome compress(const Task& task, const ReductionCase& one, const ReductionSettings& settings,
                 std::uint64_t seed = 1) {
  const ReductionProblem problem = one.problem(task, seed);
  Outcome outcome{reduce(problem, settings), 0.0};
  outcome.error =
      trajectory_error(train_narrow(problem, outcome.network), train_full(problem), task.modes);
  return outcome;
}

TEST(ReductionAccuracy, DepthTwoIsExactWith23Directions) {
  const Task task;
  const Outcome outcome = compress(task, equal_widths({2, 2}, 300, 400), tolerance_of(1e-3));
  EXPECT_THAT(outcome.network.k, Each(ElementsAre(23)));
  EXPECT_THAT(outcome.network.shape.pathways[0].units, ElementsAre(8, 32, 15));
  EXPECT_EQ(outcome.network.passes, 0);
  EXPECT_LE(outcome.error, 1e-12);
  EXPECT_LE(outcome.error, outcome.network.estimate);
}

TEST(ReductionAccuracy, DepthOneHasNothingToCompress) {
  const Task task;
  const Outcome outcome = compress(task, equal_widths({1, 2}, 100, 400), tolerance_of(1e-3));
  EXPECT_THAT(outcome.network.shape.pathways[0].units, ElementsAre(8, 15));
  EXPECT_LE(outcome.error, 1e-12);
}

TEST(ReductionAccuracy, DepthThreeWidth1000) {
  const Task task;
  const ReductionCase one = equal_widths({3, 3}, 1000, 710);
  const ReductionProblem problem = one.problem(task, 1);
  const KHistory full = train_full(problem);

  const ReducedNetwork coarse = reduce(problem, tolerance_of(1e-4));
  EXPECT_LE(coarse.passes, 8);
  EXPECT_LE(largest_k(coarse), 50);
  EXPECT_LE(trajectory_error(train_narrow(problem, coarse), full, task.modes), 1e-4);

  const ReducedNetwork fine = reduce(problem, tolerance_of(1e-6));
  EXPECT_LE(fine.passes, 10);
  EXPECT_LE(largest_k(fine), 60);
  EXPECT_LE(trajectory_error(train_narrow(problem, fine), full, task.modes), 1e-6);
}

TEST(ReductionAccuracy, DepthFourWidth500) {
  const Task task;
  const Outcome outcome = compress(task, equal_widths({4, 4}, 500, 860), tolerance_of(3e-4));
  EXPECT_LE(outcome.network.passes, 10);
  EXPECT_LE(largest_k(outcome.network), 85);
  EXPECT_LE(outcome.error, 3e-4);
}

TEST(ReductionAccuracy, ThreePathways) {
  const Task task;
  const Outcome outcome = compress(task, equal_widths({3, 3, 3}, 300, 710), tolerance_of(1e-4));
  EXPECT_LE(outcome.error, 1e-4);
}

TEST(ReductionAccuracy, UnequalDepths) {
  const Task task;
  const Outcome outcome = compress(task, equal_widths({2, 3, 4}, 300, 860), tolerance_of(1e-4));
  EXPECT_EQ(outcome.network.k[0][0], 23);
  EXPECT_LE(outcome.error, 1e-4);
}

TEST(ReductionAccuracy, UnequalWidthsScaledSchemeAndHalfLoss) {
  const Task task;
  ReductionCase one;
  one.pathways = {{{120, 260}}, {{200, 90, 150}}};
  one.init.scheme = InitScheme::scaled;
  one.init.sigma = 0.6;
  one.train = {0.02, Loss::half_sum_squares, 500, Precision::float64};
  const Outcome outcome = compress(task, one, tolerance_of(1e-4));
  EXPECT_LE(outcome.error, 1e-4);
  EXPECT_LE(largest_k(outcome.network), 90);
}

/// 12 examples of 6 features with unequal variances, of which one is a sum of two others, and
/// targets that no linear map reaches.
Task correlated_task() {
  Dataset data{Matrix<double>(12, 7), Matrix<double>(12, 4)};
  for (Index e = 0; e < 12; ++e) {
    for (Index c = 0; c < 6; ++c) {
      data.x(e, c) = std::sin(static_cast<double>(7 * e * e + 3 * c * c + 5 * c * e)) /
                     (1.0 + 0.4 * static_cast<double>(c));
    }
    data.x(e, 6) = data.x(e, 0) + data.x(e, 1);
    for (Index c = 0; c < 4; ++c) {
      data.y(e, c) = std::cos(static_cast<double>(5 * e + 11 * c)) + data.x(e, c % 6);
    }
  }
  Modes modes = find_modes(data, CorrelationKind::mean);
  return {std::move(data), std::move(modes)};
}

TEST(ReductionAccuracy, CorrelatedInputsOfLowerRank) {
  const Task task = correlated_task();
  ReductionCase one = equal_widths({3, 2, 3}, 200, 400);
  one.train.loss = Loss::mean_squares;
  one.train.learning_rate = 0.3;
  const Outcome outcome = compress(task, one, tolerance_of(1e-5));
  EXPECT_EQ(outcome.network.shape.inputs(), 7);
  EXPECT_EQ(outcome.network.k[1][0], 6 + 4);
  EXPECT_LE(outcome.error, 1e-5);
}

TEST(ReductionAccuracy, NarrowNetworksSaturateAndAreExact) {
  const Task task;
  const Outcome outcome = compress(task, equal_widths({3, 4}, 20, 500), tolerance_of(1e-11));
  EXPECT_THAT(outcome.network.k[0], ElementsAre(20, 20));
  EXPECT_THAT(outcome.network.k[1], ElementsAre(20, 20, 20));
  EXPECT_LE(outcome.error, 1e-11);
}

TEST(ReductionAccuracy, HiddenLayersNarrowerThanTheData) {
  const Task task;
  const Outcome outcome = compress(task, equal_widths({2, 3}, 5, 200), tolerance_of(1e-11));
  EXPECT_THAT(outcome.network.k[1], ElementsAre(5, 5));
  EXPECT_LE(outcome.error, 1e-11);
}

TEST(ReductionAccuracy, PruningKeepsFewerDirectionsAndSaysWhatItCosts) {
  const Task task;
  const ReductionCase one = equal_widths({4, 4}, 200, 860);
  ReductionSettings settings = tolerance_of(1e-3);
  const Outcome whole = compress(task, one, settings);
  settings.prune = true;
  const Outcome pruned = compress(task, one, settings);
  EXPECT_LT(largest_k(pruned.network), largest_k(whole.network));
  EXPECT_LE(pruned.error, pruned.network.estimate * 3.0);
  EXPECT_LE(pruned.error, 1e-3);
}

/// trajectory and final error of the diagonal of K against the full training.
std::pair<double, double> depth7_errors(const Depth7Case& wide, const ReducedNetwork& network) {
  const ReductionProblem problem{wide.shape, wide.init, wide.init.seed,
                                 wide.train, wide.data, wide.modes};
  const KHistory narrow = train_narrow(problem, network, Depth7Case::every);
  const File file = File::open(source_path("tests/golden/full_depth7_width1000.h5"));
  const auto K = file.root().open_data_set("K_diagonal").read<double>();
  EXPECT_EQ(K.size(), narrow.K.size() * 16);
  double trajectory = 0.0;
  double last = 0.0;
  for (std::size_t i = 0; i < K.size(); ++i) {
    const auto& record = narrow.K[i / 16];
    const std::size_t pathway = i / 8 % 2;
    last = i % 16 == 0 ? 0.0 : last;
    const double error = std::abs(record[pathway * 64 + i % 8 * 9] - K[i]) / wide.modes.S[0];
    trajectory = std::max(trajectory, error);
    last = std::max(last, error);
  }
  return {trajectory, last};
}

TEST(ReductionAccuracy, DepthSevenWidth1000) {
  const Depth7Case wide;
  const ReductionProblem problem{wide.shape, wide.init, wide.init.seed,
                                 wide.train, wide.data, wide.modes};
  ReductionSettings settings = tolerance_of(0.0);
  settings.max_iterations = 3;
  const ReducedNetwork coarse = reduce(problem, settings);
  EXPECT_LE(coarse.passes, 10);
  EXPECT_LE(largest_k(coarse), 130);
  const auto [trajectory, last] = depth7_errors(wide, coarse);
  EXPECT_LE(trajectory, 3e-2);
  EXPECT_LE(last, 2e-3);
  EXPECT_LE(trajectory, 3.0 * coarse.estimate);
}

TEST(ReductionAccuracy, DepthSevenToTwoThousandths) {
  const Depth7Case wide;
  const ReductionProblem problem{wide.shape, wide.init, wide.init.seed,
                                 wide.train, wide.data, wide.modes};
  ReductionSettings settings = tolerance_of(2e-3);
  const ReducedNetwork fine = reduce(problem, settings);
  EXPECT_LE(fine.passes, 14);
  EXPECT_LE(largest_k(fine), 220);
  EXPECT_LE(fine.estimate, 2e-3);
  EXPECT_LE(depth7_errors(wide, fine).first, 2e-3);
}

}  // namespace
}  // namespace polypath::testing
