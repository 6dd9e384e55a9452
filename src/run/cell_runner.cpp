#include "cell_runner.hpp"

#include "polypath/core/error.hpp"
#include "polypath/core/host_name.hpp"
#include "polypath/core/thread_pool.hpp"
#include "polypath/init/initial_weights.hpp"
#include "polypath/plan/schedule.hpp"
#include "polypath/train/curvature.hpp"
#include "polypath/train/layer_probe.hpp"
#include "polypath/train/loss.hpp"
#include "polypath/train/trainer.hpp"

#include "batch_observer.hpp"
#include "member_start.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <mutex>

#include <fmt/format.h>

namespace polypath {
namespace {

CellHeader make_header(const PreparedRun& run, const PreparedCell& cell,
                       const std::vector<Index>& epochs) {
  const Config& config = cell.config.config;
  CellHeader header;
  header.cell = cell.number;
  header.config = cell.config;
  header.modes = cell.data->modes;
  header.pathways = static_cast<Index>(cell.plan.shape.pathways.size());
  for (Index m = 0; m < cell.plan.members; ++m) {
    header.seeds.push_back(config.init.seed + static_cast<std::uint64_t>(m));
  }
  header.epochs = epochs;
  const std::string& math_overrides = cell.backend.info.math_overrides;
  header.facts = {{"backend", cell.backend.info.name},
                  {"device", cell.backend.info.device},
                  {"simd_target", cell.backend.info.simd_target},
                  {"libraries", cell.backend.info.libraries},
                  {"math_overrides", math_overrides.empty() ? "none" : math_overrides},
                  {"precision", std::string(to_string(config.train.precision))},
                  {"host", host_name()},
                  {"threads", run.threads},
                  {"data_checksum", cell.data->checksum},
                  {"init_checksum", cell.init_checksum}};
  return header;
}

FinalWeights download_weights(Backend& backend, const AnyMemberWeights& source, Index member,
                              bool bias) {
  FinalWeights result;
  result.member = member;
  std::visit(
      [&]<class T>(const MemberWeights<T>& weights) {
        for (const auto& pathway : weights.pathways) {
          result.weights.emplace_back();
          if (bias) {
            result.biases.emplace_back();
          }
          for (const auto& layer : pathway) {
            result.weights.back().push_back(download_matrix<T>(backend, layer.weights));
            if (bias) {
              result.biases.back().push_back(download_matrix<T>(backend, layer.bias));
            }
          }
        }
      },
      source);
  return result;
}

/// Trains the batches of a cell; one object per cell, `train_batch` called from several threads.
class CellTraining {
 public:
  CellTraining(const PreparedCell& cell, std::vector<Index> epochs, CellWriter& writer,
               Progress& progress, const std::stop_token& stop)
      : cell_(cell),
        epochs_(std::move(epochs)),
        writer_(writer),
        progress_(progress),
        weights_(cell_weights(cell)),
        results_(static_cast<std::size_t>(cell.plan.members)),
        outer_stop_(stop, [this] { stop_.request_stop(); }) {}

  /// Members [first, first + count). A failure stops the other threads; the first one is kept.
  void train_batch(Index first, Index count) noexcept {
    try {
      train(first, count);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) {
        failure_ = std::current_exception();
      }
      stop_.request_stop();
    }
  }

  /// Rethrows the first failure.
  std::vector<MemberResult> finish() {
    if (failure_) {
      std::rethrow_exception(failure_);
    }
    return std::move(results_);
  }

