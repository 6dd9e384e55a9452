#include "polypath/theory/mode_problem.hpp"

#include "polypath/core/error.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace polypath::theory {
namespace {

TEST(ModeProblem, StrengthByHand) {
  EXPECT_DOUBLE_EQ(strength(0.75, {1, 2}), 1.5);
  EXPECT_DOUBLE_EQ(strength(0.75, {2, 2}), 4 * 0.75 * 1.25);
  EXPECT_DOUBLE_EQ(strength(-0.75, {5, 1}), -0.75 * std::pow(1.25, 4));
}

// exp and log at log K' near 300 have relative errors of 300 epsilon.
TEST(ModeProblem, InverseOfTheStrengthAtEverySize) {
  for (const Index depth : {1, 2, 3, 7, 13, 100}) {
    const TheoryPathway pathway{depth, 0.7};
    for (int exponent = -100; exponent <= 100; exponent += 10) {
      const double K = std::pow(10.0, exponent);
      EXPECT_NEAR(strength(strength_inverse(K, pathway), pathway) / K, 1, 1e-12)
          << "D = " << depth << ", K = " << K;
      EXPECT_EQ(strength_inverse(-K, pathway), -strength_inverse(K, pathway));
    }
    EXPECT_EQ(strength_inverse(0, pathway), 0);
  }
}

// Central difference with h = 1e-5: truncation h^2 K'''/6 and rounding epsilon K/h, both below
// 1e-8 of the slope for the depths and p used.
TEST(ModeProblem, GrowthOfKIsTheChainRule) {
  for (const Index depth : {1, 2, 3, 7}) {
    for (const double p : {-0.8, 0.0, 0.4, 1.7}) {
      const TheoryPathway pathway{depth, 0.6};
      const double h = 1e-5;
      const double slope = (strength(p + h, pathway) - strength(p - h, pathway)) / (2 * h);
      EXPECT_NEAR(slope * growth(p, pathway) / strength_growth(p, pathway), 1, 1e-8);
    }
  }
}

TEST(ModeProblem, RefusesIncompleteProblems) {
  const ModeProblem good{1, {{2, 1}}, {0}};
  EXPECT_NO_THROW(good.check());
  EXPECT_THROW((ModeProblem{1, {}, {}}.check()), BadData);
  EXPECT_THROW((ModeProblem{1, {{2, 1}}, {0, 0}}.check()), BadData);
  EXPECT_THROW((ModeProblem{1, {{0, 1}}, {0}}.check()), BadData);
  EXPECT_THROW((ModeProblem{1, {{2, 0}}, {0}}.check()), BadData);
  EXPECT_THROW((ModeProblem{1, {{2, 1}}, {std::nan("")}}.check()), BadData);
  EXPECT_THROW((ModeProblem{std::nan(""), {{2, 1}}, {0}}.check()), BadData);
}

}  // namespace
}  // namespace polypath::theory
