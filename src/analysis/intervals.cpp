#include "polypath/analysis/intervals.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <boost/math/distributions/students_t.hpp>

namespace polypath::analysis {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
/// Two-sided 95 % point of the standard normal distribution.
constexpr double normal_point = 1.959963984540054;

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double squared_deviations(const std::vector<double>& values, double mean) {
  return std::accumulate(values.begin(), values.end(), 0.0, [&](double sum, double value) {
    return sum + (value - mean) * (value - mean);
  });
}

/// estimate - low times e^-half, e^half.
Interval log_interval(double estimate, double half, double low) {
  const double above = estimate - low;
  return {low + above * std::exp(-half / above), low + above * std::exp(half / above)};
}

Interval logit_interval(double estimate, double half, const Range& range) {
  const double above = estimate - range.low;
  const double below = range.high - estimate;
  const double width = range.high - range.low;
  const double step = half * width / (above * below);
  // The odds above : below times e^-step, e^step.
  const auto place = [&](double by) {
    return range.low + width / (1 + below / above * std::exp(-by));
  };
  return {std::max(range.low, place(-step)), std::min(range.high, place(step))};
}

}  // namespace

IntervalMethod interval_method(Index count, const Range& range) {
  if (count < 2) {
    return IntervalMethod::none;
  }
  if (std::isinf(range.low)) {
    return IntervalMethod::student_t;
  }
  return std::isinf(range.high) ? IntervalMethod::student_t_log : IntervalMethod::student_t_logit;
}

Interval student_interval(double estimate, double error, Index count, const Range& range) {
  const IntervalMethod method = interval_method(count, range);
  if (method == IntervalMethod::none || std::isnan(estimate) || std::isnan(error)) {
    return {undefined, undefined};
  }
  if (!(error > 0)) {
    return {estimate, estimate};
  }
  const boost::math::students_t distribution(static_cast<double>(count - 1));
  const double half = boost::math::quantile(distribution, (1 + confidence) / 2) * error;
  switch (method) {
    case IntervalMethod::student_t_log:
      return log_interval(estimate, half, range.low);
    case IntervalMethod::student_t_logit:
      return logit_interval(estimate, half, range);
    default:
      return {estimate - half, estimate + half};
  }
}

Interval wilson_interval(Index successes, Index trials) {
  if (trials <= 0) {
    return {undefined, undefined};
  }
  const auto n = static_cast<double>(trials);
  const double p = static_cast<double>(successes) / n;
  const double square = normal_point * normal_point;
  const double centre = (p + square / (2 * n)) / (1 + square / n);
  const double half =
      normal_point / (1 + square / n) * std::sqrt(p * (1 - p) / n + square / (4 * n * n));
  // At 0 and n successes the formula gives 0 and 1 but for rounding.
  return {successes == 0 ? 0.0 : centre - half, successes == trials ? 1.0 : centre + half};
}

Interval jackknife_interval(Index count, const Statistic& statistic, const Range& range) {
  if (count < 2) {
    return {undefined, undefined};
  }
  std::vector<Index> chosen(static_cast<std::size_t>(count));
  std::iota(chosen.begin(), chosen.end(), 0);
  const double estimate = statistic(chosen);
  chosen.pop_back();
  std::vector<double> without;
  for (Index left_out = count; left_out-- > 0;) {
    without.push_back(statistic(chosen));
    if (left_out > 0) {
      // The member left out so far comes back in the place of the one before it.
      chosen[static_cast<std::size_t>(left_out - 1)] = left_out;
    }
  }
  const auto n = static_cast<double>(count);
  const double squares = squared_deviations(without, mean_of(without));
  return student_interval(estimate, std::sqrt((n - 1) / n * squares), count, range);
}

double quantile(const std::vector<double>& sorted, double level) {
  if (sorted.empty()) {
    return undefined;
  }
  const double place = level * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(place);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (place - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

Summary summarize(const std::vector<double>& values, const Range& range) {
  std::vector<double> finite;
  std::copy_if(values.begin(), values.end(), std::back_inserter(finite),
               [](double value) { return std::isfinite(value); });
  std::sort(finite.begin(), finite.end());
  Summary summary;
  summary.count = static_cast<Index>(finite.size());
  summary.undefined = static_cast<Index>(values.size() - finite.size());
  summary.mean = finite.empty() ? undefined : mean_of(finite);
  summary.deviation = finite.size() < 2 ? undefined
                                        : std::sqrt(squared_deviations(finite, summary.mean) /
                                                    static_cast<double>(finite.size() - 1));
  summary.minimum = quantile(finite, 0);
  summary.maximum = quantile(finite, 1);
  std::transform(quantile_levels.begin(), quantile_levels.end(), summary.quantiles.begin(),
                 [&](double level) { return quantile(finite, level); });
  // NaN extremes, of no values, leave the bounds as they are.
  const Range wide{std::min(range.low, summary.minimum), std::max(range.high, summary.maximum)};
  // Equal values have no spread but that of the rounding of their mean.
  const bool equal = summary.minimum == summary.maximum;
  const double error =
      equal ? 0.0 : summary.deviation / std::sqrt(static_cast<double>(finite.size()));
  summary.method = interval_method(summary.count, range);
  summary.mean_interval = student_interval(summary.mean, error, summary.count, wide);
  return summary;
}

Line fit_line(const std::vector<double>& x, const std::vector<double>& y) {
  const double mean_x = x.empty() ? undefined : mean_of(x);
  const double mean_y = y.empty() ? undefined : mean_of(y);
  double products = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    products += (x[i] - mean_x) * (y[i] - mean_y);
  }
  const double squares = squared_deviations(x, mean_x);
  const double slope = squares > 0 && std::isfinite(products) ? products / squares : undefined;
  return {slope, mean_y - slope * mean_x};
}

Range slope_range(const std::vector<double>& x, const Range& range) {
  const double mean = x.empty() ? undefined : mean_of(x);
  // The slope is steepest with y at one end for every x below the mean, at the other above it.
  const double above = std::accumulate(x.begin(), x.end(), 0.0, [&](double sum, double value) {
    return sum + std::max(value - mean, 0.0);
  });
  const double steepest = (range.high - range.low) * above / squared_deviations(x, mean);
  return {-steepest, steepest};
}

}  // namespace polypath::analysis
