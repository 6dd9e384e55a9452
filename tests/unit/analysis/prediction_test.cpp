#include "polypath/analysis/prediction.hpp"

#include "polypath/analysis/measures.hpp"
#include "polypath/core/error.hpp"

#include "unit/train/training.hpp"

#include <cmath>
#include <limits>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath::analysis {
namespace {

using ::testing::DoubleNear;
using ::testing::Each;

Config orthogonal(Index pathways, Index depth, Index epochs) {
  constexpr Index width = 200;
  Config config;
  config.network = polypath::testing::equal_pathways(pathways, depth, width);
  config.init.scheme = InitScheme::orthogonal;
  config.init.sigma = 0.316 / std::sqrt(static_cast<double>(width));
  config.train.epochs = epochs;
  config.record.every = 1;
  return config;
}

std::vector<double> strengths(const std::vector<double>& K, Index modes, Index mode) {
  const auto count = static_cast<std::size_t>(modes);
  std::vector<double> result;
  for (std::size_t a = 0; a < K.size() / (count * count); ++a) {
    result.push_back(K[a * count * count + static_cast<std::size_t>(mode) * (count + 1)]);
  }
  return result;
}

double simulated_escape(const polypath::testing::MemberHistory& member, Index modes, Index mode,
                        double target) {
  std::vector<double> total;
  for (const auto& K : member.K) {
    const auto each = strengths(K, modes, mode);
    total.push_back(std::accumulate(each.begin(), each.end(), 0.0));
  }
  return escape_epoch(total, member.epochs, target);
}

/// Escape epoch by the product flow from a member's own K(0) over that of its full simulation,
/// mean over 8 seeds.
std::vector<double> escape_ratios(const Config& config, const std::vector<Index>& modes) {
  const Dataset data = make_dataset(config.data);
  const Modes table = find_modes(data, config.data.correlation);
  polypath::testing::TrainOptions options;
  options.members = 8;
  const auto members = polypath::testing::train(config, data, table, options);
  const TheoryCell theory = theory_cell(config, table, data);
  const auto count = static_cast<Index>(table.S.size());
  std::vector<double> ratios;
  for (const Index mode : modes) {
    double sum = 0;
    for (const auto& member : members) {
      const auto predicted =
          predict_mode(theory, mode, strengths(member.K.front(), count, mode), member.epochs);
      sum += predicted.escape_epoch /
             simulated_escape(member, count, mode, theory.target[static_cast<std::size_t>(mode)]);
    }
    ratios.push_back(sum / static_cast<double>(members.size()));
  }
  return ratios;
}

// Modes 1, 2 and 8 of the hierarchy, N = 200, isometric layers.

TEST(ProductFlow, EscapesWithTwoPathwaysOfDepth2And3) {
  EXPECT_THAT(escape_ratios(orthogonal(2, 2, 100), {0, 1, 7}), Each(DoubleNear(1, 0.03)));
  EXPECT_THAT(escape_ratios(orthogonal(2, 3, 200), {0, 1, 7}), Each(DoubleNear(1, 0.03)));
}

TEST(ProductFlow, EscapesOfTheFirstModeWithTwoDeepPathways) {
  EXPECT_THAT(escape_ratios(orthogonal(2, 4, 150), {0}), Each(DoubleNear(1, 0.03)));
  EXPECT_THAT(escape_ratios(orthogonal(2, 7, 1400), {0}), Each(DoubleNear(1, 0.03)));
}

TEST(ProductFlow, EscapesOfEveryModeWithOneDeepPathway) {
  EXPECT_THAT(escape_ratios(orthogonal(1, 4, 450), {0, 1, 7}), Each(DoubleNear(1, 0.03)));
  EXPECT_THAT(escape_ratios(orthogonal(1, 7, 2000), {0, 1}), Each(DoubleNear(1, 0.03)));
}

// A mode that two pathways share pulls the later ones from their plateaus through off-diagonal
// entries of opposite sign, which no diagonal equation knows: 5 % early at depth 4, more at 7.
TEST(ProductFlow, IsLateForLaterModesThatDeepPathwaysShare) {
  const auto ratios = escape_ratios(orthogonal(2, 4, 400), {1, 7});
  EXPECT_THAT(ratios, Each(::testing::AllOf(::testing::Gt(1.02), ::testing::Lt(1.09))));
}

TEST(ConfiguredGain, OfEveryScheme) {
  const double eps = 64 * std::numeric_limits<double>::epsilon();
  InitConfig init;
  init.sigma = 0.01;
  EXPECT_NEAR(configured_gain(init, {{1000, 1000}}, 15), 0.01 * std::sqrt(1000), eps);
  EXPECT_NEAR(configured_gain(init, {{100, 900}}, 15), 0.01 * std::sqrt(300), eps);
  EXPECT_EQ(configured_gain(init, {{}}, 15), 1);
  init.scheme = InitScheme::scaled;
  init.sigma = 0.5;
  // sigma^2 (N_1 + N_2 + ...)/N_D at D = 2: c = sigma^2 (100 + 25)/25 = 2 g^2.
  EXPECT_NEAR(configured_gain(init, {{100}}, 25), 0.5 * std::sqrt(2.5), eps);
  init.method = InitMethod::file;
  EXPECT_THROW((void)configured_gain(init, {{100}}, 25), BadData);
}

TEST(TheoryCell, TimeTargetsAndRefusals) {
  Config config = orthogonal(2, 3, 10);
  const Dataset data = make_dataset(config.data);
  const Modes modes = find_modes(data, CorrelationKind::sum);
  EXPECT_DOUBLE_EQ(theory_cell(config, modes, data).time_per_epoch[0], 0.02);
  config.train.loss = Loss::mean_squares;
  EXPECT_DOUBLE_EQ(theory_cell(config, modes, data).time_per_epoch[0], 0.01 * 2 / (8 * 15));
  config.train.loss = Loss::half_sum_squares;
  // The mean's S is 8 times smaller, the target and the pace of training are the same.
  config.data.correlation = CorrelationKind::mean;
  const Modes mean = find_modes(data, CorrelationKind::mean);
  const auto cell = theory_cell(config, mean, data);
  EXPECT_NEAR(cell.time_per_epoch[0], 0.01, 1e-15);
  EXPECT_NEAR(cell.target[0], std::sqrt(15), 1e-13);
  config.network.activation = Activation::tanh;
  EXPECT_THROW((void)theory_cell(config, mean, data), BadData);
}

TEST(TheoryCell, SlowerInputsTakeLonger) {
  Config config = orthogonal(2, 2, 10);
  Dataset data = make_dataset(config.data);
  for (Index i = 0; i < 8; ++i) {
    data.x(i, i) = 0.5;
  }
  const Modes modes = find_modes(data, CorrelationKind::sum);
  const auto cell = theory_cell(config, modes, data);
  EXPECT_NEAR(cell.target[0], 2 * std::sqrt(15), 1e-13);
  EXPECT_NEAR(cell.time_per_epoch[0], 0.02 / 4, 1e-15);
}

TEST(TheoryCell, LeavesTheModeThatBiasesLearnUnknown) {
  // Mode 1 of the hierarchy is what all items share; the others have no part of it.
  Config config = orthogonal(2, 3, 10);
  const Dataset data = make_dataset(config.data);
  const Modes modes = find_modes(data, CorrelationKind::sum);
  EXPECT_THAT(theory_cell(config, modes, data).constant_part, Each(0.0));
  config.network.bias = true;
  const auto cell = theory_cell(config, modes, data);
  const double eps = 64 * std::numeric_limits<double>::epsilon();
  EXPECT_NEAR(cell.constant_part[0], 1, eps);
  for (std::size_t mode = 1; mode < 8; ++mode) {
    EXPECT_NEAR(cell.constant_part[mode], 0, eps);
  }
  ASSERT_EQ(cell.notes.size(), 1U);
  EXPECT_THAT(cell.notes[0], ::testing::HasSubstr("mode 1 stays unknown: 100 % of what it adds"));
  EXPECT_EQ(predict_mode(cell, 0, {0, 0.001}, {0, 100}).status, PredictionStatus::biased);
  EXPECT_TRUE(std::isnan(predict_escape(cell, 0).product_flow));
  EXPECT_GT(predict_escape(cell, 1).product_flow, 0);
  EXPECT_EQ(predict_mode(cell, 1, {0, 0.001}, {0, 100}).status, PredictionStatus::predicted);
}

TEST(TheoryCell, SaysHowMuchBiasesLearnOfTheOthers) {
  Config config = orthogonal(2, 3, 10);
  config.network.bias = true;
  // Two examples of opposite sign but for a tenth: (0.1)^2 / (2 (1 + 1.1^2)) of mode 1.
  Dataset data{Matrix<double>(2, 1), Matrix<double>(2, 1)};
  data.x(0, 0) = data.y(0, 0) = 1.1;
  data.x(1, 0) = data.y(1, 0) = -1;
  const Modes modes = find_modes(data, CorrelationKind::sum);
  const auto cell = theory_cell(config, modes, data);
  EXPECT_NEAR(cell.constant_part[0], 0.01 / (2 * 2.21), 1e-15);
  ASSERT_EQ(cell.notes.size(), 1U);
  EXPECT_THAT(cell.notes[0], ::testing::HasSubstr("biases learn up to 0.2 % of the modes"));
}

TEST(TheoryCell, LeavesAModeWithoutAPositiveTargetUnknown) {
  const Config config = orthogonal(2, 3, 10);
  const Dataset data = make_dataset(config.data);
  Modes modes = find_modes(data, CorrelationKind::sum);
  modes.target(1, 1) = -0.25;
  const auto cell = theory_cell(config, modes, data);
  EXPECT_EQ(cell.target[1], -0.25);
  EXPECT_TRUE(std::isnan(cell.time_per_epoch[1]));
  EXPECT_DOUBLE_EQ(cell.time_per_epoch[2], 0.02);
  EXPECT_THAT(cell.notes, ::testing::Contains(::testing::HasSubstr("mode 2 has the target -0.25")));
  const auto unknown = predict_mode(cell, 1, {0, 0.001}, {0, 100});
  EXPECT_EQ(unknown.status, PredictionStatus::no_target);
  EXPECT_TRUE(std::isnan(unknown.K(1, 0)) && std::isnan(unknown.final_K_paper[0]));
  EXPECT_EQ(unknown.winner, -1);
  EXPECT_EQ(unknown.winner_paper, -1);
  EXPECT_TRUE(std::isnan(predict_escape(cell, 1).product_flow));
  EXPECT_EQ(predict_mode(cell, 2, {0, 0.001}, {0, 100}).status, PredictionStatus::predicted);
}

TEST(PredictMode, MarksAStartThatNoIsometricLayersHave) {
  const TheoryCell cell{{{3, 0.3}, {3, 0.3}}, {4}, {0.02}, {0}, {}};
  const auto beyond = predict_mode(cell, 0, {0.05, 0.0}, {0, 100, 1000});
  EXPECT_EQ(beyond.status, PredictionStatus::no_start);
  EXPECT_TRUE(std::isnan(beyond.K(2, 0)));
  EXPECT_TRUE(std::isnan(beyond.escape_epoch));
  EXPECT_EQ(beyond.winner, -1);
  EXPECT_EQ(beyond.winner_paper, 0);
  const auto within = predict_mode(cell, 0, {0.001, 0.002}, {0, 100, 1000});
  EXPECT_EQ(within.status, PredictionStatus::predicted);
  EXPECT_EQ(within.winner, 1);
  EXPECT_NEAR(within.final_K[0] + within.final_K[1], 4, 1e-8);
  EXPECT_EQ(within.K(0, 1), 0.002);
}

TEST(PredictEscape, AgreesWithAPredictionFromRest) {
  const TheoryCell cell{{{4, 0.316}, {4, 0.316}}, {std::sqrt(15)}, {0.02}, {0}, {}};
  const auto escape = predict_escape(cell, 0);
  EXPECT_NEAR(escape.product_flow, 79.9, 0.125);  // as in the theory's own tests
  EXPECT_NEAR(escape.paper, 126.6, 0.35);
  const auto course = predict_mode(cell, 0, {0, 0}, {0, 1000});
  EXPECT_NEAR(course.escape_epoch, escape.product_flow, 1e-6);
}

}  // namespace
}  // namespace polypath::analysis
