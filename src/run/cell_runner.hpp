#pragma once

#include "polypath/record/cell_file.hpp"

#include "prepared_run.hpp"
#include "progress.hpp"

#include <filesystem>
#include <stop_token>
#include <vector>

namespace polypath {

/// What training a cell gave.
struct CellOutcome {
  std::vector<MemberResult> members;
  double train_seconds = 0.0;  ///< from the first initial weight to the last update

  [[nodiscard]] Index diverged() const;
};

/// Trains all members of `cell`, in waves of threads or of batches, and writes its file into
/// `cells`. Throws what training and writing throw; the cell is then left unfinished (.h5.part).
[[nodiscard]] CellOutcome run_cell(const PreparedRun& run, const PreparedCell& cell,
                                   const std::filesystem::path& cells, Progress& progress,
                                   const std::stop_token& stop);

}  // namespace polypath
