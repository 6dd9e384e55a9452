#include "polypath/analysis/measures.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace polypath::analysis {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

bool are_defined(const std::vector<double>& shares) {
  return !shares.empty() && std::all_of(shares.begin(), shares.end(),
                                        [](double share) { return std::isfinite(share); });
}

/// Divided by the largest, so that squares neither overflow nor vanish; empty when that is 0 or
/// not finite.
std::vector<double> scaled_magnitudes(const std::vector<double>& K) {
  double largest = 0.0;
  for (const double value : K) {
    largest = std::isfinite(value) ? std::max(largest, std::abs(value)) : undefined;
    if (std::isnan(largest)) {
      return {};
    }
  }
  if (largest == 0.0) {
    return {};
  }
  std::vector<double> magnitudes(K.size());
  std::transform(K.begin(), K.end(), magnitudes.begin(),
                 [&](double value) { return std::abs(value) / largest; });
  return magnitudes;
}

}  // namespace

std::vector<double> shares(const std::vector<double>& K, double target) {
  const double total = std::accumulate(K.begin(), K.end(), 0.0);
  std::vector<double> result(K.size(), undefined);
  if (target > 0 && total >= share_from * target) {
    std::transform(K.begin(), K.end(), result.begin(), [&](double value) { return value / total; });
  }
  return result;
}

double dominance(const std::vector<double>& shares) {
  if (shares.size() < 2 || !are_defined(shares)) {
    return undefined;
  }
  if (shares.size() == 2) {
    return std::abs(shares[0] - shares[1]);
  }
  const auto count = static_cast<double>(shares.size());
  return (count * *std::max_element(shares.begin(), shares.end()) - 1) / (count - 1);
}

double signed_dominance(const std::vector<double>& shares) {
  return shares.size() == 2 && are_defined(shares) ? shares[0] - shares[1] : undefined;
}

Index winner(const std::vector<double>& shares) {
  if (!are_defined(shares)) {
    return -1;
  }
  return std::max_element(shares.begin(), shares.end()) - shares.begin();
}

double participation_ratio(const std::vector<double>& K) {
  const auto size = scaled_magnitudes(K);
  if (size.empty()) {
    return undefined;
  }
  const double sum = std::accumulate(size.begin(), size.end(), 0.0);
  return sum * sum / std::inner_product(size.begin(), size.end(), size.begin(), 0.0);
}

double entropy(const std::vector<double>& K) {
  const auto size = scaled_magnitudes(K);
  if (size.empty()) {
    return undefined;
  }
  const double sum = std::accumulate(size.begin(), size.end(), 0.0);
  double result = 0.0;
  for (const double value : size) {
    result -= value > 0 ? value / sum * std::log(value / sum) : 0.0;
  }
  return result;
}

double off_block_energy(MatrixView<const double> K, const std::vector<Index>& block) {
  double whole = 0.0;
  double outside = 0.0;
  for (Index r = 0; r < K.rows; ++r) {
    for (Index c = 0; c < K.columns; ++c) {
      const double square = K(r, c) * K(r, c);
      whole += square;
      if (block[static_cast<std::size_t>(r)] != block[static_cast<std::size_t>(c)]) {
        outside += square;
      }
    }
  }
  return whole > 0 ? std::sqrt(outside / whole) : undefined;
}

double escape_epoch(const std::vector<double>& total, const std::vector<Index>& epochs,
                    double target) {
  const double half = target / 2;
  const auto first = std::find_if(total.begin(), total.end(),
                                  [&](double value) { return target > 0 && value >= half; });
  if (first == total.end()) {
    return undefined;
  }
  const auto record = static_cast<std::size_t>(first - total.begin());
  const auto here = static_cast<double>(epochs[record]);
  if (record == 0) {
    return here;
  }
  const auto before = static_cast<double>(epochs[record - 1]);
  const double part = (half - total[record - 1]) / (total[record] - total[record - 1]);
  return before + part * (here - before);
}

}  // namespace polypath::analysis
