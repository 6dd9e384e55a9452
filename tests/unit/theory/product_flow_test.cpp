#include "polypath/theory/product_flow.hpp"

#include "polypath/core/error.hpp"

#include "hierarchy_escapes.hpp"
#include "layered_oracle.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace polypath::theory {
namespace {

TEST(ProductFlow, EscapeEpochsOfTheHierarchyAreThePublishedOnes) {
  for (const auto& row : hierarchy_escapes) {
    for (std::size_t mode = 0; mode < 3; ++mode) {
      const TheoryPathway pathway{row.depth, hierarchy_gain};
      const auto solution =
          integrate_product_flow({hierarchy_S[mode], {pathway, pathway}, {0, 0}}, {500.0});
      ASSERT_TRUE(solution.escape_time.has_value());
      EXPECT_NEAR(hierarchy_epoch(*solution.escape_time), row.product_flow[mode],
                  row.product_tolerance)
          << "D = " << row.depth << ", mode " << mode;
    }
  }
}

// The oracle multiplies and descends the layers themselves, W^1 = g R(angle), the others g I. Its
// error is that of classical Runge-Kutta, (rate dt)^4 = (D T^{2-2/D} dt)^4 < 1e-9 per unit time.
TEST(ProductFlow, IsTheProductOfLayersDescendedOneByOne) {
  const ModeProblem problem{1.5, {{2, 0.7}, {3, 0.6}, {5, 0.9}}, {0.05, -0.1, 0.2}};
  LayeredOracle layers(problem);
  std::vector<double> times;
  std::vector<std::vector<double>> expected;
  for (int quarter = 1; quarter <= 16; ++quarter) {
    layers.advance(0.25, 250);
    times.push_back(0.25 * quarter);
    expected.push_back(layers.strengths());
  }
  const auto solution = integrate_product_flow(problem, times);
  for (std::size_t i = 0; i < times.size(); ++i) {
    for (std::size_t a = 0; a < 3; ++a) {
      EXPECT_NEAR(solution.K(static_cast<Index>(i), static_cast<Index>(a)), expected[i][a], 1e-8)
          << "t = " << times[i] << ", pathway " << a;
    }
  }
}

// D = 2 in closed form: |a + b|^2 grows and |a - b|^2 shrinks exponentially, so
// K = g^2 sinh 2y + K(0) cosh 2y.
TEST(ProductFlow, TwoLayersFollowTheHyperbolicSine) {
  const ModeProblem problem{3, {{2, 0.4}, {2, 0.5}}, {0.02, -0.03}};
  const SteadyState rest = product_flow_steady_state(problem);
  const double y = rest.internal_time;
  EXPECT_NEAR(rest.K[0], 0.16 * std::sinh(2 * y) + 0.02 * std::cosh(2 * y), 1e-10);
  EXPECT_NEAR(rest.K[1], 0.25 * std::sinh(2 * y) - 0.03 * std::cosh(2 * y), 1e-10);
  EXPECT_NEAR(rest.K[0] + rest.K[1], 3, 1e-12);
  EXPECT_EQ(rest.winner, 1);
}

TEST(ProductFlow, OneLayerIsLinear) {
  const auto solution = integrate_product_flow({2, {{1, 0.3}}, {5}}, {0.0, 1.0});
  EXPECT_NEAR(solution.K(0, 0), 5, 1e-14);
  EXPECT_NEAR(solution.K(1, 0), 2 + 3 * std::exp(-1.0), 1e-11);
}

TEST(ProductFlow, PlateauRateIsDepthTimesThePapers) {
  for (const Index depth : {2, 3, 7}) {
    const TheoryPathway pathway{depth, 0.316};
    const auto D = static_cast<double>(depth);
    const double rate = std::pow(0.316, D) * product_growth({1, 0, 0, 1, 0}, pathway)[2];
    EXPECT_NEAR(rate / (D * strength_growth(0, pathway)), 1, 1e-13);
    EXPECT_NEAR(effective_gain(rate, depth), 0.316, 1e-14);
  }
}

TEST(ProductFlow, PlateauRateOfMeasuredGains) {
  const std::vector<double> forward{2, 3, 5};
  const std::vector<double> backward{7, 11, 13};
  EXPECT_EQ(plateau_rate(forward, backward), 143.0 * 143.0 + 26.0 * 26.0 + 36.0);
  const std::vector<double> one(1, 0.5);
  EXPECT_EQ(plateau_rate(one, one), 1);  // a single layer: dK/dy = 1
  const std::vector<double> isometric(5, 0.316);
  EXPECT_NEAR(effective_gain(plateau_rate(isometric, isometric), 5), 0.316, 1e-15);
  EXPECT_THROW((void)plateau_rate(forward, one), UsageError);
}

TEST(ProductFlow, StartIsTheRotationWithTheMeasuredK) {
  const TheoryPathway pathway{4, 0.5};
  const Product P = product_start(0.02, pathway);
  EXPECT_NEAR(std::pow(0.5, 4) * P[2], 0.02, 1e-17);
  EXPECT_NEAR(P[0] * P[3] - P[1] * P[2], 1, 1e-15);
  EXPECT_NEAR(P[0] * P[0] + P[2] * P[2], 1, 1e-15);
  EXPECT_THROW((void)product_start(0.0626, pathway), BadData);
}

// How far ahead, in units of K(0)/(D g^{2D-2}), a small K(0) puts a pathway at a large K. One at
// D = 2 in closed form; the others fall slowly with depth (values to 4 digits by this program at
// K(0) = 1e-6 g^D, where curvature is below 1e-5; the layered oracle vouches for the flow).
TEST(ProductFlow, SmallStartsAreALeadInInternalTime) {
  const std::vector<std::pair<Index, double>> leads{
      {2, 1.0}, {3, 0.9155}, {4, 0.8712}, {7, 0.8152}, {13, 0.7820}};
  for (const auto& [depth, expected] : leads) {
    const auto D = static_cast<double>(depth);
    const double g = 0.5;
    const double K = 1e-5 * std::pow(g, D);
    const double target = 1e4 * std::pow(g, D);
    const double even = product_flow_steady_state({target, {{depth, g}}, {0}}).internal_time;
    const double ahead = product_flow_steady_state({target, {{depth, g}}, {K}}).internal_time;
    EXPECT_NEAR((even - ahead) * D * std::pow(g, 2 * D - 2) / K, expected, 1e-4) << depth;
  }
}

TEST(ProductFlow, EqualPathwaysShareEvenlyAndSmallLeadsGrowWithDepth) {
  // From 0, all three alike, to 1, one alone.
  const auto dominance = [](const std::vector<double>& K) {
    return (3 * *std::max_element(K.begin(), K.end()) / (K[0] + K[1] + K[2]) - 1) / 2;
  };
  double previous = 0;
  for (const Index depth : {2, 3, 4, 7}) {
    const TheoryPathway pathway{depth, 0.316};
    const double K = 0.01 * std::pow(0.316, depth);
    const auto even = product_flow_steady_state({3.873, {pathway, pathway, pathway}, {0, 0, 0}});
    EXPECT_NEAR(dominance(even.K), 0, 1e-11);
    const auto split = product_flow_steady_state({3.873, {pathway, pathway, pathway}, {K, 0, -K}});
    EXPECT_EQ(split.winner, 0);
    EXPECT_GT(dominance(split.K), 1.5 * previous);
    previous = dominance(split.K);
  }
}

TEST(ProductFlow, LargerGainWinsAgainstSmallerK) {
  const auto split = product_flow_steady_state({3.873, {{4, 0.33}, {4, 0.316}}, {0, 1e-5}});
  EXPECT_EQ(split.winner, 0);
  EXPECT_GT((split.K[0] - split.K[1]) / (split.K[0] + split.K[1]), 0.1);
}

TEST(ProductFlow, RestIsWhereLongIntegrationsEnd) {
  for (const auto& problem :
       {ModeProblem{3.873, {{4, 0.316}, {4, 0.316}}, {1e-4, -1e-4}},
        ModeProblem{-2, {{2, 0.5}, {3, 0.6}, {5, 0.9}}, {0.05, -0.1, 0.2}},
        ModeProblem{0.1, {{3, 0.8}, {3, 0.8}}, {0.4, 0.1}},  // starts beyond the target
        ModeProblem{100, {{13, 0.1}, {13, 0.1}}, {1e-14, 0}}}) {
    const auto rest = product_flow_steady_state(problem);
    const auto solution = integrate_product_flow(problem, {1e60});
    double total = 0;
    for (std::size_t a = 0; a < rest.K.size(); ++a) {
      EXPECT_NEAR(solution.K(0, static_cast<Index>(a)) / rest.K[a], 1, 1e-9);
      total += rest.K[a];
    }
    EXPECT_NEAR(total / problem.target, 1, 1e-12);
  }
}

TEST(ProductFlow, RefusesGainsThatFollowFromNothing) {
  EXPECT_THROW((void)effective_gain(1, 1), UsageError);
  EXPECT_THROW((void)effective_gain(0, 3), UsageError);
}

}  // namespace
}  // namespace polypath::theory
