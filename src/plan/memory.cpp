#include "polypath/plan/memory.hpp"

#include "polypath/core/error.hpp"
#include "polypath/core/sizes.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

namespace polypath {
namespace {

std::optional<Index> read_number(const std::filesystem::path& path) {
  std::ifstream file(path);
  Index value = 0;
  if (file >> value) {
    return value;
  }
  return std::nullopt;
}

Index machine_available() {
  std::ifstream file("/proc/meminfo");
  std::string key;
  Index kilobytes = 0;
  std::string unit;
  while (file >> key >> kilobytes) {
    std::getline(file, unit);
    if (key == "MemAvailable:") {
      return kilobytes * 1024;
    }
  }
  return static_cast<Index>(sysconf(_SC_AVPHYS_PAGES)) * sysconf(_SC_PAGESIZE);
}

/// What the memory controllers above this process leave, version 2 and version 1.
std::optional<Index> cgroup_available() {
  std::optional<Index> least;
  const auto consider = [&least](const std::filesystem::path& folder, const char* limit_name,
                                 const char* usage_name) {
    const auto limit = read_number(folder / limit_name);
    const auto usage = read_number(folder / usage_name);
    if (limit && usage) {
      const Index left = std::max<Index>(0, *limit - *usage);
      least = least ? std::min(*least, left) : left;
    }
  };
  std::ifstream file("/proc/self/cgroup");
  std::string line;
  while (std::getline(file, line)) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) {
      continue;
    }
    const std::string controllers = line.substr(first + 1, second - first - 1);
    std::filesystem::path group = line.substr(second + 1);
    const bool version_2 = controllers.empty();
    if (!version_2 && controllers.find("memory") == std::string::npos) {
      continue;
    }
    const std::filesystem::path root = version_2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
    for (group = group.relative_path();; group = group.parent_path()) {
      if (version_2) {
        consider(root / group, "memory.max", "memory.current");
      } else {
        consider(root / group, "memory.limit_in_bytes", "memory.usage_in_bytes");
      }
      if (group.empty()) {
        break;
      }
    }
  }
  return least;
}

/// What this process has of `key` in /proc/self/status, bytes.
Index own_bytes(const std::string& key) {
  std::ifstream file("/proc/self/status");
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string name;
    Index kilobytes = 0;
    if (words >> name >> kilobytes && name == key) {
      return kilobytes * 1024;
    }
  }
  return 0;
}

/// What a limit of this process (setrlimit) leaves, `key` being what counts towards it.
std::optional<Index> left_of(__rlimit_resource_t kind, const std::string& key) {
  rlimit limit{};
  if (getrlimit(kind, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
      limit.rlim_cur > static_cast<rlim_t>(largest_size)) {
    return std::nullopt;
  }
  return std::max<Index>(0, static_cast<Index>(limit.rlim_cur) - own_bytes(key));
}

Index resident_bytes() {
  std::ifstream file("/proc/self/statm");
  Index total_pages = 0;
  Index resident_pages = 0;
  file >> total_pages >> resident_pages;
  return resident_pages * sysconf(_SC_PAGESIZE);
}

}  // namespace

HostMemory host_memory() {
  HostMemory memory;
  memory.available = machine_available();
  for (const auto& limit : {left_of(RLIMIT_AS, "VmSize:"), left_of(RLIMIT_DATA, "VmData:")}) {
    if (limit) {
      memory.addresses = std::min(*limit, memory.addresses.value_or(*limit));
    }
  }
  for (const auto& limit : {cgroup_available(), memory.addresses}) {
    memory.available = std::min(memory.available, limit.value_or(memory.available));
  }
  memory.resident = resident_bytes();
  return memory;
}

bool is_short_of_addresses() {
  return host_memory().addresses.value_or(largest_size) < 2 * addresses_per_thread;
}

void require_addresses() {
  if (is_short_of_addresses()) {
    throw OutOfMemory(fmt::format(
        "the limits of this process (ulimit -v, ulimit -d) leave {} of addresses, but "
        "libraries take {} before any work begins; raise them (ulimit -v unlimited)",
        format_bytes(*host_memory().addresses), format_bytes(2 * addresses_per_thread)));
  }
}

std::string format_bytes(Index bytes) {
  constexpr const char* units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
  double value = static_cast<double>(bytes);
  int unit = 0;
  while (value >= 999.5 && unit < 5) {
    value /= 1000.0;
    ++unit;
  }
  const int decimals = unit == 0 || value >= 99.95 ? 0 : (value >= 9.995 ? 1 : 2);
  return fmt::format("{:.{}f} {}", value, decimals, units[unit]);
}

std::string format_seconds(double seconds) {
  if (seconds < 0.95) {
    return "under 1 s";
  }
  if (seconds < 99.5) {
    return fmt::format("{:.0f} s", seconds);
  }
  if (seconds < 99.5 * 60.0) {
    return fmt::format("{:.0f} min", seconds / 60.0);
  }
  if (seconds < 72.0 * 3600.0) {
    return fmt::format("{:.1f} h", seconds / 3600.0);
  }
  return fmt::format("{:.1f} days", seconds / 86400.0);
}

}  // namespace polypath
