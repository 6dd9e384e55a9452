#pragma once

#include "polypath/config/config.hpp"
#include "polypath/plan/arena.hpp"

#include <optional>

namespace polypath {

/// The sizes of the data set that a plan needs.
struct DataSizes {
  Index examples = 0;
  Index inputs = 0;
  Index outputs = 0;
  [[nodiscard]] Index modes() const { return inputs < outputs ? inputs : outputs; }
};

/// What a plan may use.
struct Resources {
  Index threads = 1;
  Index memory = 0;            ///< bytes of host memory
  bool batch_members = false;  ///< a backend that trains a wave as one batch
  Index start_memory = 0;      ///< bytes that making one member's initial weights takes for a while
  /// Bytes of device memory, which then holds weights and buffers; none where host memory does.
  std::optional<Index> device_memory{};
  Index device_start_memory = 0;  ///< bytes of it that making initial weights takes, kept for later
};

/// So many recorded epochs may be on their way to the host where a device works beside it.
inline constexpr Index records_in_flight = 8;

/// How one cell will be trained.
struct CellPlan {
  NetworkShape shape;         ///< that the config asks for
  ArenaRequest request;       ///< of one trainer; for projected and sampled weights a typical one
  Index members = 1;          ///< seeds of the cell
  Index members_at_once = 1;  ///< a wave
  Index waves = 1;
  Index threads_per_member = 1;  ///< threads that share one member when members are fewer
  Index records = 0;
  Index member_bytes = 0;  ///< one member's arena
  Index start_memory = 0;  ///< as in Resources
  Index memory_bytes = 0;  ///< all that a wave allocates in host memory
  Index device_bytes = 0;  ///< and in device memory
  Index disk_bytes = 0;    ///< of the cell file before compression
};

/// The shape that training will see: `shape` itself or, for projected and sampled weights, a narrow
/// network of about the size that the reduction ends with (each member has its own).
[[nodiscard]] NetworkShape trained_shape(const NetworkShape& shape, InitMethod method);

/// Updates are delayed as plan/delay.hpp finds best. Throws OutOfMemory when one member alone does
/// not fit, saying how much is needed, how much there is and what to change.
[[nodiscard]] CellPlan plan_cell(const Config& config, const DataSizes& data,
                                 const Resources& resources);

}  // namespace polypath
