#pragma once

#include "polypath/core/log.hpp"

#include "output_directory.hpp"
#include "prepared_run.hpp"

#include <optional>
#include <string>

namespace polypath {

/// Members of a cell that need no training any more.
struct FinishedCell {
  Index members = 0;
  Index diverged = 0;
  std::string computed_by{};  ///< backend and device, "cpu: <processor>"
};

/// What an earlier run left of this cell: its tally when it is finished, none otherwise. A finished
/// file that cannot be read is reported and deleted, as are unfinished remains, so that the cell is
/// trained anew. Throws CannotCreate when the cell was trained on other data or started from other
/// weights than the files named in the config hold now.
[[nodiscard]] std::optional<FinishedCell> find_finished_cell(const OutputDirectory& directory,
                                                             const PreparedCell& cell, Log& log);

}  // namespace polypath
