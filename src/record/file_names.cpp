#include "polypath/record/file_names.hpp"

#include <fmt/format.h>

namespace polypath {

std::string cell_name(Index cell) { return fmt::format("cell-{:05}", cell); }

std::filesystem::path cell_path(const std::filesystem::path& folder, Index cell) {
  return folder / (cell_name(cell) + ".h5");
}

std::filesystem::path partial_cell_path(const std::filesystem::path& folder, Index cell) {
  return folder / (cell_name(cell) + ".h5.part");
}

std::filesystem::path weights_path(const std::filesystem::path& folder, Index cell,
                                   std::uint64_t seed) {
  return folder / fmt::format("weights-{:05}-{}.h5", cell, seed);
}

}  // namespace polypath
