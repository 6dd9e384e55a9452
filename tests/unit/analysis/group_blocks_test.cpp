#include "polypath/analysis/group_blocks.hpp"

#include "polypath/analysis/measures.hpp"
#include "polypath/core/linalg.hpp"

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

/// R diag(first, second) R^T, R a rotation by `angle`, as 2 x 2 numbers.
std::vector<double> turned(double first, double second, double angle) {
  const double c = std::cos(angle);
  const double s = std::sin(angle);
  return {first * c * c + second * s * s, (first - second) * c * s, (first - second) * c * s,
          first * s * s + second * c * c};
}

double split_of(const std::vector<double>& a, const std::vector<double>& b, double target) {
  const Index side = a.size() == 1 ? 1 : 2;
  return GroupBlocks({{a.data(), side, side, side}, {b.data(), side, side, side}}, target).split();
}

TEST(GroupBlocks, IsTheDominanceOfABlockOfOne) {
  EXPECT_DOUBLE_EQ(split_of({3}, {1}, 4), 0.5);
  EXPECT_DOUBLE_EQ(split_of({-0.5}, {1.5}, 4), 2);
  EXPECT_THAT(split_of({0.1}, {0.09}, 4), IsNan());
  EXPECT_THAT(split_of({-3}, {-1}, 4), IsNan());
  EXPECT_THAT(split_of({3}, {1}, 0), IsNan());
}

TEST(GroupBlocks, SeesPathwaysThatHoldOtherDirections) {
  EXPECT_DOUBLE_EQ(split_of({2, 0, 0, 0}, {0, 0, 0, 2}, 2), 1);
  EXPECT_DOUBLE_EQ(split_of({1, 0, 0, 1}, {1, 0, 0, 1}, 2), 0);
}

TEST(GroupBlocks, LeavesOutDirectionsThatWereNotLearned) {
  // The second direction holds 0.09 of noise against a threshold of 0.1, split nine to one.
  const double eps = 32 * std::numeric_limits<double>::epsilon();
  for (const double angle : {0.0, 0.7, 2.5}) {
    EXPECT_NEAR(split_of(turned(1, 0.081, angle), turned(1, 0.009, angle), 2), 0, eps);
    EXPECT_NEAR(split_of(turned(1.5, 0.5, angle), turned(0.5, -0.49, angle), 2), 0.5, eps);
    // Just learned, it counts: (0 + 0.088) / (2 + 0.11).
    EXPECT_NEAR(split_of(turned(1, 0.099, angle), turned(1, 0.011, angle), 2), 0.088 / 2.11, eps);
    EXPECT_THAT(split_of(turned(0.05, 0.04, angle), turned(0.02, -0.04, angle), 2), IsNan());
  }
}

GroupBlocks blocks_of(const std::vector<std::vector<double>>& blocks, Index side, double target) {
  std::vector<MatrixView<const double>> views;
  for (const auto& block : blocks) {
    views.push_back({block.data(), side, side, side});
  }
  return {views, target};
}

/// The accuracy to which more than two pathways are divided.
constexpr double divided = 1e-5;

TEST(GroupBlocks, SplitOfThreePathways) {
  // Each holds a direction of three.
  const std::vector<double> first{2, 0, 0, 0, 0, 0, 0, 0, 0};
  const std::vector<double> second{0, 0, 0, 0, 2, 0, 0, 0, 0};
  const std::vector<double> third{0, 0, 0, 0, 0, 0, 0, 0, 2};
  EXPECT_NEAR(blocks_of({first, second, third}, 3, 2).split(), 1, divided);
  // Evenly shared: no division holds more than a third.
  const std::vector<double> even{1, 0, 0, 0, 1, 0, 0, 0, 1};
  EXPECT_NEAR(blocks_of({even, even, even}, 3, 3).split(), 0, divided);
  // Diagonal blocks: every direction goes to whom holds most, (3 * (0.5 + 0.7 + 1) / 3 - 1) / 2.
  const std::vector<double> a{0.5, 0, 0, 0, 0.7, 0, 0, 0, 0};
  const std::vector<double> b{0.3, 0, 0, 0, 0.2, 0, 0, 0, 0};
  const std::vector<double> c{0.2, 0, 0, 0, 0.1, 0, 0, 0, 1};
  EXPECT_NEAR(blocks_of({a, b, c}, 3, 1).split(), (0.5 + 0.7 + 1 - 1) / 2, divided);
  // One mode: dominance, also where shares are negative.
  EXPECT_NEAR(blocks_of({{3}, {1}, {-1}}, 1, 3).split(), dominance({1, 1.0 / 3, -1.0 / 3}),
              divided);
}

