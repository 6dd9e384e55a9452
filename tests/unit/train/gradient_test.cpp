// One step of gradient descent against central differences of the recorded loss.
#include "training.hpp"

#include <gtest/gtest.h>

namespace polypath::testing {
namespace {

/// A network small enough for finite differences, its weights in host memory.
class SmallNetwork {
 public:
  explicit SmallNetwork(const Config& config, BackendKind backend)
      : config_(config), backend_(make_backend({backend, 1})) {
    DataConfig task;
    task.task = Task::random;
    task.examples = 5;
    task.inputs = 3;
    task.outputs = 4;
    task.singular_values = {2.0, 1.0};
    data_ = make_dataset(task);
    modes_ = find_modes(data_, CorrelationKind::sum);
    const NetworkShape shape = network_shape(config.network, 3, 4);
    const ArenaRequest request{shape, 5, 3, 1, Precision::float64, config.network.bias, 1};
    trainer_ = make_trainer(*backend_, trainer_settings(config, request), data_, modes_);
    gaussian_weights(config.init, shape)->write(0, *backend_, trainer_->weights(0));
    if (config.network.bias) {
      NormalStream stream{7, 0, 0, 2};
      for (const auto& matrix : matrices()) {
        if (matrix.rows == 1) {
          ++stream.pathway;
          backend_->operations(double()).fill_normal(matrix, stream, 0.3);
        }
      }
    }
  }

  /// Every weight matrix and bias.
  [[nodiscard]] std::vector<MatrixView<double>> matrices() {
    std::vector<MatrixView<double>> all;
    const auto weights = std::get<MemberWeights<double>>(trainer_->weights(0));
    for (const auto& pathway : weights.pathways) {
      for (const auto& layer : pathway) {
        all.push_back(layer.weights);
        if (!layer.bias.empty()) {
          all.push_back(layer.bias);
        }
      }
    }
    return all;
  }
  [[nodiscard]] Matrix<double> get(MatrixView<double> matrix) {
    return download_matrix<double>(*backend_, matrix);
  }
  void set(MatrixView<double> matrix, const Matrix<double>& values) {
    upload_matrix<double>(*backend_, values, matrix);
  }
  [[nodiscard]] double loss() { return train({0}).loss.front(); }
  MemberHistory train(const std::vector<Index>& recorded) {
    History history(1);
    trainer_->run(recorded, history, {});
    return history.members()[0];
  }

 private:
  Config config_;
  std::unique_ptr<Backend> backend_;
  Dataset data_;
  Modes modes_;
  std::unique_ptr<Trainer> trainer_;
};

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
