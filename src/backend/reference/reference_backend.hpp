#pragma once

#include "polypath/backend/backend.hpp"

#include <memory>

namespace polypath {

/// The backend that says what the operations mean: plain loops in float64 on one thread.
/// operations(float) throws BackendUnavailable.
[[nodiscard]] std::unique_ptr<Backend> make_reference_backend();

}  // namespace polypath
