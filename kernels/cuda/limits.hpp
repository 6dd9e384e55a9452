#pragma once

#include "polypath/backend/machine_limits.hpp"

namespace polypath::cuda {

/// See device_limits(). Every copy is checked.
[[nodiscard]] DeviceLimits measure_limits(const DeviceLimitsRequest& request);

}  // namespace polypath::cuda
