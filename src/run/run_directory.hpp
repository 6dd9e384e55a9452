#pragma once

#include <filesystem>
#include <string>

namespace polypath {

/// Throws MissingInput unless `path` is a directory that `polypath run` made, saying what is wrong
/// with it and what to do; `wanted` is what the command takes: "an output directory".
void require_run_directory(const std::filesystem::path& path, const std::string& wanted);

}  // namespace polypath
