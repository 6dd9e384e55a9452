#pragma once

#include "prepared_run.hpp"

namespace polypath {

/// About how long training takes, seconds, on a machine that does nothing else.
struct TimeEstimate {
  double start_seconds = 0.0;    ///< drawing one member's weights, and measuring its layers then
  double epoch_seconds = 0.0;    ///< one epoch of one member, or of a batch
  double record_seconds = 0.0;   ///< measuring one member's layers for a record
  double end_seconds = 0.0;      ///< finding one member's largest Hessian eigenvalue
  double writing_seconds = 0.0;  ///< compressing the cell's records, beside the training
  double cell_seconds = 0.0;     ///< all members and epochs of the cell
};

/// Times epochs, records and the rest of networks with the same depths and at most a few million
/// weights, as many side by side as will be, and scales up by the number of weights.
[[nodiscard]] TimeEstimate estimate_time(const PreparedCell& cell);

}  // namespace polypath