TEST(GroupBlocks, OfThreeDirectionsInAPlaneIsThatOfTheTrine) {
  // Three pathways hold 2/3 of one direction each, 120 degrees apart, and add up to 1: the best
  // division, known of the trine states, takes each whole, f = 2/3 of tr A = 2, as no projection on
  // orthogonal directions can (1/3 + sqrt(3)/6 = 0.62).
  std::vector<std::vector<double>> blocks;
  for (const double angle : {0.0, 2.0, 4.0}) {
    blocks.push_back(turned(2.0 / 3, 0, angle * std::acos(-1.0) / 3));
  }
  EXPECT_NEAR(blocks_of(blocks, 2, 1).split(), (3 * (2.0 / 3) - 1) / 2, divided);
}

/// R^T block R, R a rotation by `angle` in the plane of the first two of three directions.
std::vector<double> rotated(const std::vector<double>& block, double angle) {
  Matrix<double> R(3, 3);
  R(0, 0) = R(1, 1) = std::cos(angle);
  R(0, 1) = -std::sin(angle);
  R(1, 0) = std::sin(angle);
  R(2, 2) = 1;
  const MatrixView<const double> view{block.data(), 3, 3, 3};
  return multiply(multiply_transposed_left(R.view(), view).view(), R.view()).elements();
}

TEST(GroupBlocks, DoNotDependOnTheBasis) {
  std::mt19937_64 bits(11);
  const auto uniform = [&] { return static_cast<double>(bits() >> 11U) * 0x1p-52 - 1; };
  for (int trial = 0; trial < 5; ++trial) {
    std::vector<std::vector<double>> blocks(4, std::vector<double>(9));
    auto turned_blocks = blocks;
    for (std::size_t a = 0; a < blocks.size(); ++a) {
      std::generate(blocks[a].begin(), blocks[a].end(), uniform);
      for (const std::size_t i : {0, 4, 8}) {
        blocks[a][i] += 2;
      }
      turned_blocks[a] = rotated(blocks[a], 0.7);
    }
    const GroupBlocks before = blocks_of(blocks, 3, 8);
    const GroupBlocks after = blocks_of(turned_blocks, 3, 8);
    const double eps = 200 * std::numeric_limits<double>::epsilon();
    EXPECT_NEAR(before.split(), after.split(), 2 * divided);
    EXPECT_NEAR(before.least_learned(), after.least_learned(), eps);
    for (Index a = 0; a < 4; ++a) {
      for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_NEAR(before.shares(a)[i], after.shares(a)[i], eps);
      }
    }
  }
}

TEST(GroupBlocks, SharesByDirection) {
  // Pathway 0 holds 0.9 of one learned direction and 0.2 of the other, of which half is learned.
  const double eps = 64 * std::numeric_limits<double>::epsilon();
  for (const double angle : {0.0, 0.7}) {
    const GroupBlocks group = blocks_of({turned(1.8, 0.2, angle), turned(0.2, 0.8, angle)}, 2, 2);
    EXPECT_EQ(group.learned(), 2);
    EXPECT_NEAR(group.least_learned(), 0.5, eps);
    EXPECT_THAT(group.shares(0),
                ElementsAre(testing::DoubleNear(0.9, eps), testing::DoubleNear(0.2, eps)));
    EXPECT_THAT(group.shares(1),
                ElementsAre(testing::DoubleNear(0.8, eps), testing::DoubleNear(0.1, eps)));
  }
  EXPECT_THAT(blocks_of({{0.01}, {0.02}}, 1, 2).shares(0), IsEmpty());
  EXPECT_THAT(blocks_of({{1}, {1}}, 1, -2).least_learned(), IsNan());
  EXPECT_THAT(blocks_of({{1}}, 1, 1).split(), IsNan());
}

}  // namespace
}  // namespace polypath::analysis
