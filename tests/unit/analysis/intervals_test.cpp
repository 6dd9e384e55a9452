#include "polypath/analysis/intervals.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath::analysis {
namespace {

using testing::IsNan;

TEST(Wilson, KnownValues) {
  const auto check = [](Index successes, Index trials, double low, double high) {
    const Interval interval = wilson_interval(successes, trials);
    EXPECT_NEAR(interval.low, low, 5e-7) << successes << " of " << trials;
    EXPECT_NEAR(interval.high, high, 5e-7) << successes << " of " << trials;
  };
  check(5, 10, 0.2365931, 0.7634069);
  check(8, 10, 0.4901625, 0.9433178);
  check(0, 10, 0, 0.2775328);
  check(10, 10, 0.7224672, 1);
  // Newcombe, Statistics in Medicine 17 (1998), table I, method 3, to four digits.
  EXPECT_NEAR(wilson_interval(81, 263).low, 0.2553, 5e-5);
  EXPECT_NEAR(wilson_interval(81, 263).high, 0.3662, 5e-5);
  EXPECT_THAT(wilson_interval(0, 0).low, IsNan());
}

TEST(Quantile, InterpolatesLikeNumPy) {
  const std::vector<double> sorted{1, 2, 4, 8};
  EXPECT_DOUBLE_EQ(quantile(sorted, 0), 1);
  EXPECT_DOUBLE_EQ(quantile(sorted, 0.5), 3);
  EXPECT_DOUBLE_EQ(quantile(sorted, 0.25), 1.75);
  EXPECT_DOUBLE_EQ(quantile(sorted, 1), 8);
  EXPECT_DOUBLE_EQ(quantile({5}, 0.9), 5);
  EXPECT_THAT(quantile({}, 0.5), IsNan());
}

TEST(IndexSampler, CoversItsRangeEvenly) {
  IndexSampler sampler(1);
  constexpr Index bound = 7;
  constexpr int draws = 70000;
  std::vector<double> counts(bound);
  for (int i = 0; i < draws; ++i) {
    ++counts.at(static_cast<std::size_t>(sampler.below(bound)));
  }
  double chi_square = 0;
  for (const double count : counts) {
    chi_square += (count - 10000) * (count - 10000) / 10000;
  }
  EXPECT_LT(chi_square, 22.5);  // 6 degrees of freedom, p = 0.001
  EXPECT_EQ(IndexSampler(3).below(1), 0);
}

// The first number of a std::mt19937_64 with seed 5489 is 14514284786278117030 everywhere.
TEST(IndexSampler, IsTheSameOnEveryMachine) {
  EXPECT_EQ(IndexSampler(5489).below(1000), 30);
  EXPECT_EQ(IndexSampler(5489).below(97), static_cast<Index>(14514284786278117030U % 97));
}

std::vector<double> normal_quantiles(Index count) {
  // Not random: logistic quantiles, of variance pi^2/3, whose mean is 0 by symmetry.
  std::vector<double> values;
  for (Index i = 0; i < count; ++i) {
    const double u = (static_cast<double>(i) + 0.5) / static_cast<double>(count);
    values.push_back(std::log(u / (1 - u)));
  }
  return values;
}

TEST(Summary, BootstrapIntervalAgreesWithTheNormalOne) {
  const auto values = normal_quantiles(400);
  BootstrapSettings settings;
  settings.resamples = 20000;
  const Summary summary = summarize(values, settings);
  const double half = 1.959964 * summary.deviation * std::sqrt(399.0 / 400) / 20;
  // The ends are quantiles of 20000 means: their standard error is about 0.013 half widths.
  EXPECT_NEAR(summary.mean, 0, 1e-13);
  EXPECT_NEAR(summary.mean_interval.low / half, -1, 0.06);
  EXPECT_NEAR(summary.mean_interval.high / half, 1, 0.06);
}

TEST(Summary, KnownNumbersAndUndefinedOnes) {
  const Summary summary = summarize({4, NAN, 1, 2, INFINITY, 8});
  EXPECT_EQ(summary.count, 4);
  EXPECT_EQ(summary.undefined, 2);
  EXPECT_DOUBLE_EQ(summary.mean, 3.75);
  EXPECT_DOUBLE_EQ(summary.deviation, std::sqrt(28.75 / 3));
  EXPECT_DOUBLE_EQ(summary.minimum, 1);
  EXPECT_DOUBLE_EQ(summary.maximum, 8);
  EXPECT_DOUBLE_EQ(summary.quantiles[2], 3);
  // t = 3.182446 with 3 degrees of freedom, in every table to six digits.
  const double half = 3.182446 * summary.deviation / 2;
  EXPECT_NEAR(summary.mean_interval.low, 3.75 - half, 1e-6 * half);
  EXPECT_NEAR(summary.mean_interval.high, 3.75 + half, 1e-6 * half);
}

TEST(Summary, OfOneAndOfNone) {
  const Summary one = summarize({2});
  EXPECT_EQ(one.mean, 2);
  EXPECT_THAT(one.deviation, IsNan());
  EXPECT_THAT(one.mean_interval.low, IsNan());
  EXPECT_THAT(summarize({}).mean, IsNan());
  EXPECT_THAT(summarize({NAN}).quantiles[2], IsNan());
}

/// In how many of `trials` the interval of the mean of `count` standard normal numbers holds 0.
double coverage(Index count, int trials) {
  std::mt19937_64 bits(3);
  const auto uniform = [&] { return (static_cast<double>(bits() >> 11U) + 0.5) * 0x1p-53; };
  int held = 0;
  for (int trial = 0; trial < trials; ++trial) {
    std::vector<double> values(static_cast<std::size_t>(count));
    std::generate(values.begin(), values.end(), [&] {
      return std::sqrt(-2 * std::log(uniform())) * std::cos(2 * std::acos(-1.0) * uniform());
    });
    const Interval interval = summarize(values).mean_interval;
    held += interval.low <= 0 && interval.high >= 0 ? 1 : 0;
  }
  return static_cast<double>(held) / trials;
}

TEST(Summary, IntervalsOfFewValuesHoldTheMeanAsOftenAsTheySay) {
  // Four standard errors of 4000 trials at 0.95: 0.014. The bootstrap has 0.77 at 3 and 0.91 at 10.
  for (const Index count : {2, 3, 5, 10, 19}) {
    EXPECT_NEAR(coverage(count, 4000), confidence, 0.014) << count;
  }
  // The bootstrap's intervals are short by 1.96 sqrt((n-1)/n) to 2.09 at 20: 0.93; 500 trials.
  EXPECT_NEAR(coverage(20, 500), 0.93, 0.046);
}

TEST(Summary, TellsHowItsIntervalWasMade) {
  EXPECT_EQ(interval_method(1), IntervalMethod::none);
  EXPECT_EQ(interval_method(2), IntervalMethod::student_t);
  EXPECT_EQ(interval_method(bootstrap_from - 1), IntervalMethod::student_t);
  EXPECT_EQ(interval_method(bootstrap_from), IntervalMethod::bootstrap);
}

TEST(Bootstrap, IsAFunctionOfTheDataAndTheSeed) {
  const auto values = normal_quantiles(30);
  const Interval a = summarize(values).mean_interval;
  const Interval b = summarize(values).mean_interval;
  EXPECT_EQ(a.low, b.low);
  EXPECT_EQ(a.high, b.high);
  BootstrapSettings other;
  other.seed = 7;
  EXPECT_NE(summarize(values, other).mean_interval.low, a.low);
}

TEST(Bootstrap, LeavesOutResamplesWithoutAValue) {
  const Interval interval = bootstrap_interval(
      4, [](const std::vector<Index>& chosen) { return chosen.front() == 0 ? NAN : 1.0; });
  EXPECT_EQ(interval.low, 1);
  EXPECT_EQ(interval.high, 1);
}

TEST(FitLine, LeastSquares) {
  const Line line = fit_line({0, 1, 2, 3}, {1, 3, 4, 8});
  EXPECT_DOUBLE_EQ(line.slope, 2.2);
  EXPECT_NEAR(line.intercept, 0.7, 8 * std::numeric_limits<double>::epsilon());
  EXPECT_THAT(fit_line({1, 1}, {1, 2}).slope, IsNan());
  EXPECT_THAT(fit_line({1, 2}, {1, NAN}).slope, IsNan());
  EXPECT_THAT(fit_line({1, 2}, {1, -INFINITY}).slope, IsNan());
  EXPECT_THAT(fit_line({}, {}).slope, IsNan());
}

}  // namespace
}  // namespace polypath::analysis
