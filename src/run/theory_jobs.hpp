#pragma once

#include "polypath/analysis/prediction.hpp"
#include "polypath/analysis/run_cells.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace polypath {

/// A cell to predict; `contents` where it has been run.
struct TheoryJob {
  Index number = 0;
  analysis::TheoryCell theory;
  std::vector<SweptValue> swept;
  std::string settings_hash;  ///< of the cell's own resolved settings
  std::optional<CellContents> contents;

  /// Members to predict.
  [[nodiscard]] Index finished() const;
};

/// What `polypath theory` is to work on.
struct TheoryJobs {
  std::string resolved;  ///< settings of the whole run or config, as in resolved.toml
  std::vector<TheoryJob> jobs;
  std::optional<analysis::Coverage> coverage;  ///< of a directory
  std::vector<std::string> notes;              ///< cells that the theory does not cover, and why

  [[nodiscard]] Index finished() const;
};

/// Of a config: throws as load_config and make_dataset.
[[nodiscard]] TheoryJobs jobs_of_config(const std::filesystem::path& file);
/// Of an output directory.
[[nodiscard]] TheoryJobs jobs_of_directory(const std::filesystem::path& directory);

}  // namespace polypath
