#pragma once

#include "polypath/core/types.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <random>
#include <vector>

namespace polypath::analysis {

struct Interval {
  double low = 0;
  double high = 0;
};

inline constexpr double confidence = 0.95;
inline constexpr std::array<double, 5> quantile_levels{0.05, 0.25, 0.5, 0.75, 0.95};

/// A uniform index below a bound, the same on every machine (std::uniform_int_distribution is not).
class IndexSampler {
 public:
  explicit IndexSampler(std::uint64_t seed) : bits_(seed) {}
  /// In [0, bound), bound >= 1; exactly uniform (rejection).
  [[nodiscard]] Index below(Index bound);

 private:
  std::mt19937_64 bits_;
};

/// The probability behind `successes` of `trials`: Wilson's score interval. NaN without trials.
[[nodiscard]] Interval wilson_interval(Index successes, Index trials);

struct BootstrapSettings {
  Index resamples = 1000;
  std::uint64_t seed = 20221128;  ///< fixed, so that the same data give the same interval
};

/// A statistic of the members with the given numbers (with repetitions), each below the count.
using Statistic = std::function<double(const std::vector<Index>& chosen)>;

/// Percentile bootstrap: `count` members drawn with replacement, `resamples` times. Resamples for
/// which the statistic is NaN do not count. NaN for fewer than two members; too short for fewer
/// than `bootstrap_from`.
[[nodiscard]] Interval bootstrap_interval(Index count, const Statistic& statistic,
                                          const BootstrapSettings& settings = {});

/// Linear interpolation between order statistics (type 7, NumPy's default) of finite `sorted`; NaN
/// for none.
[[nodiscard]] double quantile(const std::vector<double>& sorted, double level);

/// From this many values on, the interval of a mean is a bootstrap one. Below, resamples of so few
/// values spread too little (95 % intervals of 2, 5 and 10 normal numbers would hold the mean in
/// 50, 83 and 91 %), and Student's t stands in.
inline constexpr Index bootstrap_from = 20;

enum class IntervalMethod {
  none,       ///< fewer than two values: there is no interval
  student_t,  ///< mean -+ t deviation / sqrt(n), exact for normal values
  bootstrap,  ///< percentile bootstrap
};
/// Of the mean of `count` values.
[[nodiscard]] constexpr IntervalMethod interval_method(Index count) {
  return count < 2                ? IntervalMethod::none
         : count < bootstrap_from ? IntervalMethod::student_t
                                  : IntervalMethod::bootstrap;
}

/// One quantity over the members for which it is defined.
struct Summary {
  Index count = 0;      ///< finite values
  Index undefined = 0;  ///< NaN or infinite values
  double mean = 0;
  double deviation = 0;  ///< standard deviation, n - 1
  double minimum = 0;
  double maximum = 0;
  std::array<double, quantile_levels.size()> quantiles{};
  Interval mean_interval;  ///< by interval_method(count)
};

/// Summaries of many quantities of the same members, which share their resamples.
class Summarizer {
 public:
  explicit Summarizer(const BootstrapSettings& settings = {}) : settings_(settings) {}
  /// As the function of that name.
  [[nodiscard]] Summary summarize(const std::vector<double>& values);

 private:
  [[nodiscard]] Interval bootstrap_mean(const std::vector<double>& values);

  BootstrapSettings settings_;
  Index count_ = 0;                    ///< of the values that chosen_ is for
  std::vector<std::uint32_t> chosen_;  ///< resample x value
};

/// NaN throughout where no value is finite; deviation and interval NaN for one.
[[nodiscard]] Summary summarize(const std::vector<double>& values,
                                const BootstrapSettings& settings = {});

struct Line {
  double slope = 0;
  double intercept = 0;
};

/// Least squares; NaN for fewer than two different x or a value that is not finite.
[[nodiscard]] Line fit_line(const std::vector<double>& x, const std::vector<double>& y);

}  // namespace polypath::analysis
