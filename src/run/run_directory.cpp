#include "run_directory.hpp"

#include "polypath/analysis/run_cells.hpp"
#include "polypath/core/build_info.hpp"
#include "polypath/core/error.hpp"
#include "polypath/io/file.hpp"
#include "polypath/io/guard.hpp"
#include "polypath/record/index_file.hpp"

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

bool index_is_current(const fs::path& directory) {
  const fs::path index = directory / "index.h5";
  std::error_code failure;
  const auto made = fs::last_write_time(index, failure);
  if (failure || fs::last_write_time(directory / "cells", failure) > made || failure) {
    return false;
  }
  for (const auto& entry : fs::directory_iterator(directory / "cells", failure)) {
    if (entry.last_write_time(failure) > made || failure) {
      return false;
    }
  }
  try {
    const Hdf5Guard guard;
    const Group root = File::open(index).root();
    return read_index_attribute(root.handle(), "schema_version", root.where()) ==
               index_schema_version &&
           read_text_attribute(root.handle(), "program_version", root.where()) ==
               build_info().version;
  } catch (const Error&) {
    return false;  // damaged: to be made again
  }
}

}  // namespace polypath
