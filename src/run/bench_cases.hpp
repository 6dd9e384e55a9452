#pragma once

#include "epoch_timer.hpp"
#include "kernel_timer.hpp"

#include <vector>

namespace polypath {

/// The epochs that `polypath bench` times with up to `threads` threads, in the order of its table.
[[nodiscard]] std::vector<TimedCase> epoch_cases(bool quick, Index threads);

/// The operations that it times, each on one thread.
[[nodiscard]] std::vector<TimedKernel> kernel_cases(bool quick);

}  // namespace polypath
