#pragma once

#include "polypath/core/types.hpp"

namespace polypath {

/// What one core of this machine can do, measured; bytes/s and floating-point operations/s.
struct MachineLimits {
  double small_bytes = 40e6;     ///< of the buffer behind small_bandwidth
  double small_bandwidth = 0.0;  ///< reading 40 MB again and again
  double large_bandwidth = 0.0;  ///< reading 400 MB
  double float32_flops = 0.0;
  double float64_flops = 0.0;
};

/// Processor time of the calling thread: what others take of the core does not count.
[[nodiscard]] double thread_seconds();

/// Measured at the first call (about a second), the best of several rounds.
[[nodiscard]] const MachineLimits& machine_limits();

/// Bytes/s with which each of `threads` threads reads a buffer of its own of `bytes` again and
/// again, all at once: the mean over the threads of each one's best round. Measured at every call
/// (0.05 s, longer above 100 MB). Throws OutOfMemory.
[[nodiscard]] double read_bandwidth(Index bytes, Index threads);

/// Operations/s of fused multiply-adds on each of `threads` threads at once, likewise.
[[nodiscard]] double multiply_add_peak(Precision precision, Index threads);

}  // namespace polypath
