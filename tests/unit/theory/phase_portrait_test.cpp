#include "polypath/theory/phase_portrait.hpp"

#include "polypath/core/error.hpp"
#include "polypath/theory/invariant.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace polypath::theory {
namespace {

Portrait panel(Index depth, double spread) {
  PortraitSettings settings;
  settings.depth = depth;
  settings.spread = spread;
  return phase_portrait(settings);
}

double mean_dominance(const Portrait& portrait) {
  double total = 0;
  for (const auto& path : portrait.paths) {
    const Index last = path.K.rows() - 1;
    total += std::abs(path.K(last, 0) - path.K(last, 1)) / 10;
  }
  return total / static_cast<double>(portrait.paths.size());
}

TEST(PhasePortrait, Figure3ConservesTheInvariantAndEndsOnTheLine) {
  for (const double spread : {0.1, 0.01}) {
    for (const Index depth : {2, 3, 8, 13}) {
      const Portrait portrait = panel(depth, spread);
      ASSERT_EQ(portrait.paths.size(), 100U);
      for (const auto& path : portrait.paths) {
        const auto constant = [&](Index row) {
          return invariant(path.p(row, 0), depth) - invariant(path.p(row, 1), depth);
        };
        for (Index row = 1; row < path.p.rows(); ++row) {
          ASSERT_NEAR(constant(row), constant(0), 1e-10) << "D = " << depth;
        }
        const Index last = path.K.rows() - 1;
        EXPECT_NEAR(path.K(last, 0) + path.K(last, 1), 10, 2e-9);  // `settled` times S
      }
    }
  }
}

TEST(PhasePortrait, StartsAreTheSameAlongARowAndScaledBetweenRows) {
  const Portrait shallow = panel(2, 0.1);
  const Portrait deep = panel(13, 0.1);
  const Portrait quiet = panel(2, 0.01);
  double square = 0;
  for (std::size_t i = 0; i < 100; ++i) {
    for (Index a = 0; a < 2; ++a) {
      const double p = shallow.paths[i].p(0, a);
      EXPECT_EQ(p, deep.paths[i].p(0, a));
      EXPECT_NEAR(quiet.paths[i].p(0, a), 0.1 * p, 1e-16);
      square += p * p / 200;
    }
  }
  // The variance of 200 normals has a relative standard deviation of 0.1: five of them.
  EXPECT_NEAR(square / 0.01, 1, 0.5);
}

TEST(PhasePortrait, DeeperAndNoisierPanelsAreMoreOneSided) {
  double previous = 0;
  for (const Index depth : {2, 3, 8, 13}) {
    const double noisy = mean_dominance(panel(depth, 0.1));
    EXPECT_GT(noisy, previous + 0.05);
    EXPECT_GT(noisy, 3 * mean_dominance(panel(depth, 0.01)));
    previous = noisy;
  }
}

TEST(PhasePortrait, FieldIsTheReducedEquationInK) {
  PortraitSettings settings;
  settings.depth = 3;
  settings.trajectories = 0;
  settings.grid = 5;
  settings.lowest = -2;
  settings.highest = 14;
  const Portrait portrait = phase_portrait(settings);
  // K = 2 = p (1 + p^2) at p = 1, dK/dy = (1 + p^2)(1 + 3 p^2) = 8; at K = 10, p = 2, it is 65.
  EXPECT_EQ(portrait.axis, (std::vector<double>{-2, 2, 6, 10, 14}));
  EXPECT_NEAR(portrait.field_1(1, 3), 65 * (10 - 12), 1e-11);
  EXPECT_NEAR(portrait.field_2(1, 3), 8 * (10 - 12), 1e-12);
  EXPECT_NEAR(portrait.field_1(0, 1), 8 * 10, 1e-12);
  EXPECT_TRUE(portrait.paths.empty());
}

TEST(PhasePortrait, PathsAreFineEnoughToDraw) {
  for (const auto& path : panel(13, 0.1).paths) {
    for (Index row = 1; row < path.K.rows(); ++row) {
      EXPECT_GE(path.time[row], path.time[row - 1]);
      EXPECT_LT(
          std::hypot(path.K(row, 0) - path.K(row - 1, 0), path.K(row, 1) - path.K(row - 1, 1)),
          0.3);  // three times the resolution: pieces are equal in s, not in K
    }
  }
}

TEST(PhasePortrait, RefusesSettingsWithoutAPanel) {
  PortraitSettings settings;
  settings.grid = 1;
  EXPECT_THROW((void)phase_portrait(settings), BadData);
}

}  // namespace
}  // namespace polypath::theory
