#include "polypath/analysis/intervals.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
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

using Draw = std::function<double(std::mt19937_64&)>;

double uniform(std::mt19937_64& bits) {
  return (static_cast<double>(bits() >> 11U) + 0.5) * 0x1p-53;
}

double normal(std::mt19937_64& bits) {
  return std::sqrt(-2 * std::log(uniform(bits))) * std::cos(2 * std::acos(-1.0) * uniform(bits));
}

/// Gamma with a whole or half shape, from normal and exponential numbers; std::gamma_distribution
/// is not the same everywhere.
double gamma(std::mt19937_64& bits, double shape) {
  double sum = 0;
  for (; shape > 0.75; shape -= 1) {
    sum -= std::log(uniform(bits));
  }
  const double root = shape > 0.25 ? normal(bits) : 0.0;
  return sum + root * root / 2;
}

double beta(std::mt19937_64& bits, double a, double b) {
  const double x = gamma(bits, a);
  return x / (x + gamma(bits, b));
}

/// In how many of `trials` the interval of the mean of `count` numbers holds the mean.
double coverage(const Draw& draw, double mean, const Range& range, Index count, int trials) {
  std::mt19937_64 bits(3);
  int held = 0;
  for (int trial = 0; trial < trials; ++trial) {
    std::vector<double> values(static_cast<std::size_t>(count));
    std::generate(values.begin(), values.end(), [&] { return draw(bits); });
    const Interval interval = summarize(values, range).mean_interval;
    EXPECT_GE(interval.low, range.low);
    EXPECT_LE(interval.high, range.high);
    held += interval.low <= mean && interval.high >= mean ? 1 : 0;
  }
  return static_cast<double>(held) / trials;
}

TEST(Summary, IntervalsOfNormalValuesHoldTheMeanAsOftenAsTheySay) {
  // Four standard errors of 4000 trials at 0.95: 0.014.
  for (const Index count : {2, 3, 5, 10, 19, 20, 50}) {
    EXPECT_NEAR(coverage(normal, 0, {}, count, 4000), confidence, 0.014) << count;
  }
}

/// A skewed distribution as ensembles have them.
struct Skewed {
  const char* name;
  Draw draw;
  double mean;
  Range range;
  double least;  ///< coverage found by an independent program at 3 to 40 values, less 0.02
  double most;
};

std::vector<Skewed> skewed_distributions() {
  const Range unit{0, 1};
  const Range from_zero{0, Range{}.high};
  // E |2 B - 1| = Gamma(a + 1/2) / (sqrt(pi) Gamma(a + 1)) for B of Beta(a, a).
  const auto dominance_mean = [](double a) {
    return std::exp(std::lgamma(a + 0.5) - std::lgamma(a + 1)) / std::sqrt(std::acos(-1.0));
  };
  const auto dominance = [](double a) {
    return [a](std::mt19937_64& bits) { return std::abs(2 * beta(bits, a, a) - 1); };
  };
  return {{"share, N = 8", [](auto& bits) { return beta(bits, 4, 4); }, 0.5, unit, 0.925, 0.975},
          {"dominance, N = 8", dominance(4), dominance_mean(4), unit, 0.925, 0.975},
          {"dominance, N = 64", dominance(32), dominance_mean(32), unit, 0.925, 0.975},
          {"near 1", [](auto& bits) { return beta(bits, 20, 1); }, 20.0 / 21, unit, 0.915, 0.975},
          {"near 0", [](auto& bits) { return beta(bits, 1, 20); }, 1.0 / 21, unit, 0.915, 0.975},
          {"mostly 1", [](auto& bits) { return beta(bits, 5, 0.5); }, 5 / 5.5, unit, 0.9, 0.975},
          {"one pathway or the other", [](auto& bits) { return beta(bits, 0.5, 0.5); }, 0.5, unit,
           0.925, 0.99},
          {"escape", [](auto& bits) { return 100 * std::exp(0.5 * normal(bits)); },
           100 * std::exp(0.125), from_zero, 0.92, 0.975}};
}

TEST(Summary, IntervalsOfSkewedValuesStayInTheirRangeAndHoldTheMean) {
  for (const auto& [name, draw, mean, range, least, most] : skewed_distributions()) {
    for (const Index count : {3, 5, 19, 40}) {
      const double held = coverage(draw, mean, range, count, 2000);
      EXPECT_GE(held, least) << name << ", " << count;
      EXPECT_LE(held, most) << name << ", " << count;
    }
  }
}

