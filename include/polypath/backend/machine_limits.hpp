#pragma once

#include "polypath/core/types.hpp"

#include <algorithm>
#include <vector>

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

/// Several rounds of one measurement.
struct Spread {
  double median = 0.0;
  double least = 0.0;
  double greatest = 0.0;
};
/// Of at least one value.
[[nodiscard]] inline Spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  const double median =
      values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2.0;
  return {median, values.front(), values.back()};
}

/// What to measure of a device. The defaults take about two seconds on a card.
struct DeviceLimitsRequest {
  std::vector<Index> copy_bytes{Index{4} << 30, Index{8} << 20};  ///< of the buffer copied from
  Index traffic = Index{16} << 30;  ///< bytes that a round reads at least, by copying again
  Index nodes = 1024;               ///< of a graph
  Index rounds = 7;
};

/// What a device can do by itself, whatever polypath makes of it.
struct DeviceLimits {
  struct Copy {
    Index bytes = 0;
    Spread kernel;   ///< bytes/s, read and written, of kernels that copy: one after the other, or
                     ///< within one again and again where the second-level cache holds both buffers
    Spread library;  ///< the same of cudaMemcpyAsync
  };
  std::vector<Copy> copies;
  Index nodes = 0;             ///< kernels that do nothing, one after the other, in one graph
  Spread node_seconds;         ///< a replay, waited for, over the nodes
  Spread capture_seconds;      ///< recording the graph, over the nodes
  Spread instantiate_seconds;  ///< making it ready, over the nodes
  Spread launch_seconds;       ///< one such kernel, launched plainly, and the wait for it
};

/// Throws BackendUnavailable where `cuda` cannot run, OutOfMemory.
[[nodiscard]] DeviceLimits device_limits(const DeviceLimitsRequest& request);

}  // namespace polypath
