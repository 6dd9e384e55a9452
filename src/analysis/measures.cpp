#include "polypath/analysis/measures.hpp"

#include "polypath/core/linalg.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace polypath::analysis {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
/// A share means nothing before this part of the mode has been learned.
constexpr double share_from = 0.05;

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

/// a + factor b.
Matrix<double> combined(MatrixView<const double> a, MatrixView<const double> b, double factor) {
  Matrix<double> result(a.rows, a.columns);
  for (Index r = 0; r < a.rows; ++r) {
    for (Index c = 0; c < a.columns; ++c) {
      result(r, c) = a(r, c) + factor * b(r, c);
    }
  }
  return result;
}

/// Orthonormal columns that span the learned directions of a block; without columns for none.
Matrix<double> learned_directions(const Matrix<double>& total, double least) {
  const auto symmetric = combined(total.view(), transpose(total.view()).view(), 1);
  const SymmetricEigen eigen = symmetric_eigen(symmetric.view());
  // The values are those of twice the symmetric part, largest first.
  const auto learned = std::count_if(eigen.values.begin(), eigen.values.end(),
                                     [&](double value) { return value >= 2 * least; });
  Matrix<double> directions(total.rows(), learned);
  for (Index r = 0; r < total.rows(); ++r) {
    std::copy_n(eigen.vectors.view().row(r), learned, directions.view().row(r));
  }
  return directions;
}

/// Of Q^T A Q.
double nuclear_norm(const Matrix<double>& A, const Matrix<double>& Q) {
  const auto inside = multiply(multiply_transposed_left(Q.view(), A.view()).view(), Q.view());
  const auto values = thin_svd(inside.view()).S;
  return std::accumulate(values.begin(), values.end(), 0.0);
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

double block_split(MatrixView<const double> K_1, MatrixView<const double> K_2, double target) {
  const Matrix<double> total = combined(K_1, K_2, 1);
  if (!(target > 0)) {
    return undefined;
  }
  const Matrix<double> learned = learned_directions(total, share_from * target);
  return learned.columns() > 0
             ? nuclear_norm(combined(K_1, K_2, -1), learned) / nuclear_norm(total, learned)
             : undefined;
}

double least_strength(MatrixView<const double> total) {
  const auto twice = combined(total, transpose(total).view(), 1);
  return symmetric_eigen(twice.view()).values.back() / 2;
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
