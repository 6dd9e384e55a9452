#include "bench_report.hpp"

#include "polypath/config/config.hpp"
#include "polypath/core/build_info.hpp"
#include "polypath/core/error.hpp"
#include "polypath/plan/memory.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace polypath {
namespace {

using Json = nlohmann::ordered_json;

std::vector<double> milliseconds(const std::vector<EpochTime>& blocks, double EpochTime::*clock) {
  std::vector<double> values;
  values.reserve(blocks.size());
  for (const auto& block : blocks) {
    values.push_back(1e3 * block.*clock);
  }
  return values;
}

std::vector<double> all_milliseconds(const BenchResult& result, double EpochTime::*clock) {
  std::vector<double> values = milliseconds(result.first, clock);
  const std::vector<double> more = milliseconds(result.second, clock);
  values.insert(values.end(), more.begin(), more.end());
  return values;
}

/// Median of the one half over median of the other.
double same_against_same(const BenchResult& result) {
  return spread_of(milliseconds(result.first, &EpochTime::processor)).median /
         spread_of(milliseconds(result.second, &EpochTime::processor)).median;
}

double percent_of_floor(const BenchResult& result, double milliseconds) {
  return 1e5 * result.floor.seconds() / milliseconds;
}

double nanoseconds_per_weight(const BenchResult& result, double milliseconds) {
  return 1e6 * milliseconds * static_cast<double>(bytes_of(result.timed.precision)) /
         static_cast<double>(result.working_set);
}

Json spread_json(const Spread& spread) {
  return {{"median", spread.median}, {"least", spread.least}, {"greatest", spread.greatest}};
}

Json machine_json(const BenchMachine& machine) {
  Json bandwidths = Json::array();
  for (const auto& point : machine.bandwidths) {
    bandwidths.push_back({{"bytes", point.bytes},
                          {"threads", point.threads},
                          {"gigabytes_per_second", 1e-9 * point.rate}});
  }
  Json peaks = Json::array();
  for (const auto& point : machine.peaks) {
    peaks.push_back({{"precision", to_string(point.precision)},
                     {"threads", point.threads},
                     {"gigaflops", 1e-9 * point.rate}});
  }
  return {{"device", machine.backend.device},        {"simd", machine.backend.simd_target},
          {"libraries", machine.backend.libraries},  {"threads", machine.threads},
          {"read_bandwidth_per_thread", bandwidths}, {"multiply_add_peak_per_thread", peaks}};
}

Json floor_json(const EpochFloor& floor) {
  return {{"forward_ms", 1e3 * floor.forward},
          {"backward_ms", 1e3 * floor.backward},
          {"update_ms", 1e3 * floor.update},
          {"epoch_ms", 1e3 * floor.seconds()}};
}

Json result_json(const BenchResult& result) {
  const TimedCase& timed = result.timed;
  const Spread processor = spread_of(all_milliseconds(result, &EpochTime::processor));
  return {{"width", timed.width},
          {"depth", timed.depth},
          {"activation", to_string(timed.activation)},
          {"precision", to_string(timed.precision)},
          {"members", timed.members},
          {"threads", timed.threads},
          {"epochs_per_block", result.epochs},
          {"blocks", result.first.size() + result.second.size()},
          {"processor_ms", spread_json(processor)},
          {"wall_ms", spread_json(spread_of(all_milliseconds(result, &EpochTime::wall)))},
          {"same_against_same", same_against_same(result)},
          {"nanoseconds_per_weight", nanoseconds_per_weight(result, processor.median)},
          {"gigabytes_per_second", 1e-6 * result.floor.bytes / processor.median},
          {"gigaflops", 1e-6 * result.floor.operations / processor.median},
          {"working_set_bytes", result.working_set},
          {"bandwidth_gigabytes_per_second", 1e-9 * result.bandwidth},
          {"floor", floor_json(result.floor)},
          {"percent_of_floor", percent_of_floor(result, processor.median)}};
}

Json kernel_json(const KernelResult& result) {
  const Spread seconds = spread_of(result.seconds);
  return {{"kernel", to_string(result.timed.kernel)},
          {"out", result.timed.out},
          {"in", result.timed.in},
          {"precision", to_string(result.timed.precision)},
          {"blocks", result.seconds.size()},
          {"microseconds",
           spread_json({1e6 * seconds.median, 1e6 * seconds.least, 1e6 * seconds.greatest})},
          {"gigabytes_per_second", 1e-9 * result.timed.bytes() / seconds.median},
          {"gigaflops", 1e-9 * result.timed.operations() / seconds.median},
          {"bandwidth_gigabytes_per_second", 1e-9 * result.bandwidth},
          {"percent_of_floor", 100.0 * result.floor / seconds.median}};
}

}  // namespace

