#pragma once

#include "polypath/core/types.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace polypath {

// Names inside an output directory. A cell's file goes from `.tmp` (no reader should look) over
// `.h5.part` (opens, still growing) to `.h5` (finished).

/// "cell-00000": the name that the files of a cell share.
[[nodiscard]] std::string cell_name(Index cell);
/// FOLDER/cell-00000.h5.
[[nodiscard]] std::filesystem::path cell_path(const std::filesystem::path& folder, Index cell);
/// FOLDER/cell-00000.h5.part.
[[nodiscard]] std::filesystem::path partial_cell_path(const std::filesystem::path& folder,
                                                      Index cell);
/// FOLDER/weights-00000-1.h5: the final weights of the member with this seed.
[[nodiscard]] std::filesystem::path weights_path(const std::filesystem::path& folder, Index cell,
                                                 std::uint64_t seed);

/// The cell whose finished or unfinished file has this name; -1 for every other name.
[[nodiscard]] Index cell_number(const std::filesystem::path& file);

}  // namespace polypath
