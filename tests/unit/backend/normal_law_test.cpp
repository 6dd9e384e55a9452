// Do the portable normals follow the normal law? Fixed streams, so a pass stays a pass; each bound
// is four standard deviations of the statistic unless it says otherwise.
#include "kernels/functor/normal.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

namespace polypath {
namespace {

constexpr Index rows = 1000;
constexpr Index columns = 1000;
constexpr double samples = 1e6;

/// Rows from `first_row`, columns from `first_column` of the matrix that `stream` names.
std::vector<double> draw(const NormalStream& stream, Index first_row = 0, Index first_column = 0) {
  std::vector<double> values;
  values.reserve(static_cast<std::size_t>(rows * columns));
  for (Index r = first_row; r < first_row + rows; ++r) {
    for (Index c = first_column; c < first_column + columns; ++c) {
      values.push_back(normal_at(stream, r, c));
    }
  }
  return values;
}

const std::vector<double>& weights() {
  static const std::vector<double> values = draw({1, 0, 1, 0});
  return values;
}

double mean_power(const std::vector<double>& values, int power) {
  double sum = 0.0;
  for (const double z : values) {
    sum += std::pow(z, power);
  }
  return sum / static_cast<double>(values.size());
}

/// P(Z <= z).
double normal_law(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

TEST(NormalLaw, MomentsAreThoseOfTheNormalLaw) {
  // Var(Z^k) = E Z^2k - (E Z^k)^2: 1, 2, 15, 96, 945, 10170.
  const double expected[6] = {0, 1, 0, 3, 0, 15};
  const double variance[6] = {1, 2, 15, 96, 945, 10170};
  for (int k = 1; k <= 6; ++k) {
    EXPECT_NEAR(mean_power(weights(), k), expected[k - 1],
                4.0 * std::sqrt(variance[k - 1] / samples))
        << "moment " << k;
  }
}

TEST(NormalLaw, KolmogorovSmirnovDistanceIsThatOfASample) {
  std::vector<double> sorted = weights();
  std::sort(sorted.begin(), sorted.end());
  double distance = 0.0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const double law = normal_law(sorted[i]);
    distance = std::max({distance, law - static_cast<double>(i) / samples,
                         static_cast<double>(i + 1) / samples - law});
  }
  EXPECT_LT(std::sqrt(samples) * distance, 1.95);  // exceeded by one sample in 1000
  EXPECT_GT(std::sqrt(samples) * distance, 0.30);  // below it: too even to be random
}

TEST(NormalLaw, EachOfTheFourPositionsFollowsTheLaw) {
  for (Index position = 0; position < 4; ++position) {
    std::vector<double> part;
    for (std::size_t i = static_cast<std::size_t>(position); i < weights().size(); i += 4) {
      part.push_back(weights()[i]);
    }
    EXPECT_NEAR(mean_power(part, 1), 0.0, 4.0 * std::sqrt(4.0 / samples)) << position;
    EXPECT_NEAR(mean_power(part, 2), 1.0, 4.0 * std::sqrt(8.0 / samples)) << position;
    EXPECT_NEAR(mean_power(part, 4), 3.0, 4.0 * std::sqrt(4 * 96.0 / samples)) << position;
  }
}

TEST(NormalLaw, TailsAreFilled) {
  for (const double bound : {1.0, 2.0, 3.0, 4.0}) {
    for (const double sign : {-1.0, 1.0}) {
      const double expected = samples * normal_law(-bound);
      const auto found = static_cast<double>(std::count_if(
          weights().begin(), weights().end(), [&](double z) { return sign * z > bound; }));
      EXPECT_NEAR(found, expected, 4.0 * std::sqrt(expected)) << sign * bound;
    }
  }
  // The largest of 10^6: above 4.4 and below 5.9 but for one sample in 100.
  const auto [least, most] = std::minmax_element(weights().begin(), weights().end());
  EXPECT_GT(std::min(-*least, *most), 4.2);
  EXPECT_LT(std::max(-*least, *most), 5.9);
}

/// The correlation of x_i with y_i, and of their squares, in units of its standard deviation.
void expect_independent(const std::vector<double>& x, const std::vector<double>& y) {
  const std::size_t size = std::min(x.size(), y.size());
  double product = 0.0;
  double squares = 0.0;
  for (std::size_t i = 0; i < size; ++i) {
    product += x[i] * y[i];
    squares += (x[i] * x[i] - 1.0) * (y[i] * y[i] - 1.0) / 2.0;
  }
  EXPECT_LT(std::abs(product) / std::sqrt(static_cast<double>(size)), 4.0);
  EXPECT_LT(std::abs(squares) / std::sqrt(static_cast<double>(size)), 4.0);
}

TEST(NormalLaw, NeighboursInTheMatrixAreIndependent) {
  for (Index lag = 1; lag <= 8; ++lag) {
    SCOPED_TRACE("columns " + std::to_string(lag));
    expect_independent(weights(), draw({1, 0, 1, 0}, 0, lag));
  }
  for (const Index lag : {1, 2, 3, 4, 64}) {
    SCOPED_TRACE("rows " + std::to_string(lag));
    expect_independent(weights(), draw({1, 0, 1, 0}, lag, 0));
  }
}

TEST(NormalLaw, StreamsAreIndependent) {
  const NormalStream others[] = {{2, 0, 1, 0}, {1ULL << 32U, 0, 1, 0}, {1, 1, 1, 0},
                                 {1, 0, 2, 0}, {1, 0, 1, 1},           {1, 1, 0, 0}};
  for (const NormalStream& other : others) {
    SCOPED_TRACE("seed " + std::to_string(other.seed) + ", pathway " +
                 std::to_string(other.pathway) + ", layer " + std::to_string(other.layer) +
                 ", tag " + std::to_string(other.tag));
    expect_independent(weights(), draw(other));
  }
}

TEST(NormalLaw, SquareMatrixHasTheTraceOfMarchenkoAndPastur) {
  // Trace moments of W W^T / N: 1, 2 (Marchenko-Pastur); they see dependence between rows that
  // pairwise correlations miss. Fluctuation of the second: O(1 / N), with factor sqrt(20) < 5.
  constexpr std::size_t size = 200;
  double second = 0.0;
  for (std::size_t r = 0; r < size; ++r) {
    for (std::size_t s = 0; s < size; ++s) {
      double overlap = 0.0;
      for (std::size_t c = 0; c < size; ++c) {
        overlap += weights()[r * columns + c] * weights()[s * columns + c];
      }
      second += overlap * overlap;
    }
  }
  const double n = static_cast<double>(size);
  EXPECT_NEAR(second / (n * n * n), 2.0 + 1.0 / n, 4.0 * 5.0 / n);
}

}  // namespace
}  // namespace polypath
