// The counters as JSON, for a process that the test only sees from outside.
#include "runtime.hpp"

#include <cstdio>

namespace simcuda {
namespace {

using Number = unsigned long long;

void write_numbers(std::FILE* file, const Counters& c) {
  const std::pair<const char*, std::uint64_t> numbers[] = {
      {"api_calls", c.api_calls},
      {"kernel_launches", c.kernel_launches},
      {"library_calls", c.library_calls},
      {"graph_launches", c.graph_launches},
      {"host_functions", c.host_functions},
      {"synchronisations", c.synchronisations},
      {"implicit_synchronisations", c.implicit_synchronisations},
      {"allocations", c.allocations},
      {"frees", c.frees},
      {"live_bytes", c.live_bytes},
      {"peak_bytes", c.peak_bytes},
      {"stranded_bytes", c.stranded_bytes},
      {"host_to_device_bytes", c.host_to_device_bytes},
      {"device_to_host_bytes", c.device_to_host_bytes},
      {"device_to_device_bytes", c.device_to_device_bytes},
      {"memset_bytes", c.memset_bytes},
      {"pageable_copies", c.pageable_copies},
      {"gemm_flops", c.gemm_flops},
      {"gemm_bytes", c.gemm_bytes},
      {"reduced_products", c.reduced_products},
      {"captured_without_workspace", c.captured_without_workspace},
      {"blocks", c.blocks},
      {"threads", c.threads},
      {"barriers", c.barriers},
      {"warp_operations", c.warp_operations},
      {"ptx_instructions", c.ptx_instructions},
  };
  for (const auto& [name, value] : numbers) {
    std::fprintf(file, "  \"%s\": %llu,\n", name, Number{value});
  }
}

void write_map(std::FILE* file, const char* name,
               const std::map<std::string, std::uint64_t>& values) {
  std::fprintf(file, "  \"%s\": {", name);
  const char* separator = "";
  for (const auto& [key, value] : values) {
    std::fprintf(file, "%s\n    \"%s\": %llu", separator, key.c_str(), Number{value});
    separator = ",";
  }
  std::fputs("},\n", file);
}

void write_traffic(std::FILE* file, const std::map<std::string, Traffic>& traffic) {
  std::fputs("  \"traffic\": {", file);
  const char* separator = "";
  for (const auto& [name, bytes] : traffic) {
    std::fprintf(file, "%s\n    \"%s\": {\"read\": %llu, \"written\": %llu}", separator,
                 name.c_str(), Number{bytes.bytes_read}, Number{bytes.bytes_written});
    separator = ",";
  }
  std::fputs("},\n", file);
}

void write_live(std::FILE* file, const LiveObjects& live) {
  std::fprintf(file,
               "  \"live\": {\"device_allocations\": %zu, \"pinned_allocations\": %zu, "
               "\"streams\": %zu, \"events\": %zu, \"graphs\": %zu, \"graph_executables\": %zu, "
               "\"library_handles\": %zu}\n",
               live.device_allocations, live.pinned_allocations, live.streams, live.events,
               live.graphs, live.graph_executables, live.library_handles);
}

}  // namespace

void write_report(const std::string& path) {
  const auto lock = lock_device();
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (file == nullptr) {
    std::fprintf(stderr, "simcuda: cannot write the report %s\n", path.c_str());
    return;
  }
  const Counters& c = counters();
  std::fputs("{\n", file);
  write_numbers(file, c);
  write_map(file, "launches_by_kernel", c.launches_by_kernel);
  write_map(file, "nodes_by_name", c.nodes_by_name);
  write_map(file, "calls_by_api", c.calls_by_api);
  write_traffic(file, c.traffic);
  write_live(file, live_objects());
  std::fputs("}\n", file);
  std::fclose(file);
}

}  // namespace simcuda
