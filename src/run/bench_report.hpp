#pragma once

#include "polypath/backend/backend.hpp"
#include "polypath/backend/machine_limits.hpp"

#include "epoch_timer.hpp"
#include "kernel_timer.hpp"

#include <string>
#include <vector>

namespace polypath {

/// What `threads` threads do at once, each.
struct BandwidthPoint {
  Index bytes = 0;
  Index threads = 1;
  double rate = 0.0;  ///< bytes/s
};
struct PeakPoint {
  Precision precision = Precision::float32;
  Index threads = 1;
  double rate = 0.0;  ///< operations/s
};

struct BenchMachine {
  BackendInfo backend;
  Index threads = 1;
  std::vector<BandwidthPoint> bandwidths;
  std::vector<PeakPoint> peaks;

  [[nodiscard]] double peak(Precision precision, Index threads) const;
};

/// One case: blocks of epochs in turn for the two halves of an A/A pair, which differ in nothing.
struct BenchResult {
  TimedCase timed;
  Index epochs = 0;        ///< in a block
  Index working_set = 0;   ///< bytes of one member's weights
  double bandwidth = 0.0;  ///< at that size, the larger of before and after; bytes/s
  EpochFloor floor;
  std::vector<EpochTime> first;
  std::vector<EpochTime> second;
};

/// One operation: blocks of calls.
struct KernelResult {
  TimedKernel timed;
  double bandwidth = 0.0;       ///< at the size of the weights, bytes/s
  double floor = 0.0;           ///< the longer of reading the weights and computing, seconds
  std::vector<double> seconds;  ///< a call
};

[[nodiscard]] std::string machine_text(const BenchMachine& machine);
[[nodiscard]] std::string kernel_head();
[[nodiscard]] std::string kernel_row(const KernelResult& result);
[[nodiscard]] std::string table_head();
[[nodiscard]] std::string table_row(const BenchResult& result);
/// One object: format, version, machine, kernels, cases, left_out (one line each).
[[nodiscard]] std::string bench_json(const BenchMachine& machine, bool quick,
                                     const std::vector<KernelResult>& kernels,
                                     const std::vector<BenchResult>& results,
                                     const std::vector<std::string>& left_out);

}  // namespace polypath
