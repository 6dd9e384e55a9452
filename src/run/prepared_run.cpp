#include "prepared_run.hpp"

#include "polypath/core/error.hpp"
#include "polypath/core/sizes.hpp"
#include "polypath/init/initial_weights.hpp"
#include "polypath/plan/memory.hpp"

#include "member_start.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <thread>

#include <fmt/format.h>
#include <sched.h>

namespace polypath {
namespace {

/// Kept free for the writer's queue, HDF5, and whatever else this process does.
constexpr Index reserved_memory = Index{64} << 20;

std::string bytes_of_matrix(const Matrix<double>& matrix) {
  const auto& elements = matrix.elements();
  return {reinterpret_cast<const char*>(elements.data()), elements.size() * sizeof(double)};
}

/// Below this many modes LAPACK is done before the device's library is loaded.
constexpr Index least_modes_on_device = 512;

bool wants_device(const DataConfig& config, const Matrix<double>& correlation) {
  if (config.svd == SvdPlace::automatic) {
    return std::min(correlation.rows(), correlation.columns()) >= least_modes_on_device;
  }
  return config.svd == SvdPlace::device;
}

/// By the device, or none where it is not asked or fails: `note` then says why LAPACK makes them.
std::optional<Modes> device_modes(const PreparedData& prepared, const Matrix<double>& correlation,
                                  Backend* device, std::string& note) {
  if (!wants_device(prepared.config, correlation)) {
    return std::nullopt;
  }
  if (device == nullptr) {
    if (prepared.config.svd == SvdPlace::device) {
      note = "data.svd = \"device\", but the cell runs on the CPU: LAPACK made the SVD";
    }
    return std::nullopt;
  }
  try {
    std::optional<ThinSvd> svd = device->thin_svd(correlation.view());
    if (svd) {
      return find_modes(prepared.data, prepared.config.correlation,
                        {std::move(svd->U), std::move(svd->S), std::move(svd->V)});
    }
  } catch (const Error& failure) {
    note = fmt::format(
        "LAPACK made the SVD of the correlation, which can change the last bits, because the "
        "device failed, saying \"{}\"",
        failure.what());
  }
  return std::nullopt;
}

/// The basis within equal values is made canonical after, whoever decomposed.
void set_modes(PreparedData& prepared, Backend* device) {
  const CorrelationKind kind = prepared.config.correlation;
  const Matrix<double> correlation = input_output_correlation(prepared.data, kind);
  auto modes = device_modes(prepared, correlation, device, prepared.svd_note);
  prepared.modes = modes
                       ? *std::move(modes)
                       : find_modes(prepared.data, kind, singular_value_decomposition(correlation));
}

/// Roughly what a data set and the decompositions of it take at most.
Index data_bytes(Index examples, Index inputs, Index outputs) {
  const Index range = std::min(examples, inputs);
  const Index frames = size_product(3, size_sum(examples, inputs), range);
  const Index given = size_product(4, examples, size_sum(inputs, outputs));
  return size_product(8, size_sum(frames, given, size_product(4, inputs, outputs)));
}

void refuse_large_data(Index examples, Index inputs, Index outputs, Index available) {
  const Index needed = data_bytes(examples, inputs, outputs);
  if (needed > available) {
    throw OutOfMemory(fmt::format(
        "data of {} examples, {} inputs and {} outputs need about {} of memory with their modes, "
        "{} are available; nothing was started. Use smaller data, or a machine with more memory",
        examples, inputs, outputs, format_bytes(needed), format_bytes(available)));
  }
}

std::shared_ptr<const PreparedData> prepare_data(const DataConfig& config, Backend* device,
                                                 Index available) {
  auto prepared = std::make_shared<PreparedData>();
  prepared->config = config;
  if (config.task == Task::random) {
    refuse_large_data(config.examples, config.inputs, config.outputs, available);
  }
  prepared->data = make_dataset(config);
  const Dataset& data = prepared->data;
  refuse_large_data(data.examples(), data.inputs(), data.outputs(), available);
  prepared->prepared_for_device = device != nullptr;
  set_modes(*prepared, device);
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
                                                const DataConfig& config, Backend* device,
                                                Index available) {
  for (const auto& cell : cells) {
    if (cell.data->config == config && cell.data->prepared_for_device == (device != nullptr)) {
      return cell.data;
    }
  }
  return prepare_data(config, device, available);
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

/// Prepares the cells of a run one by one with the backend that the run asks for.
class CellPreparer {
 public:
  CellPreparer(PreparedRun& run, BackendKind asked, Backend& backend)
      : run_(run),
        asked_(asked),
        backend_(backend),
        chosen_{asked, backend.info(), backend.batches_members()} {}

  void prepare(const CellConfig& config) {
    PreparedCell cell;
    cell.number = static_cast<Index>(run_.cells.size());
    cell.config = config;
    const std::string reason = reason_for_cpu(config.config, asked_, backend_);
    if (reason.empty()) {
      plan_where_it_fits(cell);
    } else {
      note(reason);
      plan_on_cpu(cell);
    }
    for (const auto& text : cell.data->data.notes) {
      note(text);
    }
    if (cell.data->modes.rank == 0) {
      note("the input-output correlation is zero: these data have no mode to learn");
    }
    cell.init_checksum = check_init_file(config.config, cell.plan.shape);
    run_.cells.push_back(std::move(cell));
  }

 private:
  void note(const std::string& text) {
    auto& notes = run_.document.notes;
    if (std::find(notes.begin(), notes.end(), text) == notes.end()) {
      notes.push_back(text);
    }
  }

  /// On the chosen backend; under `--backend auto` on the CPU where a device is too small for one
  /// member.
  void plan_where_it_fits(PreparedCell& cell) {
    cell.backend = chosen_;
    Backend* const device = run_.available_on_device ? &backend_ : nullptr;
    cell.data = shared_data(run_.cells, cell.config.config.data, device, run_.available_memory);
    note_svd(cell);
    try {
      plan(cell, run_.available_on_device, backend_.normal_products());
    } catch (const OutOfMemory&) {
      if (asked_ != BackendKind::automatic || !run_.available_on_device) {
        throw;
      }
      plan_on_cpu(cell);
      note(
          fmt::format("cell {}: one member does not fit the {} free on the device: it runs on the "
                      "CPU",
                      cell.number, format_bytes(*run_.available_on_device)));
    }
  }

  void plan_on_cpu(PreparedCell& cell) {
    const auto processor = make_backend({BackendKind::cpu, 1});
    cell.backend = {BackendKind::cpu, processor->info(), processor->batches_members()};
    cell.data = shared_data(run_.cells, cell.config.config.data, nullptr, run_.available_memory);
    note_svd(cell);
    plan(cell, std::nullopt, nullptr);
  }

  void note_svd(const PreparedCell& cell) {
    if (!cell.data->svd_note.empty()) {
      note(cell.data->svd_note);
    }
  }

  void plan(PreparedCell& cell, std::optional<Index> device_memory,
            const NormalProducts* products) {
    const Config& config = cell.config.config;
    const Dataset& data = cell.data->data;
    const DataSizes sizes{data.examples(), data.inputs(), data.outputs()};
    const NetworkShape shape = network_shape(config.network, sizes.inputs, sizes.outputs);
    cell.plan = plan_cell(
        config, sizes,
        {run_.threads, run_.available_memory, is_batched(cell),
         start_bytes(config, shape, *cell.data, run_.available_memory, products != nullptr),
         device_memory, device_start_bytes(config, shape, products)});
  }

  PreparedRun& run_;
  BackendKind asked_;
  Backend& backend_;
  ChosenBackend chosen_;
};

}  // namespace

Index usable_threads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) {
    return std::max<Index>(1, CPU_COUNT(&set));
  }
  return std::max<Index>(1, std::thread::hardware_concurrency());
}

