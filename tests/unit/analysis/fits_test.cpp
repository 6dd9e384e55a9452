#include "polypath/analysis/ensemble.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath::analysis {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsNan;
using Against = DominanceFit::Against;

/// A cell of two equal pathways whose members have these dominances in mode 1.
CellStatistics cell_of(Index number, Index depth, Index width, double sigma,
                       std::vector<double> dominance) {
  CellStatistics cell;
  cell.cell = number;
  cell.pathways = 2;
  cell.members = cell.finished = static_cast<Index>(dominance.size());
  CellSettings settings;
  const std::vector<Index> hidden(static_cast<std::size_t>(depth - 1), width);
  settings.config.network.pathways.assign(2, {hidden});
  settings.config.init.sigma = sigma;
  settings.depths = {depth, depth};
  settings.depth = depth;
  settings.width = static_cast<double>(width);
  settings.gain = sigma * std::sqrt(static_cast<double>(width));
  cell.settings = settings;
  for (std::size_t i = 0; i < dominance.size(); ++i) {
    cell.seeds.push_back(i + 1);
  }
  cell.learned = {std::vector<bool>(dominance.size(), true)};
  cell.dominances = {std::move(dominance)};
  return cell;
}

std::vector<double> scaled(std::vector<double> values, double factor) {
  for (double& value : values) {
    value *= factor;
  }
  return values;
}

const std::vector<double> spread{0.5, 0.1, 0.9, 0.3, 0.7, 0.4};

TEST(WidthFit, FindsTheExponentOfAPowerLaw) {
  // sigma sqrt(N) held; the same seeds have the same luck at every width, so resampling them
  // together leaves the exponent as it is, however much they differ.
  std::vector<CellStatistics> cells;
  for (const Index width : {100, 400, 1600}) {
    const double root = std::sqrt(static_cast<double>(width));
    cells.push_back(
        cell_of(static_cast<Index>(cells.size()), 3, width, 0.3 / root, scaled(spread, 5 / root)));
  }
  const auto fits = fit_dominance(cells);
  ASSERT_EQ(fits.size(), 1U);
  const double eps = 64 * std::numeric_limits<double>::epsilon();
  EXPECT_EQ(fits[0].against, Against::width);
  EXPECT_EQ(fits[0].mode, 1);
  EXPECT_THAT(fits[0].cells, ElementsAre(0, 1, 2));
  EXPECT_THAT(fits[0].held, testing::HasSubstr("sigma sqrt(N) = 0.3"));
  EXPECT_NEAR(fits[0].slope, -0.5, eps);
  EXPECT_NEAR(std::exp(fits[0].intercept), 5 * 2.9 / 6, 100 * eps);
  EXPECT_NEAR(fits[0].interval.low, -0.5, eps);
  EXPECT_NEAR(fits[0].interval.high, -0.5, eps);
}

TEST(WidthFit, IntervalCoversSeedsThatDiffer) {
  auto other = spread;
  std::rotate(other.begin(), other.begin() + 2, other.end());
  const auto fits =
      fit_dominance({cell_of(0, 2, 100, 0.01, spread), cell_of(1, 2, 200, 0.01, scaled(other, 2))});
  ASSERT_EQ(fits.size(), 1U);
  EXPECT_THAT(fits[0].held, testing::HasSubstr("sigma = 0.01"));
  EXPECT_NEAR(fits[0].slope, 1, 64 * std::numeric_limits<double>::epsilon());
  EXPECT_LT(fits[0].interval.low, 0.9);
  EXPECT_GT(fits[0].interval.high, 1.1);
}

TEST(WidthFit, NeedsTwoWidthsWithTheRestEqual) {
  EXPECT_TRUE(fit_dominance({cell_of(0, 2, 100, 0.01, spread)}).empty());
  EXPECT_TRUE(
      fit_dominance({cell_of(0, 2, 100, 0.01, spread), cell_of(1, 2, 200, 0.02, spread)}).empty());
  auto relu = cell_of(1, 2, 200, 0.01, spread);
  relu.settings->config.network.activation = Activation::relu;
  EXPECT_TRUE(fit_dominance({cell_of(0, 2, 100, 0.01, spread), relu}).empty());
}

