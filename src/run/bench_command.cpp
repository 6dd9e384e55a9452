#include "polypath/backend/machine_limits.hpp"
#include "polypath/plan/memory.hpp"
#include "polypath/run/bench.hpp"
#include "polypath/run/run.hpp"

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

std::vector<Index> member_counts(Index threads) {
  return threads == 1 ? std::vector<Index>{1} : std::vector<Index>{1, threads};
}

/// Every activation at N = 1000, where it can matter; linear elsewhere.
std::vector<TimedCase> cases_of(bool quick, Index threads) {
  const std::vector<Index> widths =
      quick ? std::vector<Index>{100, 1000} : std::vector<Index>{100, 300, 1000, 4000};
  const std::vector<Activation> every{Activation::linear, Activation::tanh, Activation::relu};
  std::vector<TimedCase> cases;
  for (const Index width : widths) {
    for (const Index depth : {2, 3, 7}) {
      for (const auto activation :
           width == 1000 ? every : std::vector<Activation>{Activation::linear}) {
        for (const auto precision : {Precision::float32, Precision::float64}) {
          for (const Index members : member_counts(threads)) {
            cases.push_back({width, depth, activation, precision, members, 1});
          }
        }
      }
    }
  }
  return cases;
}

BenchMachine measure_machine(bool quick, Index threads) {
  BenchMachine machine;
  machine.backend = make_backend({BackendKind::cpu, 1})->info();
  machine.threads = threads;
  std::vector<Index> sizes{100'000, 1'000'000, 10'000'000, 40'000'000};
  if (!quick) {
    sizes.push_back(400'000'000);
  }
  for (const Index count : member_counts(threads)) {
    for (const Index bytes : sizes) {
      machine.bandwidths.push_back({bytes, count, read_bandwidth(bytes, count)});
    }
    for (const auto precision : {Precision::float32, Precision::float64}) {
      machine.peaks.push_back({precision, count, multiply_add_peak(precision, count)});
    }
  }
  return machine;
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
  const double before = read_bandwidth(result.working_set, timed.members);
  time_blocks(result, effort);
  result.bandwidth = std::max(before, read_bandwidth(result.working_set, timed.members));
  result.floor = epoch_floor(timed, result.bandwidth, machine.peak(timed.precision, timed.members));
  return result;
}

}  // namespace

void bench(const BenchOptions& options) {
  if (!options.json.empty()) {
    replace_text_file(options.json, "");
  }
  const Index threads = options.threads > 0 ? options.threads : usable_threads();
  const Effort effort = options.quick ? Effort{3, 0.015} : Effort{};
  const BenchMachine machine = measure_machine(options.quick, threads);
  fmt::print("{}{}", machine_text(machine), table_head());
  std::vector<BenchResult> results;
  std::vector<std::string> left_out;
  for (const auto& timed : cases_of(options.quick, threads)) {
    const Index needed = timed_bytes(timed);
    const Index available = host_memory().available;
    if (needed > available / 10 * 9) {
      left_out.push_back(fmt::format("N = {}, D = {}, {} member{}: needs {}, {} are available",
                                     timed.width, timed.depth, timed.members,
                                     timed.members == 1 ? "" : "s", format_bytes(needed),
                                     format_bytes(available)));
      fmt::print("left out: {}\n", left_out.back());
      continue;
    }
    results.push_back(measure_case(timed, machine, effort));
    fmt::print("{}", table_row(results.back()));
    std::fflush(stdout);
  }
  if (!options.json.empty()) {
    replace_text_file(options.json, bench_json(machine, options.quick, results, left_out));
  }
}

}  // namespace polypath
