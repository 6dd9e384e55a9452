// Whole epochs on one backend, as a share of the memory bandwidth that the same backend reaches on
// a triad. Usage: polypath_epochs [cuda|cpu] [WIDTH...]     default: cuda 1000 4000 10000
#include "polypath/backend/backend.hpp"
#include "polypath/core/error.hpp"
#include "polypath/data/dataset.hpp"
#include "polypath/data/modes.hpp"
#include "polypath/init/initial_weights.hpp"
#include "polypath/plan/arena.hpp"
#include "polypath/train/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace polypath {
namespace {

double seconds_of(Backend& backend, const std::function<void()>& work) {
  backend.synchronise();
  const auto start = std::chrono::steady_clock::now();
  work();
  backend.synchronise();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The median of seven, after a warm-up.
double median_seconds(Backend& backend, const std::function<void()>& work) {
  work();
  std::vector<double> times;
  for (int round = 0; round < 7; ++round) {
    times.push_back(seconds_of(backend, work));
  }
  std::sort(times.begin(), times.end());
  return times[3];
}

/// delta = residual * (1 - output^2) on arrays of `bytes` each: two reads and a write.
double triad_bandwidth(Backend& backend, Index bytes) {
  const Index columns = 4096;
  const Index rows = bytes / columns / Index{sizeof(float)};
  std::vector<Buffer> buffers;
  std::vector<BatchView<float>> views;
  for (int i = 0; i < 3; ++i) {
    buffers.emplace_back(backend, bytes);
    views.push_back(
        {reinterpret_cast<float*>(buffers.back().data()), rows, columns, columns, 1, 0});
  }
  const double seconds = median_seconds(backend, [&] {
    backend.operations(0.0F).output_delta(views[0], views[1], Activation::tanh, 1.0F, views[2]);
  });
  return 3.0 * static_cast<double>(bytes) / seconds;
}

void report(Backend& backend, double bandwidth, Index width, Index delay) {
  const Dataset data = hierarchy_dataset(4, 2);
  const Modes modes = find_modes(data, CorrelationKind::sum);
  NetworkConfig network;
  network.pathways.assign(2, {{width, width}});
  const NetworkShape shape = network_shape(network, data.inputs(), data.outputs());
  const ArenaRequest request{shape, data.examples(),    static_cast<Index>(modes.S.size()),
                             1,     Precision::float32, false,
                             delay};
  TrainerSettings settings;
  settings.request = request;
  settings.activation = Activation::tanh;
  const auto trainer = make_trainer(backend, settings, data, modes);
  InitConfig init;
  gaussian_weights(init, shape)->write(0, backend, trainer->weights(0));
  constexpr Index epochs = 64;
  NoObserver observer;
  const auto train = [&] { trainer->run({0, epochs}, observer, {}); };
  train();  // the second time a device records the block, the third time it replays it
  const double epoch = median_seconds(backend, train) / epochs;
  const double passes = delay == 1 ? 4.0 : 2.0 + 2.0 / static_cast<double>(delay);
  const double bytes = 4.0 * static_cast<double>(shape.weights()) * passes;
  fmt::print("{:>7} {:>6} {:>12.4f} {:>12.1f} {:>9.0f}\n", width, delay, epoch * 1e3, bytes / 1e6,
             100.0 * bytes / epoch / bandwidth);
}

void run(const std::vector<std::string>& arguments) {
  const bool on_cpu = !arguments.empty() && arguments[0] == "cpu";
  const auto backend = make_backend({on_cpu ? BackendKind::cpu : BackendKind::cuda, 1});
  const BackendInfo info = backend->info();
  fmt::print("{}: {}, {}, {}\n", info.name, info.device, info.simd_target, info.libraries);
  std::vector<Index> widths;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    widths.push_back(std::stoll(arguments[i]));
  }
  if (widths.empty()) {
    widths = {1000, 4000, 10000};
  }
  const Index largest = *std::max_element(widths.begin(), widths.end());
  const double bandwidth =
      triad_bandwidth(*backend, std::max<Index>(Index{1} << 20, 4 * largest * largest));
  fmt::print("triad {:.1f} GB/s\n", bandwidth / 1e9);
  fmt::print("{:>7} {:>6} {:>12} {:>12} {:>9}\n", "width", "delay", "ms/epoch", "MB of W",
             "% triad");
  for (const Index width : widths) {
    for (const Index delay : {1, 16}) {
      report(*backend, bandwidth, width, delay);
    }
  }
}

}  // namespace
}  // namespace polypath

int main(int argc, char** argv) {
  try {
    polypath::run({argv + 1, argv + argc});
  } catch (const polypath::Error& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return static_cast<int>(error.code());
  }
  return 0;
}
