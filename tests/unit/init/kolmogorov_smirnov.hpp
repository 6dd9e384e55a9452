#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace polypath::testing {

/// The probability that two samples of one continuous law differ as much as `a` and `b` do
/// (two-sample Kolmogorov-Smirnov, Stephens' finite-size form of the asymptotic law).
inline double ks_probability(std::vector<double> a, std::vector<double> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  const auto m = static_cast<double>(a.size());
  const auto n = static_cast<double>(b.size());
  double distance = 0.0;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    const double value = std::min(a[i], b[j]);
    while (i < a.size() && a[i] <= value) {
      ++i;
    }
    while (j < b.size() && b[j] <= value) {
      ++j;
    }
    distance =
        std::max(distance, std::abs(static_cast<double>(i) / m - static_cast<double>(j) / n));
  }
  const double root = std::sqrt(m * n / (m + n));
  const double lambda = (root + 0.12 + 0.11 / root) * distance;
  if (lambda < 0.2) {
    return 1.0;
  }
  double sum = 0.0;
  for (int k = 1; k <= 100; ++k) {
    sum += (k % 2 == 1 ? 2.0 : -2.0) * std::exp(-2.0 * k * k * lambda * lambda);
  }
  return std::clamp(sum, 0.0, 1.0);
}

}  // namespace polypath::testing
