#include "src/backend/plugin.hpp"

#include "polypath/core/build_info.hpp"

#include "src/backend/cuda_libraries.hpp"

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

#include <dlfcn.h>
#include <fmt/format.h>

namespace polypath {
namespace {

constexpr const char* library_name = "libpolypath_cuda.so";
constexpr const char* driver_name = "libcuda.so.1";
constexpr const char* together = "build both together, or unpack the bundle into an empty folder";

LoadedCudaPlugin refuse(std::string reason) { return {nullptr, std::move(reason)}; }

/// Where a built program has its plug-in, and one installed in PREFIX/libexec/polypath.
std::vector<std::filesystem::path> usual_places() {
  std::error_code failed;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failed).parent_path();
  return {program / library_name, program.parent_path().parent_path() / "lib" / library_name};
}

LoadedCudaPlugin accept(const CudaPlugin* plugin, const std::string& where) {
  if (std::string other = other_build(*plugin, where); !other.empty()) {
    return refuse(std::move(other));
  }
  std::string reason = plugin->unusable_reason();
  if (!reason.empty()) {
    return refuse(std::move(reason));
  }
  return {plugin, {}};
}

LoadedCudaPlugin load(const std::filesystem::path& file) {
  const char* home = std::getenv("POLYPATH_CUDA_HOME");  // NOLINT(concurrency-mt-unsafe)
  if (const std::string cut = damaged_library(file); !cut.empty()) {
    return refuse(fmt::format("the CUDA plug-in {}; unpack the bundle again, or build again", cut));
  }
  void* library = nullptr;
  if (home == nullptr || *home == '\0') {
    library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);  // where the system finds what it needs
  }
  if (library == nullptr) {
    if (std::string missing = load_cuda_libraries(file); !missing.empty()) {
      return refuse(std::move(missing));
    }
    library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  }
  if (library == nullptr) {
    const char* words = dlerror();  // NOLINT(concurrency-mt-unsafe): once per process
    return refuse(fmt::format("the CUDA plug-in {} cannot be loaded ({}); {}", file.string(),
                              words == nullptr ? "no reason given" : words, together));
  }
  auto* const entry = reinterpret_cast<CudaPluginEntry*>(dlsym(library, cuda_plugin_entry));
  if (entry == nullptr) {
    return refuse(
        fmt::format("{} is not a CUDA plug-in of polypath (it has no {}); check "
                    "POLYPATH_CUDA_PLUGIN",
                    file.string(), cuda_plugin_entry));
  }
  return accept(entry(), file.string());
}

bool driver_is_there() {
  void* driver = dlopen(driver_name, RTLD_LAZY | RTLD_LOCAL);
  if (driver != nullptr) {
    dlclose(driver);
  }
  return driver != nullptr;
}

LoadedCudaPlugin find() {
  if (auto* const linked =
          reinterpret_cast<CudaPluginEntry*>(dlsym(RTLD_DEFAULT, cuda_plugin_entry))) {
    return accept(linked(), "the CUDA backend linked into this program");
  }
  const char* named = std::getenv("POLYPATH_CUDA_PLUGIN");  // NOLINT(concurrency-mt-unsafe)
  if (named != nullptr && *named != '\0') {
    std::error_code unknown;
    return std::filesystem::exists(named, unknown)
               ? load(named)
               : refuse(fmt::format("POLYPATH_CUDA_PLUGIN names {}, and there is no such file; "
                                    "correct it, or unset it to use the installed plug-in",
                                    named));
  }
  for (const auto& place : usual_places()) {
    if (std::filesystem::exists(place)) {
      // The plug-in brings half a gigabyte of libraries: not where they cannot work.
      if (!driver_is_there()) {
        return refuse(fmt::format(
            "there is no NVIDIA driver ({} was not found); install it (nvidia-smi must list the "
            "card)",
            driver_name));
      }
      return load(place);
    }
  }
  return refuse(fmt::format(
      "this installation has no CUDA plug-in ({}); build polypath on a machine with the CUDA "
      "toolkit (nvcc 12.8 or newer), or name the file in POLYPATH_CUDA_PLUGIN",
      library_name));
}

}  // namespace

std::string other_build(const CudaPlugin& plugin, const std::string& where) {
  const BuildInfo& own = build_info();
  // What follows the abi can be read only where the abi is the same.
  if (plugin.abi != cuda_plugin_abi) {
    return fmt::format("{} belongs to another version of polypath than this program ({}); {}",
                       where, own.version, together);
  }
  if (plugin.layout != cuda_plugin_layout || own.version != plugin.version ||
      own.git_revision != plugin.git_revision) {
    return fmt::format(
        "{} belongs to another build of polypath (version {}, revision {}; this program has "
        "version "
        "{}, revision {}); {}",
        where, plugin.version, plugin.git_revision, own.version, own.git_revision, together);
  }
  return {};
}

const LoadedCudaPlugin& cuda_plugin() {
  static const LoadedCudaPlugin loaded = find();
  return loaded;
}

}  // namespace polypath
