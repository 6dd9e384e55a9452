// Bytes read and written in ranges of device memory that a test has named.
#include "kernel.hpp"
#include "runtime.hpp"

#include <algorithm>

namespace simcuda {
namespace {

struct NamedRange {
  const char* begin;
  const char* end;
  std::string name;
};

std::vector<NamedRange> ranges;
std::map<std::string, TrafficModel> models;

}  // namespace

void reset_traffic() {
  ranges.clear();
  models.clear();
}

void name_range(const void* address, std::size_t bytes, const std::string& name) {
  const auto lock = lock_device();
  const char* begin = static_cast<const char*>(address);
  ranges.push_back({begin, begin + bytes, name});
  mutable_counters().traffic[name];
}

void declare_kernel_traffic(const std::string& kernel, TrafficModel model) {
  const auto lock = lock_device();
  models[kernel] = std::move(model);
}

bool traffic_is_counted() { return !ranges.empty(); }

void count_traffic(const void* address, std::size_t bytes, bool writes) {
  const char* begin = static_cast<const char*>(address);
  const char* end = begin + bytes;
  for (const NamedRange& range : ranges) {
    const char* from = std::max(begin, range.begin);
    const char* to = std::min(end, range.end);
    if (from < to) {
      Traffic& traffic = mutable_counters().traffic[range.name];
      (writes ? traffic.bytes_written : traffic.bytes_read) +=
          static_cast<std::uint64_t>(to - from);
    }
  }
}

void count_declared_traffic(const Launch& launch, void* const* args) {
  const auto model = models.find(launch.kernel->name);
  if (model == models.end() || launch.kernel->body->measures_traffic()) {
    return;
  }
  for (const Access& access : model->second({launch.grid, launch.block}, args)) {
    count_traffic(access.address, access.bytes, access.writes);
  }
}

}  // namespace simcuda
