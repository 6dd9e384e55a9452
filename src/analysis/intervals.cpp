#include "polypath/analysis/intervals.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <boost/math/distributions/students_t.hpp>

namespace polypath::analysis {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
/// Two-sided 95 % point of the standard normal distribution.
constexpr double normal_point = 1.959963984540054;

/// mean -+ t s / sqrt(n) with n - 1 degrees of freedom.
Interval student_interval(Index count, double mean, double deviation) {
  const auto n = static_cast<double>(count);
  const boost::math::students_t distribution(n - 1);
  const double point = boost::math::quantile(distribution, (1 + confidence) / 2);
  const double half = point * deviation / std::sqrt(n);
  return {mean - half, mean + half};
}

/// Between the quantiles that leave out 1 - confidence.
Interval middle_of(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  constexpr double tail = (1 - confidence) / 2;
  return {quantile(values, tail), quantile(values, 1 - tail)};
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

Index IndexSampler::below(Index bound) {
  const auto range = static_cast<std::uint64_t>(bound);
  // Numbers from the last, incomplete copy of [0, range) would favour the small ones.
  const std::uint64_t excess = (std::mt19937_64::max() % range + 1) % range;
  std::uint64_t number = bits_();
  while (number > std::mt19937_64::max() - excess) {
    number = bits_();
  }
  return static_cast<Index>(number % range);
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

Interval bootstrap_interval(Index count, const Statistic& statistic,
                            const BootstrapSettings& settings) {
  if (count < 2) {
    return {undefined, undefined};
  }
  IndexSampler sampler(settings.seed);
  std::vector<Index> chosen(static_cast<std::size_t>(count));
  std::vector<double> values;
  for (Index i = 0; i < settings.resamples; ++i) {
    std::generate(chosen.begin(), chosen.end(), [&] { return sampler.below(count); });
    const double value = statistic(chosen);
    if (std::isfinite(value)) {
      values.push_back(value);
    }
  }
  return middle_of(values);
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

Interval Summarizer::bootstrap_mean(const std::vector<double>& values) {
  const auto count = static_cast<Index>(values.size());
  if (count != count_) {
    // The numbers that bootstrap_interval would draw.
    IndexSampler sampler(settings_.seed);
    chosen_.resize(static_cast<std::size_t>(settings_.resamples * count));
    std::generate(chosen_.begin(), chosen_.end(),
                  [&] { return static_cast<std::uint32_t>(sampler.below(count)); });
    count_ = count;
  }
  std::vector<double> means(static_cast<std::size_t>(settings_.resamples));
  auto next = chosen_.begin();
  for (double& mean : means) {
    double sum = 0.0;
    for (Index i = 0; i < count; ++i) {
      sum += values[*next++];
    }
    mean = sum / static_cast<double>(count);
  }
  return middle_of(means);
}

Summary Summarizer::summarize(const std::vector<double>& values) {
  std::vector<double> finite;
  std::copy_if(values.begin(), values.end(), std::back_inserter(finite),
               [](double value) { return std::isfinite(value); });
  Summary summary;
  summary.count = static_cast<Index>(finite.size());
  summary.undefined = static_cast<Index>(values.size() - finite.size());
  const IntervalMethod method = interval_method(summary.count);
  summary.mean_interval =
      method == IntervalMethod::bootstrap ? bootstrap_mean(finite) : Interval{undefined, undefined};
  std::sort(finite.begin(), finite.end());
  summary.mean = finite.empty() ? undefined : mean_of(finite);
  double squares = 0.0;
  for (const double value : finite) {
    squares += (value - summary.mean) * (value - summary.mean);
  }
  summary.deviation =
      finite.size() < 2 ? undefined : std::sqrt(squares / static_cast<double>(finite.size() - 1));
  if (method == IntervalMethod::student_t) {
    summary.mean_interval = student_interval(summary.count, summary.mean, summary.deviation);
  }
  summary.minimum = quantile(finite, 0);
  summary.maximum = quantile(finite, 1);
  std::transform(quantile_levels.begin(), quantile_levels.end(), summary.quantiles.begin(),
                 [&](double level) { return quantile(finite, level); });
  return summary;
}

Summary summarize(const std::vector<double>& values, const BootstrapSettings& settings) {
  return Summarizer(settings).summarize(values);
}

Line fit_line(const std::vector<double>& x, const std::vector<double>& y) {
  const double mean_x = x.empty() ? undefined : mean_of(x);
  const double mean_y = y.empty() ? undefined : mean_of(y);
  double products = 0.0;
  double squares = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    products += (x[i] - mean_x) * (y[i] - mean_y);
    squares += (x[i] - mean_x) * (x[i] - mean_x);
  }
  const double slope = squares > 0 && std::isfinite(products) ? products / squares : undefined;
  return {slope, mean_y - slope * mean_x};
}

}  // namespace polypath::analysis
