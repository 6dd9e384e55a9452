#include "support/paths.hpp"

#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace polypath {
namespace {

/// PREFIX/share/polypath of a test program in PREFIX/libexec/polypath.
std::filesystem::path share_of_this_bundle() {
  std::error_code unknown;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", unknown);
  return program.parent_path().parent_path().parent_path() / "share" / "polypath";
}

}  // namespace

std::filesystem::path source_path(const std::filesystem::path& name) {
  std::vector<std::filesystem::path> places;
  const char* named = std::getenv("POLYPATH_TEST_DATA");  // NOLINT(concurrency-mt-unsafe)
  if (named != nullptr && *named != '\0') {
    places.emplace_back(named);
  }
  places.push_back(share_of_this_bundle());
  places.emplace_back(POLYPATH_SOURCE_DIR);
  std::string tried;
  for (const auto& place : places) {
    std::error_code unknown;
    if (std::filesystem::exists(place / name, unknown)) {
      return place / name;
    }
    tried += ' ';
    tried += place.string();
  }
  throw std::runtime_error("no " + name.string() + " in any of:" + tried +
                           " (POLYPATH_TEST_DATA names a folder that holds it)");
}

}  // namespace polypath
