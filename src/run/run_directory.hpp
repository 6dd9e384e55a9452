#pragma once

#include <filesystem>
#include <string>

namespace polypath {

/// Throws MissingInput unless `path` is a directory that `polypath run` made, saying what is wrong
/// with it and what to do; `wanted` is what the command takes: "an output directory".
void require_run_directory(const std::filesystem::path& path, const std::string& wanted);

/// Whether index.h5 is of this program and not older than any cell file (or than the last that was
/// made or deleted): then it says what it would say if it were made again, and workflow engines,
/// which look at times, should find it as it is.
[[nodiscard]] bool index_is_current(const std::filesystem::path& directory);

}  // namespace polypath