TEST(Summary, IntervalsOfShortSamplesStayInTheirRange) {
  // Student's t without a scale has [-0.11, 1.18] and [-170, 370] here.
  const Summary dominance = summarize({0.2, 0.9, 0.5}, {0, 1});
  EXPECT_GT(dominance.mean_interval.low, 0);
  EXPECT_LT(dominance.mean_interval.high, 1);
  EXPECT_LT(dominance.mean_interval.low, dominance.mean);
  EXPECT_GT(dominance.mean_interval.high, dominance.mean);
  EXPECT_EQ(dominance.method, IntervalMethod::student_t_logit);
  const Summary escape = summarize({20, 220, 60}, {0, Range{}.high});
  EXPECT_GT(escape.mean_interval.low, 0);
  EXPECT_EQ(escape.method, IntervalMethod::student_t_log);
  // A share above 1, beside a negative one, widens what is possible to itself.
  const Summary beyond = summarize({0.2, 0.9, 1.25}, {0, 1});
  EXPECT_GT(beyond.mean_interval.high, 1);
  EXPECT_LE(beyond.mean_interval.high, 1.25);
  // Equal values have no spread.
  EXPECT_EQ(summarize({1, 1, 1}, {0, 1}).mean_interval.low, 1);
  EXPECT_EQ(summarize({0, 0}, {0, 1}).mean_interval.high, 0);
}

TEST(StudentInterval, IsTheSameOnTheScaleOfTheRange) {
  constexpr double point = 4.302653;  // t with 2 degrees of freedom, in every table
  const double eps = 1e-6;            // of the table
  const Interval log = student_interval(5, 0.5, 3, {1, Range{}.high});
  EXPECT_NEAR(std::log((log.high - 1) / 4), point * 0.5 / 4, eps);
  EXPECT_NEAR(std::log((log.low - 1) / 4), -point * 0.5 / 4, eps);
  const Interval logit = student_interval(0.25, 0.1, 3, {-1, 1});
  const double step = point * 0.1 * 2 / (1.25 * 0.75);
  const auto odds = [](double x) { return std::log((x + 1) / (1 - x)); };
  EXPECT_NEAR(odds(logit.high) - odds(0.25), step, eps);
  EXPECT_NEAR(odds(0.25) - odds(logit.low), step, eps);
  EXPECT_THAT(student_interval(1, 0.1, 1).low, IsNan());
}

TEST(Summary, TellsHowItsIntervalWasMade) {
  EXPECT_EQ(interval_method(1, {0, 1}), IntervalMethod::none);
  EXPECT_EQ(interval_method(2), IntervalMethod::student_t);
  EXPECT_EQ(interval_method(2, {0, Range{}.high}), IntervalMethod::student_t_log);
  EXPECT_EQ(interval_method(200, {0, 1}), IntervalMethod::student_t_logit);
}

TEST(Jackknife, OfAMeanIsStudentsInterval) {
  const std::vector<double> values{4, 1, 2, 8, 3};
  const auto mean = [&](const std::vector<Index>& chosen) {
    double sum = 0;
    for (const Index i : chosen) {
      sum += values[static_cast<std::size_t>(i)];
    }
    return sum / static_cast<double>(chosen.size());
  };
  const Interval expected = summarize(values).mean_interval;
  const Interval found = jackknife_interval(5, mean);
  const double eps = 64 * std::numeric_limits<double>::epsilon();
  EXPECT_NEAR(found.low, expected.low, eps);
  EXPECT_NEAR(found.high, expected.high, eps);
  EXPECT_THAT(jackknife_interval(1, mean).low, IsNan());
  const auto broken = [](const std::vector<Index>& chosen) {
    return chosen.front() == 1 ? NAN : 1.0;
  };
  EXPECT_THAT(jackknife_interval(4, broken).low, IsNan());
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

TEST(FitLine, KnowsItsSteepestSlopes) {
  // y = 0, 0, 1 at x = 2, 3, 7: the slope of those ends is the steepest.
  const Range slopes = slope_range({2, 3, 7}, {0, 1});
  EXPECT_NEAR(slopes.high, fit_line({2, 3, 7}, {0, 0, 1}).slope,
              8 * std::numeric_limits<double>::epsilon());
  EXPECT_EQ(slopes.low, -slopes.high);
}

}  // namespace
}  // namespace polypath::analysis
