// What the CUDA device can do by itself: copies, graphs of kernels that do nothing, launches.
// Usage: polypath_card_limits [--copies 4294967296,8388608] [--nodes 1024] [--json FILE]
#include "polypath/backend/backend.hpp"
#include "polypath/backend/machine_limits.hpp"
#include "polypath/core/error.hpp"

#include <fstream>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace polypath {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Spread& spread, double scale) {
  return {{"median", scale * spread.median},
          {"least", scale * spread.least},
          {"greatest", scale * spread.greatest}};
}

void print_line(const std::string& what, const Spread& spread, double scale,
                const std::string& unit) {
  fmt::print("{:<44} {:>10.4g} {} ({:.4g} to {:.4g})\n", what, scale * spread.median, unit,
             scale * spread.least, scale * spread.greatest);
}

std::string size_text(Index bytes) {
  return bytes >= Index{1} << 20 ? fmt::format("{} MiB", bytes >> 20)
                                 : fmt::format("{} bytes", bytes);
}

Json measure(const DeviceLimitsRequest& request) {
  const BackendInfo info = make_backend({BackendKind::cuda, 1})->info();
  fmt::print("{}, {}, {}\n", info.device, info.simd_target, info.libraries);
  const DeviceLimits found = device_limits(request);
  Json report{{"device", info.device},
              {"architecture", info.simd_target},
              {"libraries", info.libraries},
              {"copies", Json::array()}};
  for (const DeviceLimits::Copy& copy : found.copies) {
    const std::string size = size_text(copy.bytes);
    print_line("copying " + size + ", a kernel", copy.kernel, 1e-9, "GB/s");
    print_line("copying " + size + ", cudaMemcpyAsync", copy.library, 1e-9, "GB/s");
    report["copies"].push_back({{"bytes", copy.bytes},
                                {"kernel_gigabytes_per_second", json_of(copy.kernel, 1e-9)},
                                {"library_gigabytes_per_second", json_of(copy.library, 1e-9)}});
  }
  print_line("an empty node of a graph", found.node_seconds, 1e6, "us");
  print_line("capturing a node", found.capture_seconds, 1e6, "us");
  print_line("instantiating a node", found.instantiate_seconds, 1e6, "us");
  print_line("an empty kernel launched and waited for", found.launch_seconds, 1e6, "us");
  report["graph"] = {{"nodes", found.nodes},
                     {"microseconds_per_node", json_of(found.node_seconds, 1e6)},
                     {"capture_microseconds_per_node", json_of(found.capture_seconds, 1e6)},
                     {"instantiate_microseconds_per_node", json_of(found.instantiate_seconds, 1e6)},
                     {"launch_and_wait_microseconds", json_of(found.launch_seconds, 1e6)}};
  return report;
}

void write(const std::string& file, const Json& report) {
  std::ofstream out(file);
  out << report.dump(1) << '\n';
  out.close();
  if (!out) {
    throw IoError(file +
                  " cannot be written, so the measurement would be lost; free space on its disk");
  }
}

}  // namespace
}  // namespace polypath

int main(int argc, char** argv) {
  CLI::App app("Measures what the CUDA device can do by itself.", "polypath_card_limits");
  polypath::DeviceLimitsRequest request;
  std::string json;
  app.add_option("--copies", request.copy_bytes, "bytes of the buffers copied")->delimiter(',');
  app.add_option("--traffic", request.traffic, "bytes that a round reads at least");
  app.add_option("--nodes", request.nodes, "of the graph")->check(CLI::PositiveNumber);
  app.add_option("--rounds", request.rounds)->check(CLI::PositiveNumber);
  app.add_option("--json", json, "write everything there");
  CLI11_PARSE(app, argc, argv);
  try {
    const auto report = polypath::measure(request);
    if (!json.empty()) {
      polypath::write(json, report);
    }
  } catch (const polypath::Error& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return static_cast<int>(error.code());
  }
  return 0;
}