TEST(WidthFit, SkipsUndefinedDominance) {
  const auto fits = fit_dominance(
      {cell_of(0, 2, 100, 0.01, {0.4, NAN, 0.4}), cell_of(1, 2, 200, 0.01, {0.8, 0.8, NAN})});
  ASSERT_EQ(fits.size(), 1U);
  EXPECT_NEAR(fits[0].slope, 1, 64 * std::numeric_limits<double>::epsilon());
  EXPECT_THAT(fits[0].members, ElementsAre(2, 2));
  EXPECT_THAT(fits[0].absent, IsEmpty());
}

TEST(WidthFit, GoesOverTheCellsThatLearned) {
  const auto fits =
      fit_dominance({cell_of(0, 2, 100, 0.01, {0.2, 0.2}), cell_of(1, 2, 200, 0.01, {NAN, NAN}),
                     cell_of(2, 2, 400, 0.01, {0.8, NAN})});
  ASSERT_EQ(fits.size(), 1U);
  EXPECT_NEAR(fits[0].slope, 1, 64 * std::numeric_limits<double>::epsilon());
  EXPECT_THAT(fits[0].cells, ElementsAre(0, 2));
  EXPECT_THAT(fits[0].x, ElementsAre(100, 400));
  EXPECT_THAT(fits[0].members, ElementsAre(2, 1));
  ASSERT_EQ(fits[0].absent.size(), 1U);
  EXPECT_EQ(fits[0].absent[0].cell, 1);
  EXPECT_EQ(fits[0].absent[0].x, 200);
  EXPECT_EQ(fits[0].absent[0].why, "nothing learned");
}

TEST(WidthFit, OfOneCellOrNoneThatLearned) {
  const auto one =
      fit_dominance({cell_of(0, 2, 100, 0.01, {NAN, NAN}), cell_of(1, 2, 200, 0.01, {0.8, 0.8})});
  EXPECT_THAT(one.at(0).slope, IsNan());
  EXPECT_TRUE(
      fit_dominance({cell_of(0, 2, 100, 0.01, {NAN}), cell_of(1, 2, 200, 0.01, {NAN})}).empty());
}

CellStatistics with_epochs(CellStatistics cell, Index epochs) {
  cell.settings->config.train.epochs = epochs;
  return cell;
}

TEST(WidthFit, DoesNotMixCellsOfOneWidth) {
  // Epochs are an axis of their own: 100 and 900, each at two widths.
  const std::vector<CellStatistics> cells{with_epochs(cell_of(0, 2, 100, 0.01, {0.1}), 100),
                                          with_epochs(cell_of(1, 2, 100, 0.01, {0.2}), 900),
                                          with_epochs(cell_of(2, 2, 200, 0.01, {0.2}), 100),
                                          with_epochs(cell_of(3, 2, 200, 0.01, {0.8}), 900)};
  const auto fits = fit_dominance(cells);
  ASSERT_EQ(fits.size(), 2U);
  const double eps = 64 * std::numeric_limits<double>::epsilon();
  EXPECT_EQ(fits[0].held, "linear, D = 2, sigma = 0.01, epochs = 100");
  EXPECT_THAT(fits[0].cells, ElementsAre(0, 2));
  EXPECT_NEAR(fits[0].slope, 1, eps);
  EXPECT_EQ(fits[1].held, "linear, D = 2, sigma = 0.01, epochs = 900");
  EXPECT_THAT(fits[1].cells, ElementsAre(1, 3));
  EXPECT_NEAR(fits[1].slope, 2, eps);
}

TEST(DepthFit, SplitsByWhatVariesAtOneDepthAlone) {
  // Epochs move along with depth; tolerance and precision are an axis of their own.
  std::vector<CellStatistics> cells;
  for (const double tolerance : {1e-3, 1e-2}) {
    for (const Index depth : {2, 3}) {
      auto cell = with_epochs(cell_of(static_cast<Index>(cells.size()), depth, 100, 0.01,
                                      {0.1 * static_cast<double>(depth)}),
                              100 * depth);
      cell.settings->config.init.tolerance = tolerance;
      cell.settings->config.train.precision =
          tolerance < 2e-3 ? Precision::float64 : Precision::float32;
      cells.push_back(cell);
    }
  }
  const auto fits = fit_dominance(cells);
  ASSERT_EQ(fits.size(), 2U);
  EXPECT_EQ(fits[0].held, "linear, N = 100, sigma = 0.01, tolerance = 0.001, precision = float64");
  EXPECT_THAT(fits[0].cells, ElementsAre(0, 1));
  EXPECT_EQ(fits[1].held, "linear, N = 100, sigma = 0.01, tolerance = 0.01, precision = float32");
  EXPECT_THAT(fits[1].cells, ElementsAre(2, 3));
}

