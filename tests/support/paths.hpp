#pragma once

#include <filesystem>

namespace polypath {

/// A file that the tests read, named from the top of the source tree ("tests/golden/x.h5",
/// "configs"). Looked for in POLYPATH_TEST_DATA, then in the share/polypath of the bundle that this
/// program lies in, then in the tree that it was built from. Throws std::runtime_error naming all
/// three when it is in none.
[[nodiscard]] std::filesystem::path source_path(const std::filesystem::path& name);

}  // namespace polypath
