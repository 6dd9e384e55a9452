#pragma once

#include "polypath/init/initial_weights.hpp"
#include "polypath/init/reduction.hpp"
#include "polypath/plan/schedule.hpp"
#include "polypath/train/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace polypath::testing {

/// sigma sqrt(N) of the paper's networks, which is held when widths change.
inline constexpr double paper_gain = 0.31622776601683794;

/// A data set with what belongs to it.
struct Task {
  Dataset data = hierarchy_dataset(4, 2);
  Modes modes = find_modes(data, CorrelationKind::sum);
};

/// A linear network and how it is trained; the hidden layers of every pathway are `hidden`.
struct ReductionCase {
  std::vector<PathwayConfig> pathways;
  TrainConfig train{0.01, Loss::sum_squares, 700, Precision::float64};
  InitConfig init{};

  [[nodiscard]] ReductionProblem problem(const Task& task, std::uint64_t seed) const {
    NetworkConfig network;
    network.pathways = pathways;
    return {network_shape(network, task.data.inputs(), task.data.outputs()),
            init,
            seed,
            train,
            task.data,
            task.modes};
  }
};

/// Pathways of these depths, all of one width, with the paper's gain.
inline ReductionCase equal_widths(const std::vector<Index>& depths, Index width, Index epochs) {
  ReductionCase result;
  for (const Index depth : depths) {
    result.pathways.push_back({std::vector<Index>(static_cast<std::size_t>(depth - 1), width)});
  }
  result.train.epochs = epochs;
  result.init.sigma = paper_gain / std::sqrt(static_cast<double>(width));
  return result;
}

/// K at recorded epochs.
class KHistory final : public Observer {
 public:
  void record(const Record& record) override {
    epochs.push_back(record.epoch);
    K.emplace_back(record.K.begin(), record.K.end());
  }
  void progress(Index /*epoch*/) override {}
  void member_done(Index /*member*/, MemberStatus /*status*/, Index /*stopped_epoch*/,
                   double /*final_loss*/) override {}

  std::vector<Index> epochs;
  std::vector<std::vector<double>> K;  ///< pathway x mode x mode_in
};

/// Trains a network of `shape` whose weights `write` puts in place.
template <class Write>
KHistory train_network(const ReductionProblem& problem, const NetworkShape& shape, Index every,
                       const Write& write) {
  const auto backend = make_backend({BackendKind::cpu, 1});
  TrainerSettings settings;
  const auto modes = static_cast<Index>(problem.modes.S.size());
  settings.request = {shape, problem.data.examples(), modes, 1, Precision::float64, false, 1};
  settings.loss = problem.train.loss;
  settings.learning_rate = problem.train.learning_rate;
  const auto trainer = make_trainer(*backend, settings, problem.data, problem.modes);
  write(*backend, trainer->weights(0));
  KHistory history;
  trainer->run(recorded_epochs(problem.train.epochs, every), history, {});
  return history;
}

inline KHistory train_full(const ReductionProblem& problem, Index every = 10) {
  InitConfig init = problem.init;
  init.seed = problem.seed;
  const auto weights = gaussian_weights(init, problem.shape);
  return train_network(problem, problem.shape, every,
                       [&](Backend& backend, const AnyMemberWeights& target) {
                         weights->write(0, backend, target);
                       });
}

inline KHistory train_narrow(const ReductionProblem& problem, const ReducedNetwork& network,
                             Index every = 10) {
  return train_network(problem, network.shape, every,
                       [&](Backend& backend, const AnyMemberWeights& target) {
                         write_reduced(network, backend, target);
                       });
}

inline double largest_target(const Modes& modes) {
  double target = 0.0;
  for (Index j = 0; j < modes.rank; ++j) {
    target = std::max(target, std::abs(modes.target(j, j)));
  }
  return target;
}

/// The largest difference of two trainings' K, all entries, relative to the largest target.
inline double trajectory_error(const KHistory& a, const KHistory& b, const Modes& modes) {
  double largest = a.K.size() == b.K.size() ? 0.0 : INFINITY;
  for (std::size_t r = 0; r < std::min(a.K.size(), b.K.size()); ++r) {
    for (std::size_t i = 0; i < a.K[r].size(); ++i) {
      largest = std::max(largest, std::abs(a.K[r][i] - b.K[r][i]));
    }
  }
  return largest / largest_target(modes);
}

inline Index largest_k(const ReducedNetwork& network) {
  Index largest = 0;
  for (const auto& pathway : network.k) {
    for (const Index k : pathway) {
      largest = std::max(largest, k);
    }
  }
  return largest;
}

/// Settings that stop at `tolerance`.
inline ReductionSettings tolerance_of(double tolerance, WideWeights weights = WideWeights::stored) {
  ReductionSettings settings;
  settings.tolerance = tolerance;
  settings.weights = weights;
  return settings;
}

}  // namespace polypath::testing
