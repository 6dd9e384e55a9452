#include "polypath/core/linalg.hpp"

#include "src/init/reduction/sampled_oracle.hpp"
#include "src/init/reduction/wide_matrix.hpp"
#include "unit/init/kolmogorov_smirnov.hpp"

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace polypath::reduction {
namespace {

// Words: vectors such as R2^T R2 R1 v made by the random layers of a pathway of depth 4, without
// any training. Inner products of words that lie in the expanded directions have the law of the
// full matrices.

constexpr Index width = 60;
constexpr Index inputs = 8;
constexpr Index outputs = 15;
constexpr double gain = 0.316;
constexpr std::size_t words = 14;

using Layers = std::vector<Matrix<double>>;
/// Per functional one value a member.
using Values = std::vector<std::vector<double>>;

Matrix<double> unit_column(Index rows) {
  Matrix<double> column(rows, 1);
  column(0, 0) = 1.0;
  return column;
}

double dot(const Matrix<double>& a, const Matrix<double>& b) {
  return multiply_transposed_left(a.view(), b.view())(0, 0);
}

/// |W2 W1 v|^2 and the like; element 1 is |f2|^2.
void add_functionals(const Layers& W, Values& values) {
  const auto up = [&W](std::size_t d, const Matrix<double>& x) {
    return multiply(W[d].view(), x.view());
  };
  const auto down = [&W](std::size_t d, const Matrix<double>& x) {
    return multiply_transposed_left(W[d].view(), x.view());
  };
  const auto f1 = up(0, unit_column(inputs));
  const auto f2 = up(1, f1);
  const auto f3 = up(2, f2);
  const auto b3 = down(3, unit_column(outputs));
  const auto b2 = down(2, b3);
  const auto b1 = down(1, b2);
  const auto x1 = down(1, f2);
  const auto x2 = down(2, f3);
  const auto y2 = up(1, b1);
  const auto y3 = up(2, b2);
  const double results[words] = {dot(f1, f1),          dot(f2, f2),
                                 dot(f3, f3),          dot(f1, b1),
                                 dot(f2, b2),          dot(x1, x1),
                                 dot(x1, b1),          dot(x2, x2),
                                 dot(x2, b2),          dot(x2, y2),
                                 dot(y3, y3),          dot(f3, y3),
                                 dot(x1, down(1, y2)), dot(up(2, y2), up(2, x2))};
  for (std::size_t i = 0; i < words; ++i) {
    values[i].push_back(results[i]);
  }
}

double entry_deviation() { return gain / std::sqrt(static_cast<double>(width)); }

Layers full_layers(std::uint64_t seed) {
  const Index units[] = {inputs, width, width, width, outputs};
  Layers layers;
  for (std::uint32_t d = 1; d <= 4; ++d) {
    Matrix<double> W = small_normals(units[d], units[d - 1], {seed, 0, d, 0});
    for (Index i = 0; i < W.rows() * W.columns(); ++i) {
      W.data()[i] *= entry_deviation();
    }
    layers.push_back(std::move(W));
  }
  return layers;
}

/// Expands all candidates, four times over, in a random order of spaces and after random rotations:
/// no word of the list is cut.
Layers sampled_layers(std::uint64_t seed, SampledOracle::FreeDimensions free_dimensions) {
  SampledOracle oracle({{inputs, width, width, width, outputs}},
                       std::vector<double>(4, entry_deviation()), inputs, seed, 0, free_dimensions);
  std::mt19937_64 order(seed);
  for (int generation = 0; generation < 4; ++generation) {
    std::vector<Index> spaces{1, 2, 3};
    std::shuffle(spaces.begin(), spaces.end(), order);
    for (const Index s : spaces) {
      const Index count = oracle.candidates(s);
      const NormalStream stream{order(), 0, 1, 9};
      oracle.rotate(s, qr_orthonormal(small_normals(count, count, stream).view()));
      oracle.expand(s, count);
      oracle.visit_forward(s + 1);
      oracle.visit_backward(s);
    }
  }
  Layers layers;
  for (Index d = 1; d <= 4; ++d) {
    layers.push_back(oracle.expanded_core(d));
  }
  return layers;
}

std::vector<double> compare(std::uint64_t members, SampledOracle::FreeDimensions free_dimensions) {
  Values full(words);
  Values sampled(words);
  for (std::uint64_t member = 1; member <= members; ++member) {
    add_functionals(full_layers(member), full);
    add_functionals(sampled_layers(member, free_dimensions), sampled);
  }
  std::vector<double> probabilities;
  for (std::size_t i = 0; i < words; ++i) {
    probabilities.push_back(testing::ks_probability(full[i], sampled[i]));
  }
  return probabilities;
}

void expect_law(std::uint64_t members) {
  const std::vector<double> probabilities = compare(members, &SampledOracle::remaining);
  for (std::size_t i = 0; i < words; ++i) {
    EXPECT_GT(probabilities[i], 1e-3) << "functional " << i;
  }
}

TEST(ReductionWords, HaveTheLawOfTheFullMatrices) { expect_law(600); }

TEST(ReductionWords, NightlyHaveTheLawOfTheFullMatrices) {
  if (std::getenv("POLYPATH_NIGHTLY") == nullptr) {  // NOLINT(concurrency-mt-unsafe)
    GTEST_SKIP() << "set POLYPATH_NIGHTLY to run it";
  }
  expect_law(10000);
}

TEST(ReductionWords, WrongDegreesOfFreedomAreNoticed) {
  const auto too_many = [](Index wide, Index /*named*/) { return wide; };
  const std::vector<double> probabilities = compare(600, too_many);
  EXPECT_LT(probabilities[1], 1e-6) << "|R2 R1 v|^2";
  std::size_t noticed = 0;
  for (const double probability : probabilities) {
    noticed += probability < 1e-3 ? 1U : 0U;
  }
  EXPECT_GE(noticed, words / 2);
}

}  // namespace
}  // namespace polypath::reduction
