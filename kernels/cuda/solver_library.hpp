#pragma once

#include "polypath/backend/cuda_plugin.hpp"

#include <cusolverDn.h>

namespace polypath::cuda {

/// The functions of cuSOLVER that are used. The library is opened here, at the first decomposition,
/// and not linked: with what it brings along it takes 400 MB, and most runs never call it.
struct SolverLibrary {
  /// Throws BackendUnavailable where there is no such library, or not all of it. One that is linked
  /// into this process (the simulated device) is taken before `open` is asked.
  explicit SolverLibrary(OpenVendorLibrary open);

  decltype(&cusolverDnCreate) create;
  decltype(&cusolverDnDestroy) destroy;
  decltype(&cusolverDnSetStream) set_stream;
  decltype(&cusolverDnDgesvd_bufferSize) gesvd_buffer_size;
  decltype(&cusolverDnDgesvd) gesvd;
};

}  // namespace polypath::cuda
