#pragma once

#include "polypath/analysis/cell.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace polypath::analysis {

/// A cell that the run's settings ask for, whether there is a file of it or not.
struct PlannedCell {
  Index number = 0;
  CellSettings settings;
};

/// The cells that DIR/resolved.toml asks for; empty where it cannot be read.
[[nodiscard]] std::vector<PlannedCell> planned_cells(const std::filesystem::path& directory);

struct CellFiles {
  std::vector<std::filesystem::path> files;
  std::vector<std::string> notes;  ///< what was passed over
};

/// The cell files of DIR/cells, finished (.h5) or growing (.h5.part), by number. A .h5.part beside
/// a finished cell is a leftover and passed over. Empty without DIR/cells.
[[nodiscard]] CellFiles find_cell_files(const std::filesystem::path& directory);

/// How much of a run a command's numbers are made of.
struct Coverage {
  Index cells = 0;          ///< those with a finished member
  Index cells_planned = 0;  ///< by the settings, or found beyond them
  Index members = 0;        ///< finished
  Index members_planned = 0;
  std::vector<std::string> missing;  ///< "cell 1 (no file)", ..., by number

  [[nodiscard]] bool is_complete() const { return missing.empty(); }
};

/// One line: how many of how many cells and members, and which are missing (`what`: "in these
/// statistics").
[[nodiscard]] std::string coverage_text(const Coverage& coverage, const std::string& what);
/// "a, b, c and 5 more": at most 8 items are named.
[[nodiscard]] std::string listed(const std::vector<std::string>& items);

struct RunSurvey {
  std::vector<PlannedCell> planned;
  Coverage coverage;
  std::vector<std::string> notes;  ///< files passed over or left out, and why
};

/// Calls `visit` with every cell of DIR that can be read, by number. A cell that cannot be read, or
/// for which `visit` throws an Error, is left out and told in the survey.
[[nodiscard]] RunSurvey visit_cells(const std::filesystem::path& directory,
                                    const std::function<void(CellContents)>& visit);

}  // namespace polypath::analysis
