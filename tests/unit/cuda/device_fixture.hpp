#pragma once

#include "polypath/core/error.hpp"

#include "unit/train/training.hpp"

#include <functional>
#include <memory>

#include <gtest/gtest.h>

namespace polypath::testing {

/// A trainer on the device with random weights, and its observer.
class DeviceTraining {
 public:
  DeviceTraining(const Config& config, Index members, Index delay)
      : config_(config),
        data_(hierarchy_dataset(4, 2)),
        modes_(find_modes(data_, CorrelationKind::sum)),
        request_{network_shape(config.network, data_.inputs(), data_.outputs()),
                 data_.examples(),
                 static_cast<Index>(modes_.S.size()),
                 members,
                 config.train.precision,
                 config.network.bias,
                 delay},
        backend_(make_backend({BackendKind::cuda, 1})),
        trainer_(make_trainer(*backend_, trainer_settings(config, request_), data_, modes_)) {
    const auto initial = make_initial_weights(config, request_.shape);
    for (Index m = 0; m < members; ++m) {
      initial->write(m, *backend_, trainer_->weights(m));
    }
  }

  void run(const std::vector<Index>& recorded, Observer& observer) {
    trainer_->run(recorded, observer, {});
  }
  /// Trains through `epochs` updates with a record at either end; waits for the end.
  void run(Index epochs) {
    History history(request_.members);
    run({0, epochs}, history);
    backend_->synchronise();
  }
  [[nodiscard]] Backend& backend() { return *backend_; }
  [[nodiscard]] Trainer& trainer() { return *trainer_; }
  [[nodiscard]] const ArenaRequest& request() const { return request_; }

 private:
  Config config_;
  Dataset data_;
  Modes modes_;
  ArenaRequest request_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Trainer> trainer_;
};

/// Calls back at every record, before the next one.
class Watcher final : public Observer {
 public:
  explicit Watcher(std::function<void(Index)> at_epoch) : at_epoch_(std::move(at_epoch)) {}
  void record(const Record& /*record*/) override {}
  void progress(Index epoch) override { at_epoch_(epoch); }
  void member_done(Index /*member*/, MemberStatus /*status*/, Index /*stopped_epoch*/,
                   double /*final_loss*/) override {}

 private:
  std::function<void(Index)> at_epoch_;
};

inline Config device_config(Activation activation, Precision precision = Precision::float32) {
  Config config;
  config.network = equal_pathways(2, 4, 48);
  config.network.activation = activation;
  config.init.sigma = 0.1;
  config.train.precision = precision;
  return config;
}

}  // namespace polypath::testing
