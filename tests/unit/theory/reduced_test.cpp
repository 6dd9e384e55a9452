#include "polypath/theory/reduced.hpp"

#include "polypath/core/error.hpp"
#include "polypath/theory/invariant.hpp"
#include "polypath/theory/steady_state.hpp"

#include "hierarchy_escapes.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace polypath::theory {
namespace {

std::vector<double> evenly(double last, int count) {
  std::vector<double> times;
  for (int i = 0; i <= count; ++i) {
    times.push_back(last * i / count);
  }
  return times;
}

double weighted_invariant(double p, const TheoryPathway& pathway) {
  return invariant_weight(pathway.depth, pathway.gain) * invariant(p, pathway.depth);
}

TEST(Reduced, EscapeEpochsOfTheHierarchyAreThePublishedOnes) {
  for (const auto& row : hierarchy_escapes) {
    for (std::size_t mode = 0; mode < 3; ++mode) {
      const TheoryPathway pathway{row.depth, hierarchy_gain};
      const auto solution =
          integrate_reduced({hierarchy_S[mode], {pathway, pathway}, {0, 0}}, {500.0});
      ASSERT_TRUE(solution.escape_time.has_value());
      EXPECT_NEAR(hierarchy_epoch(*solution.escape_time), row.reduced[mode], row.reduced_tolerance)
          << "D = " << row.depth << ", mode " << mode;
    }
  }
}

// One layer: dK/dt = T - K for every gain, K = T (1 - e^{-t}) + K(0) e^{-t}. The tolerance is what
// counts as settled, 1e-10 T, and the integration's 1e-12 per step over some fifty steps.
TEST(Reduced, OneLayerRelaxesExponentially) {
  const auto times = evenly(40, 20);
  const auto solution = integrate_reduced({2.5, {{1, 0.3}}, {-0.4}}, times);
  for (std::size_t i = 0; i < times.size(); ++i) {
    const double expected = 2.5 - 2.9 * std::exp(-times[i]);
    EXPECT_NEAR(solution.K(static_cast<Index>(i), 0), expected, 2.5e-10 + 5e-11);
  }
  ASSERT_TRUE(solution.escape_time.has_value());
  EXPECT_NEAR(*solution.escape_time, std::log(2.9 / 1.25), 5e-11);
}

TEST(Reduced, InvariantIsConservedForUnequalDepthsAndGains) {
  const ModeProblem problem{3, {{2, 0.5}, {4, 0.6}, {7, 0.8}}, {1e-3, -2e-3, 3e-3}};
  const auto solution = integrate_reduced(problem, evenly(30, 60));
  for (std::size_t a = 1; a < 3; ++a) {
    const auto difference = [&](Index row) {
      return weighted_invariant(solution.state(row, 0), problem.pathways[0]) -
             weighted_invariant(solution.state(row, static_cast<Index>(a)), problem.pathways[a]);
    };
    for (Index row = 0; row < solution.state.rows(); ++row) {
      EXPECT_NEAR(difference(row), difference(0), 1e-10);
    }
  }
  EXPECT_NEAR(solution.K(60, 0) + solution.K(60, 1) + solution.K(60, 2), 3, 1e-13);
}

TEST(Reduced, GeneralGainsBecomeTheReducedEquationWhenEqual) {
  const double g = 0.5;
  const auto times = evenly(60, 30);
  const auto reduced = integrate_reduced({2, {{3, g}, {5, g}}, {1e-4, 0}}, times);
  const double p = g * strength_inverse(1e-4, {3, g});
  const double q = std::sqrt(g * g + p * p);  // (19) in unscaled gains
  const auto general = integrate_gains({{q, q, p}, {g, g, g, g, 0}}, 2, times);
  for (Index row = 0; row < reduced.K.rows(); ++row) {
    EXPECT_NEAR(general.K(row, 0), reduced.K(row, 0), 1e-9);
    EXPECT_NEAR(general.K(row, 1), reduced.K(row, 1), 1e-9);
  }
  ASSERT_TRUE(general.escape_time && reduced.escape_time);
  EXPECT_NEAR(*general.escape_time, *reduced.escape_time, 1e-9 * *reduced.escape_time);
}

TEST(Reduced, GeneralGainsConserveDifferencesOfSquares) {
  const std::vector<double> start{0.4, 0.7, -0.2, 0.55};
  const auto solution = integrate_gains({start, {0.3, 0.3}}, 2, evenly(40, 20));
  for (Index row = 0; row < solution.state.rows(); ++row) {
    for (Index d = 1; d < 4; ++d) {
      const double first = solution.state(row, 0);
      const double other = solution.state(row, d);
      EXPECT_NEAR(other * other - first * first, start[d] * start[d] - start[0] * start[0], 1e-11);
    }
  }
}

TEST(Reduced, LargeTargetsAreNotStiff) {
  for (const auto& [depth, gain, target] :
       {std::tuple{7, 0.1, 10.0}, {13, 0.1, 10.0}, {40, 0.316, 3.9}, {3, 1.0, 1e12}}) {
    const TheoryPathway pathway{depth, gain};
    const double K = 0.1 * std::pow(gain, depth);
    const ModeProblem problem{target, {pathway, pathway}, {K, -K}};
    IntegrationSettings settings;
    settings.step_limit = 1000;
    const auto solution = integrate_reduced(problem, {1e60}, settings);
    ASSERT_TRUE(solution.settled_time.has_value()) << depth;
    const auto rest = reduced_steady_state(problem);
    EXPECT_NEAR(solution.K(0, 0) / rest.K[0], 1, 1e-9) << depth;
    EXPECT_NEAR(solution.K(0, 1) / rest.K[1], 1, 1e-9) << depth;
  }
}

TEST(Reduced, EventsOutsideTheTimesAskedForAreAbsent) {
  const ModeProblem slow{1, {{4, 0.3}}, {0}};
  EXPECT_FALSE(integrate_reduced(slow, {0.1}).escape_time.has_value());
  EXPECT_FALSE(integrate_reduced(slow, {0.1}).settled_time.has_value());
  EXPECT_EQ(integrate_reduced(slow, {}).K.rows(), 0);
  EXPECT_EQ(integrate_reduced({1, {{4, 0.3}}, {0.7}}, {0.0, 1.0}).escape_time, 0.0);
}

TEST(Reduced, SumBeyondTheTargetFallsBack) {
  const auto solution = integrate_reduced({1, {{13, 1}, {13, 1}}, {6, 0.1}}, {0.0, 1e3});
  EXPECT_NEAR(solution.K(0, 0), 6, 1e-13);  // there and back through p
  EXPECT_NEAR(solution.K(1, 0) + solution.K(1, 1), 1, 1e-12);
  EXPECT_LT(solution.K(1, 0), 6);
}

TEST(Reduced, RefusesTimesOutOfOrderAndUndefinedGains) {
  const ModeProblem problem{1, {{2, 1}}, {0}};
  EXPECT_THROW((void)integrate_reduced(problem, {1.0, 0.5}), BadData);
  EXPECT_THROW((void)integrate_reduced(problem, {-1.0}), BadData);
  EXPECT_THROW((void)integrate_gains({{}}, 1, {1.0}), BadData);
  EXPECT_THROW((void)integrate_gains({{std::nan("")}}, 1, {1.0}), BadData);
  IntegrationSettings settings;
  settings.step_limit = 3;
  EXPECT_THROW((void)integrate_reduced(problem, {100.0}, settings), InternalError);
}

}  // namespace
}  // namespace polypath::theory
