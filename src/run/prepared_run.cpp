#include "prepared_run.hpp"

#include "polypath/core/error.hpp"
#include "polypath/core/linalg.hpp"
#include "polypath/init/initial_weights.hpp"
#include "polypath/plan/memory.hpp"
#include "polypath/train/trainer.hpp"

#include "member_start.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include <fmt/format.h>
#include <sched.h>

namespace polypath {
namespace {

/// Kept free for the writer's queue, HDF5, and whatever else this process does.
constexpr Index reserved_memory = Index{64} << 20;

/// Weights of a network that stands in for a larger one when time is estimated.
constexpr Index largest_proxy = 16'000'000;

/// Squares of the entries are summed in single precision at the least.
void refuse_huge_numbers(const Matrix<double>& matrix, const char* name) {
  constexpr double largest = 1e15;
  const double found = max_abs(matrix.view());
  if (found > largest) {
    throw BadData(
        fmt::format("{} has an entry of size {:.3g}; sums of squares of numbers above "
                    "{:.0e} overflow. Scale the data",
                    name, found, largest));
  }
}

std::string bytes_of_matrix(const Matrix<double>& matrix) {
  const auto& elements = matrix.elements();
  return {reinterpret_cast<const char*>(elements.data()), elements.size() * sizeof(double)};
}

/// On the device where the backend has one: the basis within equal values is made canonical after.
Modes modes_of(const Dataset& data, CorrelationKind kind, Backend& backend) {
  const Matrix<double> correlation = input_output_correlation(data, kind);
  if (auto svd = backend.thin_svd(correlation.view())) {
    return find_modes(data, kind, {std::move(svd->U), std::move(svd->S), std::move(svd->V)});
  }
  return find_modes(data, kind);
}

std::shared_ptr<const PreparedData> prepare_data(const DataConfig& config, Backend& backend) {
  auto prepared = std::make_shared<PreparedData>();
  prepared->config = config;
  prepared->data = make_dataset(config);
  refuse_huge_numbers(prepared->data.x, "x");
  refuse_huge_numbers(prepared->data.y, "y");
  prepared->modes = modes_of(prepared->data, config.correlation, backend);
  prepared->checksum =
      settings_hash(bytes_of_matrix(prepared->data.x) + bytes_of_matrix(prepared->data.y));
  return prepared;
}

/// Opens init.file now, so that a missing or unfit one is known before anything is written.
std::string check_init_file(const Config& config, const NetworkShape& shape) {
  if (config.init.method != InitMethod::file) {
    return {};
  }
  (void)file_weights(config.init.file, shape, config.network.bias);
  std::ifstream file(config.init.file, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return settings_hash(content.str());
}

std::shared_ptr<const PreparedData> shared_data(const std::vector<PreparedCell>& cells,
                                                const DataConfig& config, Backend& backend) {
  for (const auto& cell : cells) {
    if (cell.data->config == config) {
      return cell.data;
    }
  }
  return prepare_data(config, backend);
}

class NoObserver final : public Observer {
 public:
  void record(const Record& /*record*/) override {}
  void progress(Index /*epoch*/) override {}
  void member_done(Index /*member*/, MemberStatus /*status*/, Index /*stopped_epoch*/,
                   double /*final_loss*/) override {}
};

/// The same network with narrower hidden layers, small enough to time; hidden layers of one unit
/// are the end of it.
NetworkShape proxy_shape(NetworkShape shape) {
  bool narrowed = true;
  while (shape.weights() > largest_proxy && narrowed) {
    narrowed = false;
    for (auto& pathway : shape.pathways) {
      for (std::size_t d = 1; d + 1 < pathway.units.size(); ++d) {
        const Index narrower = std::max<Index>(1, pathway.units[d] * 7 / 8);
        narrowed = narrowed || narrower < pathway.units[d];
        pathway.units[d] = narrower;
      }
    }
  }
  return shape;
}

/// About how long finding a narrow network takes: narrow trainings of growing size, which cost
/// about three times the last one, and, for projected weights, ten passes over the wide ones.
double reduction_seconds(const PreparedCell& cell, double epoch_seconds) {
  constexpr double trainings = 3.0;
  constexpr double passes = 10.0;
  constexpr double seconds_per_wide_weight = 5e-9;
  double seconds = trainings * epoch_seconds * static_cast<double>(cell.config.config.train.epochs);
  if (cell.config.config.init.method == InitMethod::projected) {
    for (const auto& pathway : cell.plan.shape.pathways) {
      for (std::size_t d = 2; d + 1 < pathway.units.size(); ++d) {
        seconds += passes * seconds_per_wide_weight * static_cast<double>(pathway.units[d]) *
                   static_cast<double>(pathway.units[d - 1]);
      }
    }
  }
  return seconds;
}

/// Why `--backend auto` leaves a cell to the CPU though there is a device; empty where it does not.
std::string reason_for_cpu(const Config& config, BackendKind asked, const Backend& backend) {
  if (asked != BackendKind::automatic || !backend.device_memory() || !is_reduced(config)) {
    return {};
  }
  if (config.init.method == InitMethod::sampled) {
    return "init.method = \"sampled\" trains narrow networks, which are quicker on the CPU than on "
           "the device: they run there (--backend cuda overrides)";
  }
  if (backend.slow_float64()) {
    return "init.method = \"projected\" computes in float64, which " + backend.info().device +
           " does slowly: it runs on the CPU (--backend cuda overrides)";
  }
  return {};
}

ChosenBackend processor_backend() {
  const auto backend = make_backend({BackendKind::cpu, 1});
  return {BackendKind::cpu, backend->info(), backend->batches_members()};
}

void add_note(std::vector<std::string>& notes, const std::string& note) {
  if (std::find(notes.begin(), notes.end(), note) == notes.end()) {
    notes.push_back(note);
  }
}

/// Plans the cell; under `--backend auto` on the CPU where the device is too small for one member.
void plan_where_it_fits(PreparedCell& cell, const DataSizes& sizes, Resources resources,
                        BackendKind asked, std::vector<std::string>& notes) {
  const Config& config = cell.config.config;
  try {
    cell.plan = plan_cell(config, sizes, resources);
  } catch (const OutOfMemory&) {
    if (asked != BackendKind::automatic || !resources.device_memory) {
      throw;
    }
    cell.backend = processor_backend();
    const Index free = *resources.device_memory;
    resources.device_memory.reset();
    resources.batch_members = is_batched(cell);
    cell.plan = plan_cell(config, sizes, resources);
    add_note(notes,
             fmt::format("cell {}: one member does not fit the {} free on the device: it runs on "
                         "the CPU",
                         cell.number, format_bytes(free)));
  }
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
  const ChosenBackend chosen{options.backend, backend->info(), backend->batches_members()};
  run.backend = chosen.info;
  run.available_memory = std::max<Index>(0, host_memory().available - reserved_memory);
  run.available_on_device = backend->device_memory();
  for (const auto& config : run.document.cells) {
    PreparedCell cell;
    cell.number = static_cast<Index>(run.cells.size());
    cell.config = config;
    cell.backend = chosen;
    const std::string reason = reason_for_cpu(config.config, options.backend, *backend);
    if (!reason.empty()) {
      cell.backend = processor_backend();
      add_note(run.document.notes, reason);
    }
    cell.data = shared_data(run.cells, config.config.data, *backend);
    if (cell.data->modes.rank == 0) {
      add_note(run.document.notes,
               "the input-output correlation is zero: these data have no mode to learn");
    }
    const DataSizes sizes{cell.data->data.examples(), cell.data->data.inputs(),
                          cell.data->data.outputs()};
    const NetworkShape shape = network_shape(config.config.network, sizes.inputs, sizes.outputs);
    Resources resources{run.threads, run.available_memory, is_batched(cell),
                        start_bytes(config.config, shape, *cell.data, run.available_memory,
                                    reason.empty() && backend->normal_products() != nullptr)};
    if (reason.empty()) {
      resources.device_memory = run.available_on_device;
    }
    plan_where_it_fits(cell, sizes, resources, options.backend, run.document.notes);
    cell.init_checksum = check_init_file(config.config, shape);
    run.cells.push_back(std::move(cell));
  }
  return run;
}

bool is_batched(const PreparedCell& cell) {
  return cell.backend.batches_members && !is_reduced(cell.config.config);
}

TimeEstimate estimate_time(const PreparedCell& cell) {
  const bool batched = is_batched(cell);
  ArenaRequest request = cell.plan.request;
  request.shape = proxy_shape(request.shape);
  if (batched) {
    request.members = std::clamp<Index>(largest_proxy / std::max<Index>(1, request.shape.weights()),
                                        1, cell.plan.members_at_once);
  }
  const auto backend = make_backend({cell.backend.kind, 1});
  const auto trainer = make_trainer(*backend, trainer_settings(cell.config.config, request),
                                    cell.data->data, cell.data->modes);
  InitConfig init;
  init.sigma = 1e-3;
  auto start = std::chrono::steady_clock::now();
  gaussian_weights(init, request.shape)->write(0, *backend, trainer->weights(0));
  backend->synchronise();
  const double scale = static_cast<double>(cell.plan.request.shape.weights()) /
                       static_cast<double>(request.shape.weights());
  TimeEstimate estimate;
  estimate.start_seconds = seconds_since(start) * scale;
  NoObserver observer;
  trainer->run({0, 1}, observer, {});
  constexpr Index epochs = 4;
  start = std::chrono::steady_clock::now();
  trainer->run({0, epochs}, observer, {});
  const Index batch = batched ? cell.plan.members_at_once : 1;
  estimate.epoch_seconds = seconds_since(start) / epochs * scale * static_cast<double>(batch) /
                           static_cast<double>(request.members);
  if (is_reduced(cell.config.config)) {
    estimate.start_seconds = reduction_seconds(cell, estimate.epoch_seconds);
  }
  const auto lanes =
      batched ? 1.0 : static_cast<double>(cell.plan.members_at_once * cell.plan.threads_per_member);
  const auto members = static_cast<double>(cell.plan.members);
  const double trained = batched ? static_cast<double>(cell.plan.waves) : members;
  estimate.cell_seconds =
      (estimate.start_seconds * members +
       estimate.epoch_seconds * trained * static_cast<double>(cell.config.config.train.epochs)) /
      lanes;
  return estimate;
}

}  // namespace polypath
