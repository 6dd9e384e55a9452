#pragma once

#include "polypath/core/types.hpp"

#include <optional>
#include <string>

namespace polypath {

/// Memory of this machine as this process may use it, bytes.
struct HostMemory {
  Index available = 0;  ///< free or reclaimable now, limits of the cgroup and of `ulimit` respected
  Index resident = 0;   ///< what this process holds already
  /// What limits of this process (ulimit -v, ulimit -d) leave of its addresses; none without one.
  std::optional<Index> addresses{};
};

[[nodiscard]] HostMemory host_memory();

/// Addresses that a thread takes: its stack, an arena of malloc's and a buffer of OpenBLAS. Little
/// of that becomes memory, but the limits count all of it.
inline constexpr Index addresses_per_thread = Index{160} << 20;

/// Whether limits leave so few addresses that libraries cannot work: OpenBLAS then waits for memory
/// without an end, also when the process ends by exit().
[[nodiscard]] bool is_short_of_addresses();

/// Throws OutOfMemory where that is so.
void require_addresses();

/// "812 MB", "1.6 GB": decimal units, three digits.
[[nodiscard]] std::string format_bytes(Index bytes);

/// "45 s", "12 min", "3.5 h".
[[nodiscard]] std::string format_seconds(double seconds);

}  // namespace polypath
