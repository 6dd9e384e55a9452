#pragma once

#include <string>

namespace polypath {

/// Who made this binary; written to every output file.
struct BuildInfo {
  std::string version;       ///< of polypath, e.g. "0.1.0"
  std::string git_revision;  ///< short hash, "-dirty" appended; "unknown" when built without .git
  std::string compiler;
  std::string build_type;
};

[[nodiscard]] const BuildInfo& build_info();

}  // namespace polypath
