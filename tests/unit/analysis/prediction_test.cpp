#include "polypath/analysis/prediction.hpp"

#include "polypath/analysis/measures.hpp"
#include "polypath/core/error.hpp"

#include "unit/train/training.hpp"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath::analysis {
namespace {

Config orthogonal(Index depth, Index width, Index epochs) {
  Config config;
  config.network = polypath::testing::equal_pathways(2, depth, width);
  config.init.scheme = InitScheme::orthogonal;
  config.init.sigma = 0.316 / std::sqrt(static_cast<double>(width));
  config.train.epochs = epochs;
  config.record.every = 1;
  return config;
}

std::vector<double> strengths(const std::vector<double>& K, Index modes, Index mode) {
  const auto step = static_cast<std::size_t>(modes * modes);
  const auto entry = static_cast<std::size_t>(mode * (modes + 1));
  return {K[entry], K[step + entry]};
}

/// Escape epochs of one simulated member and of the product flow from its own K(0), for `modes`.
void compare_escapes(const Config& config, const std::vector<Index>& modes, double tolerance) {
  const Dataset data = make_dataset(config.data);
  const Modes table = find_modes(data, config.data.correlation);
  const auto history = polypath::testing::train(config, data, table).at(0);
  const TheoryCell theory = theory_cell(config, table, data.examples());
  const auto count = static_cast<Index>(table.S.size());
  for (const Index mode : modes) {
    std::vector<double> total;
    for (const auto& K : history.K) {
      const auto both = strengths(K, count, mode);
      total.push_back(both[0] + both[1]);
    }
    const double simulated =
        escape_epoch(total, history.epochs, theory.target[static_cast<std::size_t>(mode)]);
    const auto predicted =
        predict_mode(theory, mode, strengths(history.K.front(), count, mode), history.epochs);
    EXPECT_EQ(predicted.status, PredictionStatus::predicted);
    EXPECT_NEAR(predicted.escape_epoch / simulated, 1, tolerance)
        << "mode " << mode + 1 << ", simulated " << simulated;
    EXPECT_GT(predicted.escape_epoch_paper, 1.1 * simulated) << "mode " << mode + 1;
  }
}

TEST(ProductFlow, EscapesWithFullSimulationsAtDepth2) {
  Config config = orthogonal(2, 200, 400);
  config.train.learning_rate = 0.002;  // the flow has no steps; at 0.01 they cost 2 %
  compare_escapes(config, {0, 1, 7}, 0.03);
}

TEST(ProductFlow, EscapesWithFullSimulationsAtDepth3) {
  compare_escapes(orthogonal(3, 200, 200), {0, 1, 7}, 0.03);
}

TEST(ProductFlow, EscapesWithFullSimulationsAtDepth4) {
  compare_escapes(orthogonal(4, 200, 400), {0, 1, 7}, 0.03);
}

// Mode 2 is left out: mode 1, shared by then, pulls it from its plateau (no diagonal equation
// knows that).
TEST(ProductFlow, EscapesWithFullSimulationsAtDepth7) {
  compare_escapes(orthogonal(7, 200, 1400), {0}, 0.03);
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
  Config config = orthogonal(3, 50, 10);
  const Dataset data = make_dataset(config.data);
  const Modes modes = find_modes(data, CorrelationKind::sum);
  EXPECT_DOUBLE_EQ(theory_cell(config, modes, 8).time_per_epoch[0], 0.02);
  config.train.loss = Loss::mean_squares;
  EXPECT_DOUBLE_EQ(theory_cell(config, modes, 8).time_per_epoch[0], 0.01 * 2 / (8 * 15));
  config.train.loss = Loss::half_sum_squares;
  // The mean's S is 8 times smaller, the target and the pace of training are the same.
  config.data.correlation = CorrelationKind::mean;
  const Modes mean = find_modes(data, CorrelationKind::mean);
  const auto cell = theory_cell(config, mean, 8);
  EXPECT_NEAR(cell.time_per_epoch[0], 0.01, 1e-15);
  EXPECT_NEAR(cell.target[0], std::sqrt(15), 1e-13);
  config.network.activation = Activation::tanh;
  EXPECT_THROW((void)theory_cell(config, mean, 8), BadData);
}

TEST(TheoryCell, SlowerInputsTakeLonger) {
  Config config = orthogonal(2, 50, 10);
  Dataset data = make_dataset(config.data);
  for (Index i = 0; i < 8; ++i) {
    data.x(i, i) = 0.5;
  }
  const Modes modes = find_modes(data, CorrelationKind::sum);
  const auto cell = theory_cell(config, modes, 8);
  EXPECT_NEAR(cell.target[0], 2 * std::sqrt(15), 1e-13);
  EXPECT_NEAR(cell.time_per_epoch[0], 0.02 / 4, 1e-15);
}

TEST(PredictMode, MarksAStartThatNoIsometricLayersHave) {
  const TheoryCell cell{{{3, 0.3}, {3, 0.3}}, {4}, {0.02}, {}};
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
  const TheoryCell cell{{{4, 0.316}, {4, 0.316}}, {std::sqrt(15)}, {0.02}, {}};
  const auto escape = predict_escape(cell, 0);
  EXPECT_NEAR(escape.product_flow, 79.9, 0.125);  // as in the theory's own tests
  EXPECT_NEAR(escape.paper, 126.6, 0.35);
  const auto course = predict_mode(cell, 0, {0, 0}, {0, 1000});
  EXPECT_NEAR(course.escape_epoch, escape.product_flow, 1e-6);
}

}  // namespace
}  // namespace polypath::analysis
