#pragma once

#include "polypath/record/run_lock.hpp"

#include "prepared_run.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace polypath {

/// The output directory of a run, made or resumed, and held by a lock while this object lives.
class OutputDirectory {
 public:
  /// Throws CannotCreate when `path` cannot be made, is in use, holds files that are not ours,
  /// holds a run with other settings (naming the keys that differ) or, unless `restart`, results
  /// whose settings are lost.
  OutputDirectory(const std::filesystem::path& path, const ConfigDocument& document, bool restart);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path cells() const { return path_ / "cells"; }
  /// Deletes all that there is of a cell, finished or not.
  void delete_cell(Index number) const;

 private:
  void prepare(const ConfigDocument& document, bool restart);

  std::filesystem::path path_;
  std::unique_ptr<RunLock> lock_;
};

/// Writes `text` to a temporary file beside `path` and renames it. Throws IoError.
void replace_text_file(const std::filesystem::path& path, const std::string& text);

/// Throws IoError where `output` could not be written by replace_text_file: now rather than after
/// ten minutes. What the file holds stays.
void refuse_unwritable(const std::filesystem::path& output);

/// Throws CannotCreate where writing `output` would destroy `source` (a config or an output
/// directory), a file that polypath keeps in it, or something that is no regular file.
void refuse_output(const std::filesystem::path& output, const std::filesystem::path& source);

/// Throws IoError.
[[nodiscard]] std::string read_text_file(const std::filesystem::path& path);

/// Whether `path` looks like a directory that `polypath run` made.
[[nodiscard]] bool is_output_directory(const std::filesystem::path& path);

}  // namespace polypath
