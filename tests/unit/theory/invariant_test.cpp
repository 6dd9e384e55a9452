#include "polypath/theory/invariant.hpp"

#include "polypath/core/error.hpp"

#include "invariant_table.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace polypath::theory {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

double relative_error(double value, double expected) {
  return expected == 0 ? std::abs(value) : std::abs(value / expected - 1);
}

TEST(Invariant, AgreesWithTheTableTo1e13) {
  double worst = 0;
  for (const auto& row : invariant_table) {
    const double error = relative_error(invariant(row.p, row.depth), row.value);
    EXPECT_LT(error, 1e-13) << "D = " << row.depth << ", p = " << row.p;
    worst = std::max(worst, error);
    EXPECT_EQ(invariant(-row.p, row.depth), -invariant(row.p, row.depth));
  }
  RecordProperty("worst_relative_error", std::to_string(worst * 1e16) + "e-16");
}

// h^{-(D-2)} at D = 100 carries the rounding of h a hundredfold: 1e-13 is 4.5 times that.
TEST(Invariant, TailKeepsItsRelativeAccuracyWhereTheDifferenceFromTheLimitIsLost) {
  for (const auto& row : invariant_table) {
    const double tail = invariant_tail(row.p, row.depth);
    if (std::isinf(row.tail)) {
      EXPECT_EQ(tail, row.tail);
    } else if (row.tail == 0) {
      EXPECT_LT(tail, 1e-290);
    } else {
      EXPECT_LT(relative_error(tail, row.tail), 1e-13) << "D = " << row.depth << ", p = " << row.p;
    }
  }
}

TEST(Invariant, LimitIsHalfTheBetaFunction) {
  for (Index depth = 3; depth <= 100; ++depth) {
    const auto D = static_cast<double>(depth);
    const double expected = std::exp(0.5 * std::log(std::acos(-1.0)) + std::lgamma(D / 2 - 1) -
                                     std::lgamma(D / 2 - 0.5)) /
                            2;
    // lgamma near 150 has an absolute error of 150 epsilon.
    EXPECT_LT(relative_error(invariant_limit(depth), expected), 1000 * epsilon) << depth;
  }
  EXPECT_TRUE(std::isinf(invariant_limit(2)));
}

TEST(Invariant, InverseReturnsToPWithinTheConditionOfTheProblem) {
  for (const auto& row : invariant_table) {
    const double slope = std::pow(std::hypot(1.0, row.p), -(row.depth - 1));
    const double condition = row.value / (row.p * slope);
    if (!(condition < 1e6)) {
      continue;  // F is within 1e-6 of its limit or grows as a logarithm: the tail's case
    }
    const double p = invariant_inverse(invariant(row.p, row.depth), row.depth);
    EXPECT_LT(relative_error(p, row.p), 1e-13 * (1 + condition))
        << "D = " << row.depth << ", p = " << row.p;
    EXPECT_EQ(invariant_inverse(-row.value, row.depth), -invariant_inverse(row.value, row.depth));
  }
}

// d log tail / d log p lies between its values at small p (0) and large p (D - 2): from p = 0.2 on
// the error of p is at most the tail's 1e-13 times (1 + p^2) / p^2.
TEST(Invariant, InverseOfTheTailReturnsToPFarOut) {
  for (const auto& row : invariant_table) {
    if (row.depth < 3 || row.p < 0.2 || row.tail == 0) {
      continue;
    }
    const double p = invariant_tail_inverse(row.tail, row.depth);
    EXPECT_LT(relative_error(p, row.p), 1e-13 * (1 + 1 / (row.p * row.p)))
        << "D = " << row.depth << ", p = " << row.p;
  }
  EXPECT_NEAR(invariant_tail_inverse(invariant_tail(-1.5, 7), 7), -1.5, 1e-12);
  EXPECT_NEAR(invariant_tail_inverse(1e-290, 3) * 1e-290, 1, 1e-13);
}

TEST(Invariant, WeightMakesInternalTimeOfUnequalGains) {
  EXPECT_DOUBLE_EQ(invariant_weight(1, 0.5), 0.5);
  EXPECT_DOUBLE_EQ(invariant_weight(2, 0.5), 1);
  EXPECT_DOUBLE_EQ(invariant_weight(5, 0.5), 8);
}

TEST(Invariant, RefusesWhatHasNoAnswer) {
  EXPECT_THROW((void)invariant(1, 0), UsageError);
  EXPECT_THROW((void)invariant_inverse(invariant_limit(4), 4), UsageError);
  EXPECT_THROW((void)invariant_inverse(std::nan(""), 3), UsageError);
  EXPECT_THROW((void)invariant_tail_inverse(0, 5), UsageError);
  EXPECT_THROW((void)invariant_tail_inverse(1, 2), UsageError);
}

}  // namespace
}  // namespace polypath::theory
