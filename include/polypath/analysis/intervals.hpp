#pragma once

#include "polypath/core/types.hpp"

#include <array>
#include <functional>
#include <limits>
#include <vector>

namespace polypath::analysis {

struct Interval {
  double low = 0;
  double high = 0;
};

inline constexpr double confidence = 0.95;
inline constexpr std::array<double, 5> quantile_levels{0.05, 0.25, 0.5, 0.75, 0.95};

/// The values that a quantity can have; infinite where there is no bound. An upper bound comes with
/// a lower one.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

/// Student's t on the scale that the range calls for, on which every interval ends within it.
enum class IntervalMethod {
  none,             ///< fewer than two values: there is no interval
  student_t,        ///< no bounds: the quantity itself
  student_t_log,    ///< a lower bound: log(x - low)
  student_t_logit,  ///< two bounds: log((x - low) / (high - x))
};
/// Of an estimate from `count` values.
[[nodiscard]] IntervalMethod interval_method(Index count, const Range& range = {});

/// The interval of an estimate from `count` values with this standard error, count - 1 degrees of
/// freedom: estimate -+ t error on the scale of interval_method, carried back. Without error it is
/// the estimate alone; NaN for fewer than two values. `estimate` lies within the range.
[[nodiscard]] Interval student_interval(double estimate, double error, Index count,
                                        const Range& range = {});

/// The probability behind `successes` of `trials`: Wilson's score interval. NaN without trials.
[[nodiscard]] Interval wilson_interval(Index successes, Index trials);

/// A statistic of the members with the given numbers, each below the count.
using Statistic = std::function<double(const std::vector<Index>& chosen)>;

/// student_interval of a statistic of `count` members, its error by the jackknife: from the values
/// that it has with each member left out in turn. NaN where one of them or the statistic is.
[[nodiscard]] Interval jackknife_interval(Index count, const Statistic& statistic,
                                          const Range& range = {});

/// Linear interpolation between order statistics (type 7, NumPy's default) of finite `sorted`; NaN
/// for none.
[[nodiscard]] double quantile(const std::vector<double>& sorted, double level);

/// One quantity over the members for which it is defined.
struct Summary {
  Index count = 0;      ///< finite values
  Index undefined = 0;  ///< NaN or infinite values
  double mean = 0;
  double deviation = 0;  ///< standard deviation, n - 1
  double minimum = 0;
  double maximum = 0;
  std::array<double, quantile_levels.size()> quantiles{};
  IntervalMethod method = IntervalMethod::none;
  Interval mean_interval;  ///< student_interval of the mean
};

/// NaN throughout where no value is finite; deviation and interval NaN for one. A value beyond
/// `range`, such as a share above 1 beside a negative one, moves that bound to itself.
[[nodiscard]] Summary summarize(const std::vector<double>& values, const Range& range = {});

struct Line {
  double slope = 0;
  double intercept = 0;
};

/// Least squares; NaN for fewer than two different x or a value that is not finite.
[[nodiscard]] Line fit_line(const std::vector<double>& x, const std::vector<double>& y);
/// The slopes that fit_line can give for y within `range`.
[[nodiscard]] Range slope_range(const std::vector<double>& x, const Range& range);

}  // namespace polypath::analysis
