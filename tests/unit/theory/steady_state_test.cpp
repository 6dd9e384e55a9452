#include "polypath/theory/steady_state.hpp"

#include "polypath/theory/invariant.hpp"
#include "polypath/theory/reduced.hpp"

#include <cmath>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

namespace polypath::theory {
namespace {

double total(const std::vector<double>& K) { return std::accumulate(K.begin(), K.end(), 0.0); }

// D = 2: F = asinh p and K = g^2 sinh(2 asinh p)/2 in closed form.
TEST(SteadyState, TwoLayersInClosedForm) {
  const ModeProblem problem{3, {{2, 0.4}, {2, 0.5}}, {0.02, -0.03}};
  const auto rest = reduced_steady_state(problem);
  const double f_1 = 0.5 * std::asinh(2 * 0.02 / 0.16);
  const double f_2 = 0.5 * std::asinh(2 * -0.03 / 0.25);
  const double y = rest.internal_time;
  EXPECT_NEAR(rest.K[0], 0.08 * std::sinh(2 * (f_1 + y)), 1e-13);
  EXPECT_NEAR(rest.K[1], 0.125 * std::sinh(2 * (f_2 + y)), 1e-13);
  EXPECT_NEAR(total(rest.K), 3, 1e-14);
  EXPECT_EQ(rest.winner, 0);  // the lead in F outweighs the smaller gain
}

// Random numbers of pathways, depths, gains and signs, targets of either sign, starts beyond the
// target among them. The invariant turns an error of 1e-12 per step of the integration into at
// most F/(p F') < 1e3 times that in the K compared.
TEST(SteadyState, AgreesWithLongIntegrations) {
  std::mt19937_64 bits(7);
  std::uniform_real_distribution<double> uniform(0, 1);
  for (int trial = 0; trial < 200; ++trial) {
    ModeProblem problem;
    problem.target = 8 * uniform(bits) - 3;
    const int pathways = 1 + trial % 5;
    for (int a = 0; a < pathways; ++a) {
      const TheoryPathway pathway{1 + static_cast<Index>(8 * uniform(bits)), 0.4 + uniform(bits)};
      problem.pathways.push_back(pathway);
      problem.start.push_back(strength(uniform(bits) - 0.5, pathway));
    }
    const auto rest = reduced_steady_state(problem);
    const auto solution = integrate_reduced(problem, {1e9});
    double size = std::abs(problem.target);
    for (const double K : rest.K) {
      size = std::max(size, std::abs(K));
    }
    EXPECT_NEAR(total(rest.K), problem.target, 1e-13 * size) << "trial " << trial;
    for (std::size_t a = 0; a < rest.K.size(); ++a) {
      EXPECT_NEAR(solution.K(0, static_cast<Index>(a)), rest.K[a], 1e-9 * size)
          << "trial " << trial << ", pathway " << a;
    }
  }
}

TEST(SteadyState, LiesOnTheCurveThroughTheStart) {
  const ModeProblem problem{5, {{3, 0.5}, {7, 0.9}, {1, 2}, {2, 0.3}}, {0.01, -0.02, 0.3, 0}};
  const auto rest = reduced_steady_state(problem);
  for (std::size_t a = 0; a < 4; ++a) {
    const auto& [depth, gain] = problem.pathways[a];
    const double before = invariant(strength_inverse(problem.start[a], problem.pathways[a]), depth);
    const double moved = invariant(rest.p[a], depth) - before;
    EXPECT_NEAR(invariant_weight(depth, gain) * moved, rest.internal_time,
                1e-13 * (1 + rest.internal_time));
  }
}

// Winner to loser is 1e17 to 1 here, and F_1 - F_2 alone decides: for the loser
// F_inf - F(p_2) = F_1(0) - F_2(0) to within the winner's own, negligible, distance.
TEST(SteadyState, LargeTargetsLeaveTheLoserWhereTheInvariantPutsIt) {
  const TheoryPathway pathway{13, 1};
  const double ahead = 1e-3;
  const auto rest = reduced_steady_state({1e20, {pathway, pathway}, {strength(ahead, pathway), 0}});
  const double loser = invariant_tail_inverse(invariant(ahead, 13), 13);
  EXPECT_EQ(rest.winner, 0);
  EXPECT_NEAR(rest.K[1] / strength(loser, pathway), 1, 1e-11);
  EXPECT_NEAR(rest.K[0] / 1e20, 1, 1e-13);
}

TEST(SteadyState, MirrorImagesAndTies) {
  const std::vector<TheoryPathway> pathways{{3, 0.5}, {4, 0.9}};
  const auto right = reduced_steady_state({2, pathways, {0.01, -0.02}});
  const auto left = reduced_steady_state({-2, pathways, {-0.01, 0.02}});
  EXPECT_EQ(right.K[0], -left.K[0]);
  EXPECT_EQ(right.K[1], -left.K[1]);
  EXPECT_EQ(right.winner, left.winner);
  const auto tie = reduced_steady_state({2, {{7, 0.3}, {7, 0.3}}, {1e-5, 1e-5}});
  EXPECT_NEAR(tie.K[0], 1, 1e-13);
  EXPECT_NEAR(tie.K[1], 1, 1e-13);
  const auto already = reduced_steady_state({0.3, {{3, 0.5}, {3, 0.5}}, {0.1, 0.2}});
  EXPECT_NEAR(already.K[0], 0.1, 1e-15);
}

TEST(SteadyState, UnboundedShallowPathwaysDoNotOverflow) {
  const auto rest = reduced_steady_state({1e6, {{1, 1}, {2, 0.5}}, {0, 0}});
  EXPECT_NEAR(total(rest.K) / 1e6, 1, 1e-13);
  EXPECT_EQ(rest.winner, 1);
}

}  // namespace
}  // namespace polypath::theory
