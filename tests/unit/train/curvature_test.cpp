// The Hessian in factors against differences of the gradient, and its largest eigenvalue against
// dense algebra.
#include "polypath/train/curvature.hpp"

#include "polypath/core/linalg.hpp"

#include "small_network.hpp"

#include <random>

namespace polypath::testing {
namespace {

/// Every weight and bias of a network as one vector.
using Flat = std::vector<double>;

Flat flat(SmallNetwork& network) {
  Flat all;
  for (const auto& matrix : network.matrices()) {
    const Matrix<double> values = network.get(matrix);
    all.insert(all.end(), values.elements().begin(), values.elements().end());
  }
  return all;
}

void set(SmallNetwork& network, const Flat& values) {
  auto next = values.begin();
  for (const auto& matrix : network.matrices()) {
    Matrix<double> part(matrix.rows, matrix.columns);
    std::copy_n(next, part.elements().size(), part.data());
    next += static_cast<std::ptrdiff_t>(part.elements().size());
    network.set(matrix, part);
  }
}

Flat plus(const Flat& a, double factor, const Flat& b) {
  Flat sum = a;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    sum[i] += factor * b[i];
  }
  return sum;
}

/// By one step of the trainer.
Flat gradient(SmallNetwork& network, const Flat& at) {
  set(network, at);
  network.train({0, 1});
  const double rate = network.settings().learning_rate;
  return plus(Flat(at.size()), 1.0 / rate, plus(at, -1.0, flat(network)));
}

/// H direction by central differences.
Flat difference_quotient(SmallNetwork& network, const Flat& at, const Flat& direction) {
  constexpr double h = 1e-5;
  const Flat above = gradient(network, plus(at, h, direction));
  const Flat below = gradient(network, plus(at, -h, direction));
  set(network, at);
  return plus(Flat(at.size()), 0.5 / h, plus(above, -1.0, below));
}

Flat flat(const HessianOperator::Direction& direction) {
  Flat all;
  for (std::size_t a = 0; a < direction.weights.size(); ++a) {
    for (std::size_t d = 0; d < direction.weights[a].size(); ++d) {
      for (const auto* matrix : {&direction.weights[a][d], &direction.biases[a][d]}) {
        all.insert(all.end(), matrix->elements().begin(), matrix->elements().end());
      }
    }
  }
  return all;
}

double largest(const Flat& values) { return max_abs(values); }

Flat random_vector(std::size_t size) {
  std::mt19937_64 bits(3);
  Flat result(size);
  for (auto& value : result) {
    value = static_cast<double>(bits() >> 11U) * 0x1p-53 - 0.5;
  }
  return result;
}

Config curved_config(Activation activation, Loss loss, bool bias, bool after_output) {
  Config config;
  config.network.pathways = {{{4, 3}}, {{6}}, {{}}, {{4, 3}}};
  config.network.activation = activation;
  config.network.activation_after_output = after_output;
  config.network.bias = bias;
  config.init.sigma = 0.7;
  config.init.seed = 3;
  config.train.loss = loss;
  return config;
}

class Curvature
    : public ::testing::TestWithParam<std::tuple<Activation, Loss, bool, bool, BackendKind>> {
 protected:
  Curvature()
      : network_(std::apply(
                     [](auto activation, auto loss, bool bias, bool after, auto /*backend*/) {
                       return curved_config(activation, loss, bias, after);
                     },
                     GetParam()),
                 std::get<4>(GetParam())) {}
  SmallNetwork network_;
};

TEST_P(Curvature, ProductsEqualDifferencesOfTheGradient) {
  HessianOperator hessian(network_.backend(), network_.weights(), network_.settings(),
                          network_.data());
  Flat vector = random_vector(static_cast<std::size_t>(hessian.size()));
  hessian.project(vector);
  Flat product(vector.size());
  hessian.apply(vector, product);
  const Flat found = flat(hessian.direction(product));
  const Flat wanted =
      difference_quotient(network_, flat(network_), flat(hessian.direction(vector)));
  ASSERT_EQ(found.size(), wanted.size());
  const double scale = largest(wanted);
  EXPECT_GT(scale, 1e-3);
  for (std::size_t i = 0; i < found.size(); ++i) {
    // h^2 from the third derivative, eps / (rate h) from rounding: 1e-10 and 1e-9 of the sizes.
    ASSERT_NEAR(found[i], wanted[i], 1e-7 * (1.0 + scale)) << "entry " << i;
  }
}

TEST_P(Curvature, CoordinatesAreOrthonormal) {
  HessianOperator hessian(network_.backend(), network_.weights(), network_.settings(),
                          network_.data());
  Flat vector = random_vector(static_cast<std::size_t>(hessian.size()));
  hessian.project(vector);
  const Flat direction = flat(hessian.direction(vector));
  const auto square = [](const Flat& v) {
    return std::inner_product(v.begin(), v.end(), v.begin(), 0.0);
  };
  EXPECT_NEAR(square(direction), square(vector), 1e-12 * square(vector));
}

TEST_P(Curvature, HasTheSpectrumOfTheWholeHessian) {
  const Flat at = flat(network_);
  const auto weights = static_cast<Index>(at.size());
  Matrix<double> dense(weights, weights);
  for (Index i = 0; i < weights; ++i) {
    Flat unit(at.size());
    unit[static_cast<std::size_t>(i)] = 1.0;
    const Flat column = difference_quotient(network_, at, unit);
    for (Index r = 0; r < weights; ++r) {
      dense(r, i) += 0.5 * column[static_cast<std::size_t>(r)];
      dense(i, r) += 0.5 * column[static_cast<std::size_t>(r)];
    }
  }
  const auto spectrum = symmetric_eigen(dense.view()).values;
  const double found = largest_hessian_eigenvalue(network_.backend(), network_.weights(),
                                                  network_.settings(), network_.data());
  EXPECT_NEAR(found, spectrum.front(), 1e-3 * spectrum.front());

  // Nothing lies outside the space: the squares of all eigenvalues add up inside it.
  HessianOperator hessian(network_.backend(), network_.weights(), network_.settings(),
                          network_.data());
  double inside = 0.0;
  for (Index i = 0; i < hessian.size(); ++i) {
    Flat unit(static_cast<std::size_t>(hessian.size()));
    unit[static_cast<std::size_t>(i)] = 1.0;
    hessian.project(unit);
    Flat product(unit.size());
    hessian.apply(unit, product);
    inside += std::inner_product(product.begin(), product.end(), product.begin(), 0.0);
  }
  const double all = std::inner_product(spectrum.begin(), spectrum.end(), spectrum.begin(), 0.0);
  EXPECT_NEAR(inside, all, 1e-6 * all);
}

INSTANTIATE_TEST_SUITE_P(
    Everything, Curvature,
    ::testing::Combine(::testing::Values(Activation::linear, Activation::tanh, Activation::relu),
                       ::testing::Values(Loss::sum_squares, Loss::half_sum_squares,
                                         Loss::mean_squares),
                       ::testing::Bool(), ::testing::Bool(),
                       ::testing::Values(BackendKind::reference, BackendKind::cpu)));

TEST(LargestEigenvalue, IsTheLargestAlgebraically) {
  const Flat values{-9.0, 0.5, 3.0, 2.9, -0.25};
  const auto apply = [&](std::span<const double> v, std::span<double> result) {
    for (std::size_t i = 0; i < v.size(); ++i) {
      result[i] = values[i] * v[i];
    }
  };
  EXPECT_NEAR(largest_eigenvalue(random_vector(values.size()), apply), 3.0, 3e-3);
  EXPECT_EQ(largest_eigenvalue(Flat(values.size()), apply), 0.0);
}

TEST(LargestEigenvalue, IsUnknownWhereNumbersAreNotFinite) {
  const auto apply = [](std::span<const double> /*v*/, std::span<double> result) {
    std::fill(result.begin(), result.end(), std::nan(""));
  };
  EXPECT_TRUE(std::isnan(largest_eigenvalue(Flat{1.0, 2.0}, apply)));
}

}  // namespace
}  // namespace polypath::testing
