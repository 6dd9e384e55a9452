#include "prepared_run.hpp"

#include "polypath/init/initial_weights.hpp"
#include "polypath/plan/memory.hpp"
#include "polypath/train/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include <sched.h>

namespace polypath {
namespace {

/// Kept free for the writer's queue, HDF5, and whatever else this process does.
constexpr Index reserved_memory = Index{64} << 20;

std::shared_ptr<const PreparedData> prepare_data(const DataConfig& config) {
  auto prepared = std::make_shared<PreparedData>();
  prepared->config = config;
  prepared->data = make_dataset(config);
  prepared->modes = find_modes(prepared->data, config.correlation);
  return prepared;
}

std::shared_ptr<const PreparedData> shared_data(const std::vector<PreparedCell>& cells,
                                                const DataConfig& config) {
  for (const auto& cell : cells) {
    if (cell.data->config == config) {
      return cell.data;
    }
  }
  return prepare_data(config);
}

class NoObserver final : public Observer {
 public:
  void record(const Record& /*record*/) override {}
  void progress(Index /*epoch*/) override {}
  void member_done(Index /*member*/, MemberStatus /*status*/, Index /*stopped_epoch*/,
                   double /*final_loss*/) override {}
};

/// The same network with hidden widths divided by a whole number, small enough to time.
NetworkShape proxy_shape(NetworkShape shape) {
  constexpr Index largest = 16'000'000;
  while (shape.weights() > largest) {
    for (auto& pathway : shape.pathways) {
      for (std::size_t d = 1; d + 1 < pathway.units.size(); ++d) {
        pathway.units[d] = std::max<Index>(1, pathway.units[d] * 7 / 8);
      }
    }
  }
  return shape;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

Index usable_threads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) {
    return std::max<Index>(1, CPU_COUNT(&set));
  }
  return std::max<Index>(1, std::thread::hardware_concurrency());
}

PreparedRun prepare_run(const RunOptions& options) {
  PreparedRun run;
  run.document = load_config(options.config, options.overrides);
  run.threads = options.threads > 0 ? options.threads : usable_threads();
  const auto backend = make_backend({options.backend, 1});
  run.backend = backend->info();
  run.batches_members = backend->batches_members();
  run.available_memory = std::max<Index>(0, host_memory().available - reserved_memory);
  for (const auto& config : run.document.cells) {
    PreparedCell cell;
    cell.number = static_cast<Index>(run.cells.size());
    cell.config = config;
    cell.data = shared_data(run.cells, config.config.data);
    const DataSizes sizes{cell.data->data.examples(), cell.data->data.inputs(),
                          cell.data->data.outputs()};
    cell.plan =
        plan_cell(config.config, sizes, {run.threads, run.available_memory, run.batches_members});
    run.cells.push_back(std::move(cell));
  }
  return run;
}

TimeEstimate estimate_time(const PreparedCell& cell, BackendKind kind) {
  ArenaRequest request = cell.plan.request;
  request.shape = proxy_shape(request.shape);
  const auto backend = make_backend({kind, 1});
  const auto trainer = make_trainer(*backend, trainer_settings(cell.config.config, request),
                                    cell.data->data, cell.data->modes);
  InitConfig init;
  init.sigma = 1e-3;
  auto start = std::chrono::steady_clock::now();
  gaussian_weights(init, request.shape)->write(0, *backend, trainer->weights(0));
  const double scale =
      static_cast<double>(cell.plan.shape.weights()) / static_cast<double>(request.shape.weights());
  TimeEstimate estimate;
  estimate.start_seconds = seconds_since(start) * scale;
  NoObserver observer;
  trainer->run({0, 1}, observer, {});
  constexpr Index epochs = 4;
  start = std::chrono::steady_clock::now();
  trainer->run({0, epochs}, observer, {});
  estimate.epoch_seconds = seconds_since(start) / epochs * scale;
  const auto lanes = static_cast<double>(cell.plan.members_at_once * cell.plan.threads_per_member);
  const auto cell_epochs = static_cast<double>(cell.config.config.train.epochs);
  estimate.cell_seconds = (estimate.start_seconds + estimate.epoch_seconds * cell_epochs) *
                          static_cast<double>(cell.plan.members) / lanes;
  return estimate;
}

}  // namespace polypath