 private:
  void train(Index first, Index count) {
    if (stop_.stop_requested()) {
      throw Interrupted("interrupted");
    }
    const Config& config = cell_.config.config;
    const auto backend = make_backend({cell_.backend.kind, cell_.plan.threads_per_member});
    const MemberStart member_start(cell_, weights_.get(), first, *backend, stop_.get_token());
    ArenaRequest request = cell_.plan.request;
    request.shape = member_start.shape();
    request.members = count;
    const TrainerSettings settings = trainer_settings(config, request);
    const Dataset& data = cell_.data->data;
    const auto trainer = make_trainer(*backend, settings, data, cell_.data->modes);
    for (Index m = 0; m < count; ++m) {
      member_start.write(m, *backend, trainer->weights(m));
    }
    BatchObserver observer(writer_, progress_, first, count, request.modes, config.record.modes,
                           member_start.reduction(), probe_layers(*backend, *trainer, first, count),
                           SettlingWatch(count, config.train.epochs, config.train.precision,
                                         zero_network_loss(config.train.loss, data)));
    trainer->run(epochs_, observer, stop_.get_token());
    for (Index m = 0; m < count; ++m) {
      const bool finished =
          observer.results()[static_cast<std::size_t>(m)].status == MemberStatus::finished;
      observer.finish(m, finished ? edge_ratio(*backend, trainer->weights(m), settings)
                                  : std::numeric_limits<double>::quiet_NaN());
    }
    std::copy(observer.results().begin(), observer.results().end(), results_.begin() + first);
    if (config.record.weights == WeightsRecorded::final) {
      for (Index m = 0; m < count; ++m) {
        if (observer.results()[static_cast<std::size_t>(m)].status != MemberStatus::finished) {
          continue;  // nothing can start from weights that are not finite
        }
        writer_.write(
            download_weights(*backend, trainer->weights(m), first + m, config.network.bias));
      }
    }
  }

  /// How near gradient descent is to the edge of stability at these weights.
  double edge_ratio(Backend& backend, const AnyMemberWeights& weights,
                    const TrainerSettings& settings) {
    if (stop_.stop_requested()) {
      throw Interrupted("interrupted");
    }
    return 0.5 * settings.learning_rate *
           largest_hessian_eigenvalue(backend, weights, settings, cell_.data->data);
  }

  /// Measures the layers of the members of a batch before training, as far as record.layers asks
  /// for it; the probes that go on at every record.
  std::vector<LayerProbe> probe_layers(Backend& backend, Trainer& trainer, Index first,
                                       Index count) {
    std::vector<LayerProbe> probes;
    const LayersRecorded layers = cell_.config.config.record.layers;
    for (Index m = 0; m < count && layers != LayersRecorded::none; ++m) {
      const bool all = layers == LayersRecorded::all;
      LayerProbe probe(backend, trainer.weights(m), cell_.data->modes,
                       all ? Balance::watched : Balance::ignored);
      if (all) {
        probes.push_back(std::move(probe));
      } else {
        writer_.write(InitialLayers{first + m, probe.initial()});
      }
    }
    return probes;
  }

  const PreparedCell& cell_;
  std::vector<Index> epochs_;
  CellWriter& writer_;
  Progress& progress_;
  std::unique_ptr<InitialWeights> weights_;
  std::vector<MemberResult> results_;
  std::mutex mutex_;
  std::exception_ptr failure_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> outer_stop_;
};

}  // namespace

Index CellOutcome::diverged() const {
  return std::count_if(members.begin(), members.end(), [](const MemberResult& member) {
    return member.status == MemberStatus::diverged;
  });
}

CellOutcome run_cell(const PreparedRun& run, const PreparedCell& cell,
                     const std::filesystem::path& cells, Progress& progress,
                     const std::stop_token& stop) {
  const Config& config = cell.config.config;
  const auto epochs = recorded_epochs(config.train.epochs, config.record.every);
  CellWriter writer(cells, make_header(run, cell, epochs));
  CellTraining training(cell, epochs, writer, progress, stop);
  const auto start = std::chrono::steady_clock::now();

  const Index batch = is_batched(cell) ? cell.plan.members_at_once : 1;
  const Index batches = (cell.plan.members + batch - 1) / batch;
  ThreadPool pool(is_batched(cell) ? 1 : cell.plan.members_at_once);
  pool.run(batches, [&](Index b) {
    training.train_batch(b * batch, std::min(batch, cell.plan.members - b * batch));
  });

  CellOutcome outcome;
  outcome.members = training.finish();
  outcome.train_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  writer.finish();
  return outcome;
}

}  // namespace polypath
