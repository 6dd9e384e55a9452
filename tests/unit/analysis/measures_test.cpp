#include "polypath/analysis/measures.hpp"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath::analysis {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsNan;

TEST(Shares, DivideByTheSumOnceItHasCome) {
  EXPECT_THAT(shares({3, 1}, 4), ElementsAre(0.75, 0.25));
  EXPECT_THAT(shares({0.5, -0.25}, 4), ElementsAre(2, -1));
  EXPECT_THAT(shares({0.1, 0.09}, 4), Each(IsNan()));
  EXPECT_THAT(shares({0.125, 0.125}, 5), ElementsAre(0.5, 0.5));
  EXPECT_THAT(shares({1, 1}, 0), Each(IsNan()));
  EXPECT_THAT(shares({1, 1}, -2), Each(IsNan()));
}

TEST(Dominance, OfTwoMoreAndOne) {
  EXPECT_DOUBLE_EQ(dominance({0.25, 0.75}), 0.5);
  EXPECT_DOUBLE_EQ(signed_dominance({0.25, 0.75}), -0.5);
  EXPECT_DOUBLE_EQ(dominance({0.5, 0.5}), 0);
  EXPECT_DOUBLE_EQ(dominance({0.5, 0.25, 0.25}), 0.25);
  EXPECT_DOUBLE_EQ(dominance({0.25, 0.25, 0.25, 0.25}), 0);
  EXPECT_DOUBLE_EQ(dominance({1, 0, 0}), 1);
  EXPECT_THAT(dominance({1}), IsNan());
  EXPECT_THAT(signed_dominance({0.5, 0.25, 0.25}), IsNan());
  EXPECT_THAT(dominance({NAN, NAN}), IsNan());
}

TEST(Winner, HasTheLargestShare) {
  EXPECT_EQ(winner({0.25, 0.75}), 1);
  EXPECT_EQ(winner({0.5, 0.5}), 0);
  EXPECT_EQ(winner({-3, 1, 3}), 2);
  EXPECT_EQ(winner({NAN, NAN}), -1);
}

TEST(TakingPart, RatioAndEntropy) {
  const double eps = 4 * std::numeric_limits<double>::epsilon();
  EXPECT_NEAR(participation_ratio({2, 2, -2}), 3, 3 * eps);
  EXPECT_NEAR(participation_ratio({0, 5, 0}), 1, eps);
  EXPECT_NEAR(participation_ratio({3, 1}), 1.6, 2 * eps);
  EXPECT_NEAR(participation_ratio({1e200, 1e200}), 2, 2 * eps);
  EXPECT_THAT(participation_ratio({0, 0}), IsNan());
  EXPECT_THAT(participation_ratio({NAN, 1}), IsNan());
  EXPECT_NEAR(entropy({1, 1, 1, 1}), std::log(4), 4 * eps);
  EXPECT_NEAR(entropy({7, 0}), 0, eps);
  EXPECT_NEAR(entropy({3, 1}), std::log(4) - 0.75 * std::log(3), 4 * eps);
  EXPECT_THAT(entropy({0, 0}), IsNan());
}

TEST(OffBlockEnergy, OfModesAndGroups) {
  const std::vector<double> K{3, 0, 2, 0, 1, 1, 0, 1, 3};
  const MatrixView<const double> view{K.data(), 3, 3, 3};
  EXPECT_DOUBLE_EQ(off_block_energy(view, {0, 1, 2}), std::sqrt(6.0 / 25));
  EXPECT_DOUBLE_EQ(off_block_energy(view, {0, 1, 1}), std::sqrt(4.0 / 25));
  EXPECT_DOUBLE_EQ(off_block_energy(view, {0, 0, 0}), 0);
  const std::vector<double> zero(4);
  EXPECT_THAT(off_block_energy({zero.data(), 2, 2, 2}, {0, 1}), IsNan());
}

TEST(EscapeEpoch, IsInterpolatedBetweenRecords) {
  const std::vector<Index> epochs{0, 10, 30, 40};
  EXPECT_DOUBLE_EQ(escape_epoch({0, 0.5, 1.5, 2}, epochs, 2), 20);
  EXPECT_DOUBLE_EQ(escape_epoch({1, 2, 2, 2}, epochs, 2), 0);
  EXPECT_DOUBLE_EQ(escape_epoch({-1, 3, 0, 3}, epochs, 2), 5);
  EXPECT_THAT(escape_epoch({0, 0, 0, 0.99}, epochs, 2), IsNan());
  EXPECT_THAT(escape_epoch({0, 0, 0, 1}, epochs, 0), IsNan());
  EXPECT_THAT(escape_epoch({}, {}, 1), IsNan());
}

}  // namespace
}  // namespace polypath::analysis
