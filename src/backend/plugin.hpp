#pragma once

#include "polypath/backend/cuda_plugin.hpp"

#include <string>

namespace polypath {

/// The CUDA library of this process: linked into the program; else the file that
/// POLYPATH_CUDA_PLUGIN names; else libpolypath_cuda.so beside the program or in ../lib/polypath.
/// Looked for once, and never unloaded.
struct LoadedCudaPlugin {
  const CudaPlugin* plugin = nullptr;  ///< null when it cannot be used
  std::string reason;                  ///< why, and what to do
};
[[nodiscard]] const LoadedCudaPlugin& cuda_plugin();

}  // namespace polypath
