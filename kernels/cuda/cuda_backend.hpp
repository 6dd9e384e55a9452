#pragma once

#include "polypath/backend/cuda_plugin.hpp"

#include <memory>

namespace polypath::cuda {

/// The backend on device 0, one non-blocking stream; `open` finds the libraries that are loaded
/// when they are first needed. Throws InternalError, OutOfMemory.
[[nodiscard]] std::unique_ptr<Backend> make_cuda_backend(OpenVendorLibrary open);

}  // namespace polypath::cuda
