// One step of gradient descent against central differences of the recorded loss.
#include "small_network.hpp"

#include <gtest/gtest.h>

namespace polypath::testing {
namespace {

double difference_quotient(SmallNetwork& network, MatrixView<double> matrix, Index r, Index c) {
  constexpr double h = 1e-5;
  const Matrix<double> original = network.get(matrix);
  Matrix<double> moved = original;
  moved(r, c) = original(r, c) + h;
  network.set(matrix, moved);
  const double above = network.loss();
  moved(r, c) = original(r, c) - h;
  network.set(matrix, moved);
  const double below = network.loss();
  network.set(matrix, original);
  return (above - below) / (2.0 * h);
}

void expect_gradient(const Config& config, BackendKind backend) {
  SmallNetwork network(config, backend);
  std::vector<Matrix<double>> before;
  std::vector<Matrix<double>> quotients;
  double scale = 0.0;
  for (const auto& matrix : network.matrices()) {
    before.push_back(network.get(matrix));
    quotients.emplace_back(matrix.rows, matrix.columns);
    for (Index r = 0; r < matrix.rows; ++r) {
      for (Index c = 0; c < matrix.columns; ++c) {
        quotients.back()(r, c) = difference_quotient(network, matrix, r, c);
        scale = std::max(scale, std::abs(quotients.back()(r, c)));
      }
    }
  }
  EXPECT_GT(scale, 1e-3);
  network.train({0, 1});
  for (std::size_t i = 0; i < before.size(); ++i) {
    const Matrix<double> after = network.get(network.matrices()[i]);
    for (Index r = 0; r < after.rows(); ++r) {
      for (Index c = 0; c < after.columns(); ++c) {
        const double gradient = (before[i](r, c) - after(r, c)) / config.train.learning_rate;
        // Central differences: h^2 from the third derivative, eps / h from rounding.
        EXPECT_NEAR(gradient, quotients[i](r, c), 1e-8 * (1.0 + scale))
            << "matrix " << i << " entry " << r << ", " << c;
      }
    }
  }
}

class Gradient
    : public ::testing::TestWithParam<std::tuple<Activation, Loss, bool, bool, BackendKind>> {};

TEST_P(Gradient, EqualsTheDifferenceQuotient) {
  const auto& [activation, loss, bias, after_output, backend] = GetParam();
  Config config;
  config.network.pathways = {{{4, 3}}, {{5}}, {{}}, {{4, 3}}};
  config.network.activation = activation;
  config.network.activation_after_output = after_output;
  config.network.bias = bias;
  config.init.sigma = 0.7;
  config.init.seed = 3;
  config.train.loss = loss;
  config.train.learning_rate = 0.01;
  expect_gradient(config, backend);
}

INSTANTIATE_TEST_SUITE_P(
    Everything, Gradient,
    ::testing::Combine(::testing::Values(Activation::linear, Activation::tanh, Activation::relu),
                       ::testing::Values(Loss::sum_squares, Loss::half_sum_squares,
                                         Loss::mean_squares),
                       ::testing::Bool(), ::testing::Bool(),
                       ::testing::Values(BackendKind::reference, BackendKind::cpu)));

}  // namespace
}  // namespace polypath::testing