namespace {

/// Under a limit on the address space, each thread's part of it is put aside; where nobody asked
/// for a number of threads, at most half of it.
void fit_addresses(PreparedRun& run, Index left, bool threads_given) {
  const Index fitting = std::max<Index>(1, left / 2 / addresses_per_thread);
  if (!threads_given && run.threads > fitting) {
    run.document.notes.push_back(
        fmt::format("{} of {} processors are used: the limits of this process (ulimit -v, ulimit "
                    "-d) leave {} of "
                    "addresses, and a thread takes {}",
                    fitting, run.threads, format_bytes(left), format_bytes(addresses_per_thread)));
    run.threads = fitting;
  }
  const Index taken = run.threads * addresses_per_thread;
  if (taken > left) {
    throw OutOfMemory(
        fmt::format("{} threads take {} of addresses, and the limits of this process (ulimit -v, "
                    "ulimit -d) leave {}; "
                    "use fewer --threads, or raise them",
                    run.threads, format_bytes(taken), format_bytes(left)));
  }
  run.available_memory =
      std::max<Index>(0, std::min(run.available_memory, left - taken - reserved_memory));
}

}  // namespace

PreparedRun prepare_run(const RunOptions& options) {
  PreparedRun run;
  run.document = load_config(options.config, options.overrides);
  run.threads = options.threads > 0 ? options.threads : usable_threads();
  const auto backend = make_backend({options.backend, 1});
  run.backend = backend->info();
  if (options.backend == BackendKind::automatic) {
    run.why_not_cuda = cuda_unavailable_reason();
  }
  const HostMemory memory = host_memory();
  run.available_memory = std::max<Index>(0, memory.available - reserved_memory);
  if (memory.addresses) {
    fit_addresses(run, *memory.addresses, options.threads > 0);
  }
  run.available_on_device = backend->device_memory();
  CellPreparer preparer(run, options.backend, *backend);
  for (const auto& config : run.document.cells) {
    preparer.prepare(config);
  }
  return run;
}

std::string describe_data(const PreparedData& data) {
  return fmt::format("{} examples x {} inputs -> {} outputs, rank {}", data.data.examples(),
                     data.data.inputs(), data.data.outputs(), data.modes.rank);
}

std::vector<std::string> data_descriptions(const PreparedRun& run) {
  std::vector<std::string> texts;
  for (const auto& cell : run.cells) {
    const std::string text = describe_data(*cell.data);
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) {
      texts.push_back(text);
    }
  }
  return texts;
}

bool is_batched(const PreparedCell& cell) {
  return cell.backend.batches_members && !is_reduced(cell.config.config);
}

}  // namespace polypath