double BenchMachine::peak(Precision precision, Index count) const {
  for (const auto& point : peaks) {
    if (point.precision == precision && point.threads == count) {
      return point.rate;
    }
  }
  throw InternalError("no multiply-add peak was measured for this number of threads");
}

std::string machine_text(const BenchMachine& machine) {
  std::string text =
      fmt::format("{}, SIMD {}\n", machine.backend.device, machine.backend.simd_target);
  for (const auto& point : machine.bandwidths) {
    text += fmt::format("read bandwidth      {:>8}  {} thread{}  {:7.1f} GB/s each\n",
                        format_bytes(point.bytes), point.threads, point.threads == 1 ? " " : "s",
                        1e-9 * point.rate);
  }
  for (const auto& point : machine.peaks) {
    text += fmt::format("multiply-add peak   {:>8}  {} thread{}  {:7.1f} GFLOP/s each\n",
                        to_string(point.precision), point.threads, point.threads == 1 ? " " : "s",
                        1e-9 * point.rate);
  }
  return text;
}

std::string kernel_head() {
  return fmt::format(
      "us: processor time of one call on a layer of out x in weights with 8 examples\n"
      "{:>15} {:>5} {:>5} {:>7} {:>9} {:>9} {:>9} {:>7} {:>8} {:>7}\n",
      "kernel", "out", "in", "type", "us", "least", "most", "GB/s", "GFLOP/s", "% floor");
}

std::string kernel_row(const KernelResult& result) {
  const TimedKernel& timed = result.timed;
  const Spread seconds = spread_of(result.seconds);
  return fmt::format(
      "{:>15} {:>5} {:>5} {:>7} {:>9.4g} {:>9.4g} {:>9.4g} {:>7.1f} {:>8.1f} {:>7.1f}\n",
      to_string(timed.kernel), timed.out, timed.in, to_string(timed.precision),
      1e6 * seconds.median, 1e6 * seconds.least, 1e6 * seconds.greatest,
      1e-9 * timed.bytes() / seconds.median, 1e-9 * timed.operations() / seconds.median,
      100.0 * result.floor / seconds.median);
}

std::string table_head() {
  return fmt::format(
      "ms: processor time per epoch and member; A/A: the same measured twice, the noise of this "
      "run\n"
      "{:>5} {:>2} {:>6} {:>7} {:>3} {:>3} {:>9} {:>9} {:>9} {:>6} {:>9} {:>7} {:>7} {:>8} "
      "{:>7}\n",
      "N", "D", "f", "type", "mem", "thr", "ms", "least", "most", "A/A", "wall ms", "ns/wght",
      "GB/s", "GFLOP/s", "% floor");
}

std::string table_row(const BenchResult& result) {
  const TimedCase& timed = result.timed;
  const Spread processor = spread_of(all_milliseconds(result, &EpochTime::processor));
  const Spread wall = spread_of(all_milliseconds(result, &EpochTime::wall));
  return fmt::format(
      "{:>5} {:>2} {:>6} {:>7} {:>3} {:>3} {:>9.4g} {:>9.4g} {:>9.4g} {:>6.3f} {:>9.4g} {:>7.3f} "
      "{:>7.1f} {:>8.1f} {:>7.1f}\n",
      timed.width, timed.depth, to_string(timed.activation), to_string(timed.precision),
      timed.members, timed.threads, processor.median, processor.least, processor.greatest,
      same_against_same(result), wall.median, nanoseconds_per_weight(result, processor.median),
      1e-6 * result.floor.bytes / processor.median,
      1e-6 * result.floor.operations / processor.median,
      percent_of_floor(result, processor.median));
}

std::string bench_json(const BenchMachine& machine, bool quick,
                       const std::vector<KernelResult>& kernels,
                       const std::vector<BenchResult>& results,
                       const std::vector<std::string>& left_out) {
  Json operations = Json::array();
  for (const auto& result : kernels) {
    operations.push_back(kernel_json(result));
  }
  Json cases = Json::array();
  for (const auto& result : results) {
    cases.push_back(result_json(result));
  }
  const BuildInfo& build = build_info();
  const Json document{{"format", "polypath bench 1"},
                      {"version", build.version},
                      {"git_revision", build.git_revision},
                      {"compiler", build.compiler},
                      {"build_type", build.build_type},
                      {"quick", quick},
                      {"machine", machine_json(machine)},
                      {"kernels", operations},
                      {"cases", cases},
                      {"left_out", left_out}};
  return document.dump(1) + "\n";
}

}  // namespace polypath
