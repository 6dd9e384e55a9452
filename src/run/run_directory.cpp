#include "run_directory.hpp"

#include "polypath/analysis/run_cells.hpp"
#include "polypath/core/error.hpp"

#include "output_directory.hpp"

#include <fmt/format.h>

namespace polypath {
namespace fs = std::filesystem;

void require_run_directory(const fs::path& path, const std::string& wanted) {
  std::error_code unknown;
  if (is_output_directory(path)) {
    return;
  }
  if (!fs::exists(path, unknown)) {
    throw MissingInput(fmt::format("{}: no such directory; give {}", path.string(), wanted));
  }
  if (!analysis::find_cell_files(path).files.empty()) {
    throw MissingInput(fmt::format(
        "{0} holds cells but no resolved.toml, which says what settings they belong to. Put it "
        "back from a copy of the directory; only polypath run --restart, which deletes the cells, "
        "goes on without it",
        path.string()));
  }
  throw MissingInput(fmt::format(
      "{} is not an output directory of polypath run (it has no resolved.toml); give {}",
      path.string(), wanted));
}

}  // namespace polypath
