#include "polypath/theory/asymptotics.hpp"

#include "polypath/core/error.hpp"
#include "polypath/theory/invariant.hpp"
#include "polypath/theory/steady_state.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace polypath::theory {
namespace {

/// What (25), (26) approximate: -(F_inf - F), or asinh p - log 2 at D = 2 (gain 1).
double exact_term(double p, Index depth) {
  return depth == 2 ? std::asinh(p) - std::log(2.0) : -invariant_tail(p, depth);
}

// Expanding the integrand of (22) at large s: the error of (25) is (D-1)(D-2)/(2D p^2) of the term,
// at D = 2 1/(4 p^2) in the logarithm; the next order is 1/p^2 smaller times D^2/8.
TEST(Asymptotics, ErrorOfThePowersOfPIsSecondOrder) {
  for (const Index depth : {2, 3, 4, 7, 13}) {
    const auto D = static_cast<double>(depth);
    for (const double p : {30.0, 300.0}) {
      const double exact = exact_term(p, depth);
      const double error = power_term_of_p(p, depth) - exact;
      const double expected =
          depth == 2 ? -1 / (4 * p * p) : exact * (D - 1) * (D - 2) / (2 * D * p * p);
      EXPECT_NEAR(error / expected, 1, D * D / (p * p) + 1e-9 * p) << "D = " << depth;
    }
  }
}

// K = p q^{D-1} carries the same 1/p^2 correction as the invariant itself: (26) is a whole order
// better than (25), although it was derived from it.
TEST(Asymptotics, ErrorOfThePowersOfKIsFourthOrder) {
  for (const Index depth : {2, 3, 4, 7, 13}) {
    const auto D = static_cast<double>(depth);
    const double p = 30;
    const double exact = exact_term(p, depth);
    const double K = strength(p, {depth, 1});
    const double error = power_term_of_K(K, depth) - exact;
    const double bound = std::abs(exact) * std::pow(D / p, 4) / 8;
    EXPECT_LT(std::abs(error), bound) << "D = " << depth;
    EXPECT_LT(std::abs(error), 0.1 * std::abs(power_term_of_p(p, depth) - exact)) << depth;
  }
}

TEST(Asymptotics, LogarithmsAtTwoLayersAndGainsNeedNoWeight) {
  EXPECT_DOUBLE_EQ(power_term_of_p(std::exp(3.0), 2), 3);
  EXPECT_DOUBLE_EQ(power_term_of_K(std::exp(3.0), 2), 1.5);
  EXPECT_DOUBLE_EQ(power_term_of_p(2, 1), 2);
  EXPECT_DOUBLE_EQ(power_term_of_K(8, 1), 8);
  EXPECT_DOUBLE_EQ(power_term_of_p(2, 5), power_term_of_K(32, 5));
  // g^{2-D} (p')^{2-D} = p^{2-D}
  EXPECT_NEAR(invariant_weight(5, 0.3) * power_term_of_p(7, 5), power_term_of_p(0.3 * 7, 5), 1e-12);
}

// From a small start to the end: C of (22) put into (26) predicts the split. The error is that of
// the loser's p ~ C^{-1/(D-2)}, (D/p)^4 / 8 of a term, and shrinks as the targets grow only where
// the loser grows, too.
TEST(Asymptotics, MatchedConstantPredictsTheSplit) {
  for (const Index depth : {2, 3, 4, 7}) {
    const TheoryPathway pathway{depth, 0.316};
    const double unit = std::pow(0.316, static_cast<double>(depth));
    const ModeProblem problem{1e5 * unit, {pathway, pathway}, {1e-3 * unit, -1e-3 * unit}};
    const double C = asymptotic_constant(problem, 0, 1);
    const auto rest = reduced_steady_state(problem);
    const double K_b = power_split(C, problem.target, depth, depth);
    const double p = std::min(rest.p[0], rest.p[1]);
    const auto D = static_cast<double>(depth);
    EXPECT_NEAR(K_b / rest.K[1], 1, D * std::pow(D / p, 4) / 8 + 1e-10) << "D = " << depth;
    EXPECT_GT(C, 0);
    EXPECT_LT(K_b, 0.5 * problem.target);
  }
}

TEST(Asymptotics, UnequalDepthsAreMatchedToo) {
  const ModeProblem problem{1e4, {{2, 0.5}, {3, 0.4}}, {1e-3, 0}};
  const auto rest = reduced_steady_state(problem);
  const double p = std::min(rest.p[0], rest.p[1]);
  ASSERT_GT(p, 3);
  const double K_b = power_split(asymptotic_constant(problem, 0, 1), 1e4, 2, 3);
  EXPECT_NEAR(K_b / rest.K[1], 1, 10 * std::pow(p, -4));
}

TEST(Asymptotics, RootOfTheQuadraticIsTheOneBetweenZeroAndTheSum) {
  for (const double constant : {-1e8, -3.0, -1e-9, 0.0, 1e-9, 0.4, 1e8}) {
    const double total = 7;
    const double K = reciprocal_split(constant, total);
    EXPECT_GE(K, 0);
    EXPECT_LE(K, total);
    const double residual = constant * K * K + (2 - total * constant) * K - total;
    EXPECT_NEAR(residual / (total + std::abs(constant) * total * total), 0, 1e-15);
    // (31) is off by less than 1/|C'|.
    if (constant != 0) {
      EXPECT_LE(std::abs(K - dominant_split(constant, total)), 1 / std::abs(constant));
    }
  }
  EXPECT_DOUBLE_EQ(reciprocal_split(0, 7), 3.5);
  EXPECT_DOUBLE_EQ(dominant_split(0, 7), 3.5);
  EXPECT_NEAR(reciprocal_split(reciprocal_constant(2, 5), 7), 5, 1e-14);
}

// (27) drops K'^{2/D} against (26): at fixed K' = 1e4, C chosen for a split of 9 to 1, its loser is
// too small at every depth, and the error in log K falls like log(K'^{2/D}) ~ 1/D.
TEST(Asymptotics, ReciprocalsNeedDepthsFarBeyondTheLogarithmOfK) {
  double previous = 1e9;
  for (const Index depth : {7, 13, 50, 100, 1000}) {
    const auto D = static_cast<double>(depth);
    const double C = power_term_of_K(9000, depth) - power_term_of_K(1000, depth);
    const double K_b = reciprocal_split(reciprocal_constant_of(C, {depth, 1}), 1e4);
    const double error = std::abs(std::log(K_b / 1000));
    EXPECT_LT(error, 2 * std::log(1e4) / D * 1.2) << "D = " << depth;
    EXPECT_LT(error, previous);
    EXPECT_NEAR(power_split(C, 1e4, depth, depth) / 1000, 1, 1e-9);
    previous = error;
  }
  EXPECT_GT(previous * 1000, 5);  // still first order in 1/D
}

TEST(Asymptotics, RefusesASumThatIsNotPositive) {
  EXPECT_THROW((void)power_split(0.1, 0, 3, 3), UsageError);
}

}  // namespace
}  // namespace polypath::theory
