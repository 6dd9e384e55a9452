#pragma once

#include "training.hpp"

namespace polypath::testing {

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
    request_ = {shape, 5, 3, 1, Precision::float64, config.network.bias, 1};
    trainer_ = make_trainer(*backend_, settings(), data_, modes_);
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
  [[nodiscard]] TrainerSettings settings() const { return trainer_settings(config_, request_); }
  [[nodiscard]] AnyMemberWeights weights() { return trainer_->weights(0); }
  [[nodiscard]] Backend& backend() { return *backend_; }
  [[nodiscard]] const Dataset& data() const { return data_; }
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
  ArenaRequest request_;
  std::unique_ptr<Trainer> trainer_;
};

}  // namespace polypath::testing
