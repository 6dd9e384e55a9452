#pragma once

#include "polypath/core/types.hpp"

#include <string>

namespace polypath {

/// Memory of this machine as this process may use it, bytes.
struct HostMemory {
  Index available = 0;  ///< free or reclaimable now, the cgroup's limit respected
  Index resident = 0;   ///< what this process holds already
};

[[nodiscard]] HostMemory host_memory();

/// "812 MB", "1.6 GB": decimal units, three digits.
[[nodiscard]] std::string format_bytes(Index bytes);

/// "45 s", "12 min", "3.5 h".
[[nodiscard]] std::string format_seconds(double seconds);

}  // namespace polypath