TEST(DepthFit, KeepsWhatMovesAlongWithDepth) {
  const auto fits = fit_dominance({with_epochs(cell_of(0, 2, 100, 0.01, {0.1}), 100),
                                   with_epochs(cell_of(1, 3, 100, 0.01, {0.2}), 900)});
  ASSERT_EQ(fits.size(), 1U);
  EXPECT_EQ(fits[0].held, "linear, N = 100, sigma = 0.01");
  EXPECT_THAT(fits[0].cells, ElementsAre(0, 1));
}

TEST(WidthFit, TellsNearSigmasApartAndTakesRoundedGainsTogether) {
  // 0.01001 and 0.01004 are one text of three digits.
  const auto two =
      fit_dominance({cell_of(0, 2, 100, 0.01001, {0.1}), cell_of(1, 2, 200, 0.01001, {0.2}),
                     cell_of(2, 2, 100, 0.01004, {0.1}), cell_of(3, 2, 200, 0.01004, {0.2})});
  ASSERT_EQ(two.size(), 2U);
  EXPECT_THAT(two[0].cells, ElementsAre(0, 1));
  EXPECT_EQ(two[1].held, "linear, D = 2, sigma = 0.01004");
  // sigma sqrt(N) = 0.31549 and 0.31591: their texts differ, and each sigma is rounded to 3 digits.
  const auto rounded =
      fit_dominance({cell_of(0, 2, 30, 0.0576, {0.1}), cell_of(1, 2, 90, 0.0333, {0.2})});
  ASSERT_EQ(rounded.size(), 1U);
  EXPECT_EQ(rounded[0].held, "linear, D = 2, sigma sqrt(N) = 0.315");
}

TEST(DepthFit, NamesCellsOfThePlanThatAreMissing) {
  const auto second = cell_of(1, 3, 100, 0.01, {0.3});
  auto empty = cell_of(3, 7, 100, 0.01, {});
  empty.dominances.clear();
  const auto other_width = cell_of(4, 5, 200, 0.01, {0.3});
  const std::vector<PlannedCell> planned{{0, *cell_of(0, 2, 100, 0.01, {}).settings},
                                         {1, *second.settings},
                                         {2, *cell_of(2, 4, 100, 0.01, {}).settings},
                                         {3, *empty.settings},
                                         {4, *other_width.settings}};
  const auto fits = fit_dominance({cell_of(0, 2, 100, 0.01, {0.1}), second, empty}, planned);
  ASSERT_EQ(fits.size(), 1U);
  EXPECT_THAT(fits[0].cells, ElementsAre(0, 1));
  EXPECT_NEAR(fits[0].slope, 0.2, 1e-15);
  ASSERT_EQ(fits[0].absent.size(), 2U);
  EXPECT_EQ(fits[0].absent[0].x, 4);
  EXPECT_EQ(fits[0].absent[0].why, "no cell that can be read");
  EXPECT_EQ(fits[0].absent[1].x, 7);
  EXPECT_EQ(fits[0].absent[1].why, "no finished member");
}

TEST(WidthFit, NamesTheSweptSettingsThatTellFitsApart) {
  // Axes in the order written: learning_rate, bias, width; the last varies fastest.
  std::vector<CellStatistics> cells;
  for (const double rate : {0.01, 0.005}) {
    for (const bool bias : {false, true}) {
      for (const Index width : {20, 80}) {
        auto cell = cell_of(static_cast<Index>(cells.size()), 2, width, 0.02, spread);
        cell.settings->config.train.learning_rate = rate;
        cell.settings->config.network.bias = bias;
        cells.push_back(cell);
      }
    }
  }
  std::vector<std::string> held;
  for (const auto& fit : fit_dominance(cells)) {
    held.push_back(fit.held);
  }
  EXPECT_THAT(held, ElementsAre("linear, D = 2, sigma = 0.02, bias = false, learning_rate = 0.01",
                                "linear, D = 2, sigma = 0.02, bias = true, learning_rate = 0.01",
                                "linear, D = 2, sigma = 0.02, bias = false, learning_rate = 0.005",
                                "linear, D = 2, sigma = 0.02, bias = true, learning_rate = 0.005"));
}

