#pragma once

#include "polypath/backend/backend.hpp"

#include <memory>

namespace polypath::cuda {

/// The backend on device 0, one non-blocking stream. Throws InternalError, OutOfMemory.
[[nodiscard]] std::unique_ptr<Backend> make_cuda_backend();

}  // namespace polypath::cuda
