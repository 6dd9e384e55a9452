#pragma once

#include "polypath/backend/backend.hpp"
#include "polypath/config/config.hpp"
#include "polypath/data/dataset.hpp"
#include "polypath/data/modes.hpp"
#include "polypath/init/initial_weights.hpp"
#include "polypath/plan/schedule.hpp"
#include "polypath/train/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace polypath::testing {

/// Everything that one member sent.
struct MemberHistory {
  std::vector<Index> epochs;
  std::vector<double> loss;
  std::vector<std::vector<double>> K;        ///< record, then pathway x mode x mode_in
  std::vector<std::vector<double>> outside;  ///< record, then pathway
  MemberStatus status = MemberStatus::unfinished;
  Index stopped_epoch = -1;

  bool operator==(const MemberHistory&) const = default;
};

class History final : public Observer {
 public:
  explicit History(Index members) : members_(static_cast<std::size_t>(members)) {}

  void record(const Record& record) override {
    auto& member = members_[static_cast<std::size_t>(record.member)];
    EXPECT_EQ(record.index, static_cast<Index>(member.epochs.size()));
    member.epochs.push_back(record.epoch);
    member.loss.push_back(record.loss);
    member.K.emplace_back(record.K.begin(), record.K.end());
    member.outside.emplace_back(record.outside.begin(), record.outside.end());
  }
  void progress(Index /*epoch*/) override {}
  void member_done(Index member, MemberStatus status, Index stopped_epoch,
                   double /*final_loss*/) override {
    members_[static_cast<std::size_t>(member)].status = status;
    members_[static_cast<std::size_t>(member)].stopped_epoch = stopped_epoch;
  }
  [[nodiscard]] const std::vector<MemberHistory>& members() const { return members_; }

 private:
  std::vector<MemberHistory> members_;
};

/// What a test varies beyond the config.
struct TrainOptions {
  BackendKind backend = BackendKind::cpu;
  Index threads = 1;
  Index first_member = 0;
  Index members = 1;  ///< one batch
  Index delay = 1;
};

/// Trains members [first, first + members) of `config` as one batch.
inline std::vector<MemberHistory> train(const Config& config, const Dataset& data,
                                        const Modes& modes, const TrainOptions& options = {}) {
  const auto backend = make_backend({options.backend, options.threads});
  const NetworkShape shape = network_shape(config.network, data.inputs(), data.outputs());
  const auto modes_count = static_cast<Index>(modes.S.size());
  const ArenaRequest request{shape,           data.examples(),        modes_count,
                             options.members, config.train.precision, config.network.bias,
                             options.delay};
  const auto trainer = make_trainer(*backend, trainer_settings(config, request), data, modes);
  const auto initial = make_initial_weights(config, shape);
  for (Index m = 0; m < options.members; ++m) {
    initial->write(options.first_member + m, *backend, trainer->weights(m));
  }
  History history(options.members);
  trainer->run(recorded_epochs(config.train.epochs, config.record.every), history, {});
  EXPECT_EQ(trainer->allocated_bytes(), plan_arena(request).bytes);
  return history.members();
}

/// Training with biases, for comparing one way of it with another.
inline Config training_with_biases(NetworkConfig network, Activation activation,
                                   Precision precision, double sigma, Index epochs, Index every) {
  Config config;
  config.network = std::move(network);
  config.network.activation = activation;
  config.network.bias = true;
  config.init.sigma = sigma;
  config.train.epochs = epochs;
  config.train.precision = precision;
  config.record.every = every;
  return config;
}

/// Pathways of unequal shapes, each given by its hidden layers.
inline NetworkConfig unequal_pathways(const std::vector<std::vector<Index>>& hidden) {
  NetworkConfig network;
  network.pathways.clear();
  for (const auto& units : hidden) {
    network.pathways.push_back({units});
  }
  return network;
}

/// Hidden layers of the paper's setting: `pathways` pathways of depth `depth`, all of width
/// `width`.
inline NetworkConfig equal_pathways(Index pathways, Index depth, Index width) {
  NetworkConfig network;
  const std::vector<Index> hidden(static_cast<std::size_t>(depth - 1), width);
  network.pathways.assign(static_cast<std::size_t>(pathways), {hidden});
  return network;
}

inline double max_abs(const std::vector<double>& values) {
  double largest = 0.0;
  for (const double value : values) {
    largest = std::max(largest, std::abs(value));
  }
  return largest;
}

/// The largest difference of K over records, pathways and modes.
inline double largest_difference(const MemberHistory& a, const MemberHistory& b) {
  double largest = 0.0;
  EXPECT_EQ(a.K.size(), b.K.size());
  for (std::size_t r = 0; r < a.K.size(); ++r) {
    for (std::size_t i = 0; i < a.K[r].size(); ++i) {
      largest = std::max(largest, std::abs(a.K[r][i] - b.K[r][i]));
    }
  }
  return largest;
}

}  // namespace polypath::testing
