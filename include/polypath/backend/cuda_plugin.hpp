#pragma once

#include "polypath/backend/backend.hpp"
#include "polypath/backend/machine_limits.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace polypath {

/// Counts the changes of what program and plug-in say to each other.
inline constexpr std::uint32_t cuda_plugin_abi = 5;

/// The sizes of what crosses the border: differs when compilers, standard libraries or headers do.
inline constexpr std::uint64_t cuda_plugin_layout =
    sizeof(BackendInfo) + 1009 * sizeof(std::function<void(Index)>) +
    1013 * sizeof(LowRank<float>) + 1019 * sizeof(LossWatch) + 1021 * sizeof(ProjectionOperator) +
    1031 * sizeof(NormalStream) + 1033 * sizeof(ThinSvd) + 1039 * sizeof(BiasStep<float>) +
    1049 * sizeof(NormalRows) + 1051 * sizeof(DeviceLimits);

/// Opens a shared library of the vendor by the name that its soname has, wherever a CUDA toolkit
/// may keep it; null, and why in `reason`, where it is nowhere. Never closed.
using OpenVendorLibrary = void* (*)(const char* name, std::string& reason);

/// What the CUDA library tells the program that loaded it.
struct CudaPlugin {
  std::uint32_t abi;
  std::uint64_t layout;
  const char* version;       ///< of polypath
  const char* git_revision;  ///< of the sources
  /// Empty when a device can be used; else why not, and what to do.
  std::string (*unusable_reason)();
  /// `open`: for libraries that are loaded when they are first needed.
  std::unique_ptr<Backend> (*make_backend)(OpenVendorLibrary open);
  DeviceLimits (*measure_limits)(const DeviceLimitsRequest& request);
};

/// The one function of the library, `extern "C"`.
using CudaPluginEntry = const CudaPlugin*();
inline constexpr const char* cuda_plugin_entry = "polypath_cuda_plugin";

}  // namespace polypath