TEST(WidthFit, OverThoseThatLearnedAlone) {
  auto narrow = cell_of(0, 2, 100, 0.01, {0.1, 0.9});
  narrow.learned = {{true, false}};
  const std::vector<CellStatistics> cells{narrow, cell_of(1, 2, 200, 0.01, {0.2, 0.2})};
  const auto all = fit_dominance(cells);
  EXPECT_THAT(all.at(0).mean, ElementsAre(0.5, 0.2));
  EXPECT_THAT(all.at(0).learned, ElementsAre(1, 2));
  const auto learned = fit_dominance(cells, {}, Members::learned);
  EXPECT_THAT(learned.at(0).mean, ElementsAre(0.1, 0.2));
  EXPECT_THAT(learned.at(0).members, ElementsAre(1, 2));
  EXPECT_NEAR(learned.at(0).slope, 1, 64 * std::numeric_limits<double>::epsilon());
}

/// In how many of `trials` the interval of the exponent of |x| at `seeds` seeds holds -1/2: half
/// normal dominance as of wide networks, correlated between widths as there.
double exponent_coverage(int seeds, int trials) {
  std::mt19937_64 bits(7);
  const auto normal = [&] {
    const auto uniform = [&] { return (static_cast<double>(bits() >> 11U) + 0.5) * 0x1p-53; };
    return std::sqrt(-2 * std::log(uniform())) * std::cos(2 * std::acos(-1.0) * uniform());
  };
  int held = 0;
  for (int trial = 0; trial < trials; ++trial) {
    std::vector<double> narrow;
    std::vector<double> wide;
    for (int seed = 0; seed < seeds; ++seed) {
      const double common = normal();
      narrow.push_back(std::abs(0.8 * common + 0.6 * normal()) / 10);
      wide.push_back(std::abs(0.8 * common + 0.6 * normal()) / 20);
    }
    const auto fits =
        fit_dominance({cell_of(0, 2, 100, 0.01, narrow), cell_of(1, 2, 400, 0.01, wide)});
    held += fits[0].interval.low <= -0.5 && fits[0].interval.high >= -0.5 ? 1 : 0;
  }
  return static_cast<double>(held) / trials;
}

TEST(WidthFit, IntervalsHoldTheExponentAtFewSeeds) {
  for (const int seeds : {3, 5, 10, 19, 40}) {
    const double held = exponent_coverage(seeds, 1500);
    EXPECT_GE(held, 0.91) << seeds;
    EXPECT_LE(held, 0.985) << seeds;
  }
}

TEST(DepthFit, IntervalStaysWithinWhatMeansFromZeroToOneAllow) {
  const auto fits =
      fit_dominance({cell_of(0, 2, 100, 0.01, {0.05, 0.6}), cell_of(1, 3, 100, 0.01, {0.7, 0.99})});
  ASSERT_EQ(fits.size(), 1U);
  EXPECT_LT(fits[0].interval.high, 1);
  EXPECT_GT(fits[0].interval.low, -1);
  EXPECT_GT(fits[0].interval.high, fits[0].slope);
}

TEST(DepthFit, IsTheChangePerLayer) {
  const auto fits =
      fit_dominance({cell_of(0, 2, 100, 0.01, {0.1, 0.1}), cell_of(2, 4, 100, 0.01, {0.4, 0.6}),
                     cell_of(1, 3, 100, 0.01, {0.2, 0.4})});
  ASSERT_EQ(fits.size(), 1U);
  EXPECT_EQ(fits[0].against, Against::depth);
  EXPECT_THAT(fits[0].cells, ElementsAre(0, 1, 2));
  EXPECT_NEAR(fits[0].slope, 0.2, 1e-15);
  EXPECT_NEAR(fits[0].mean[1], 0.3, 1e-15);
}

}  // namespace
}  // namespace polypath::analysis
