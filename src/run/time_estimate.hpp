#pragma once

#include "prepared_run.hpp"

namespace polypath {

/// About how long training takes, seconds.
struct TimeEstimate {
  double start_seconds = 0.0;   ///< drawing one member's weights, and measuring its layers then
  double epoch_seconds = 0.0;   ///< one epoch of one member on one thread, or of a batch
  double record_seconds = 0.0;  ///< measuring one member's layers for a record
  double cell_seconds = 0.0;    ///< all members and epochs of the cell
};

/// Times a few epochs of a network with the same depths and at most a few million weights, and
/// scales up by the number of weights.
[[nodiscard]] TimeEstimate estimate_time(const PreparedCell& cell);

}  // namespace polypath
