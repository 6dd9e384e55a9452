#include "polypath/backend/machine_limits.hpp"
#include "polypath/plan/memory.hpp"
#include "polypath/run/bench.hpp"
#include "polypath/run/run.hpp"

#include "bench_cases.hpp"
#include "bench_report.hpp"
#include "output_directory.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

namespace polypath {
namespace {

/// Of every half of the A/A pair.
struct Effort {
  Index blocks = 5;
  double block_seconds = 0.04;
};

/// Threads at once that the machine's limits are measured with.
std::vector<Index> thread_counts(Index threads) {
  return threads == 1 ? std::vector<Index>{1} : std::vector<Index>{1, threads};
}

BenchMachine measure_machine(bool quick, Index threads) {
  BenchMachine machine;
  machine.backend = make_backend({BackendKind::cpu, 1})->info();
  machine.threads = threads;
  std::vector<Index> sizes{100'000, 1'000'000, 10'000'000, 40'000'000};
  if (!quick) {
    sizes.push_back(400'000'000);
  }
  for (const Index count : thread_counts(threads)) {
    for (const Index bytes : sizes) {
      if (bytes * count < host_memory().available / 2) {
        machine.bandwidths.push_back({bytes, count, read_bandwidth(bytes, count)});
      }
    }
    for (const auto precision : {Precision::float32, Precision::float64}) {
      machine.peaks.push_back({precision, count, multiply_add_peak(precision, count)});
    }
  }
  return machine;
}

void print_now(const std::string& text) {
  fmt::print("{}", text);
  std::fflush(stdout);
}

void time_blocks(BenchResult& result, const Effort& effort) {
  EpochTimer timer(result.timed, effort.block_seconds);
  result.epochs = timer.epochs();
  for (Index block = 0; block < effort.blocks; ++block) {
    result.first.push_back(timer.block());
    result.second.push_back(timer.block());
  }
}

/// The bandwidth is measured on either side, so that a busy moment does not pass for the floor.
BenchResult measure_case(const TimedCase& timed, const BenchMachine& machine,
                         const Effort& effort) {
  BenchResult result;
  result.timed = timed;
  result.working_set = timed_shape(timed).weights() * bytes_of(timed.precision);
  const double before = read_bandwidth(result.working_set, timed.threads);
  time_blocks(result, effort);
  result.bandwidth = std::max(before, read_bandwidth(result.working_set, timed.threads));
  result.floor = epoch_floor(timed, result.bandwidth, machine.peak(timed.precision, timed.threads));
  return result;
}

KernelResult measure_kernel(const TimedKernel& timed, const BenchMachine& machine,
                            const Effort& effort) {
  KernelResult result;
  result.timed = timed;
  const auto bytes = static_cast<Index>(timed.bytes());
  const double before = read_bandwidth(bytes, 1);
  const KernelTimer timer(timed, effort.block_seconds / 4);
  for (Index block = 0; block < 2 * effort.blocks; ++block) {
    result.seconds.push_back(timer.block());
  }
  result.bandwidth = std::max(before, read_bandwidth(bytes, 1));
  result.floor = std::max(timed.bytes() / result.bandwidth,
                          timed.operations() / machine.peak(timed.precision, 1));
  return result;
}

std::string left_out_line(const TimedCase& timed, Index needed, Index available) {
  return fmt::format("N = {}, D = {}, {} member{}: needs {}, {} are available", timed.width,
                     timed.depth, timed.members, timed.members == 1 ? "" : "s",
                     format_bytes(needed), format_bytes(available));
}

}  // namespace

void bench(const BenchOptions& options) {
  if (!options.json.empty()) {
    refuse_unwritable(options.json);
  }
  const Index threads = options.threads > 0 ? options.threads : usable_threads();
  const Effort effort = options.quick ? Effort{3, 0.015} : Effort{};
  const BenchMachine machine = measure_machine(options.quick, threads);
  fmt::print("{}{}", machine_text(machine), kernel_head());
  std::vector<KernelResult> kernels;
  for (const auto& timed : kernel_cases(options.quick)) {
    kernels.push_back(measure_kernel(timed, machine, effort));
    print_now(kernel_row(kernels.back()));
  }
  print_now(table_head());
  std::vector<BenchResult> results;
  std::vector<std::string> left_out;
  for (const auto& timed : epoch_cases(options.quick, threads)) {
    const Index needed = timed_bytes(timed);
    const Index available = host_memory().available;
    if (needed > available / 10 * 9) {
      left_out.push_back(left_out_line(timed, needed, available));
      print_now(fmt::format("left out: {}\n", left_out.back()));
      continue;
    }
    results.push_back(measure_case(timed, machine, effort));
    print_now(table_row(results.back()));
  }
  if (!options.json.empty()) {
    replace_text_file(options.json, bench_json(machine, options.quick, kernels, results, left_out));
  }
}

}  // namespace polypath
