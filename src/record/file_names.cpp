#include "polypath/record/file_names.hpp"

#include <charconv>

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

Index cell_number(const std::filesystem::path& file) {
  const std::string name = file.filename().string();
  const std::size_t first = name.find('-') + 1;
  Index number = -1;
  const auto [end, failure] =
      std::from_chars(name.data() + first, name.data() + name.size(), number);
  const bool ours =
      failure == std::errc() && number >= 0 &&
      (name == cell_path("", number).string() || name == partial_cell_path("", number).string());
  return ours ? number : -1;
}

}  // namespace polypath
