#pragma once

#include "polypath/backend/cuda_plugin.hpp"

#include <string>

namespace polypath {

/// The CUDA library of this process: linked into the program; else the file that
/// POLYPATH_CUDA_PLUGIN names; else libpolypath_cuda.so beside the program, or in PREFIX/lib of one
/// in PREFIX/libexec/polypath. Looked for once, and never unloaded.
struct LoadedCudaPlugin {
  const CudaPlugin* plugin = nullptr;  ///< null when it cannot be used
  std::string reason;                  ///< why, and what to do
};
[[nodiscard]] const LoadedCudaPlugin& cuda_plugin();

/// Empty when the plug-in from the file `where` was made with this program; else what differs, and
/// what to do. Such a plug-in is what an archive unpacked over another leaves behind.
[[nodiscard]] std::string other_build(const CudaPlugin& plugin, const std::string& where);

}  // namespace polypath
