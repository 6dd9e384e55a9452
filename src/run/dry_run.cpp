#include "polypath/analysis/foresight.hpp"
#include "polypath/plan/memory.hpp"

#include "prepared_run.hpp"
#include "time_estimate.hpp"

#include <algorithm>
#include <set>
#include <string>

#include <fmt/format.h>

namespace polypath {
namespace {

std::string describe_network(const NetworkShape& shape) {
  std::string text;
  for (const auto& group : group_pathways(shape)) {
    const auto& units = group.shape.units;
    std::string widths;
    for (std::size_t d = 0; d < units.size(); ++d) {
      widths += fmt::format("{}{}", d == 0 ? "" : "-", units[d]);
    }
    text += fmt::format("{}{} x [{}]", text.empty() ? "" : " + ", group.pathways.size(), widths);
  }
  return text;
}

std::string about(double seconds) {
  return seconds < 10.0 ? fmt::format("about {:.2g} s", seconds)
                        : "about " + format_seconds(seconds);
}

/// What can be told of the training itself.
void print_foresight(const PreparedCell& cell) {
  const Config& config = cell.config.config;
  const auto foresight = analysis::foresee(config, cell.data->data, cell.data->modes);
  const auto& edge = foresight.edge;
  if (edge.unknown.empty()) {
    fmt::print("  edge     learning_rate is {} of the edge of stability, {:.3g}\n",
               analysis::ratio_text(edge.ratio), edge.edge);
  } else {
    fmt::print("  edge     of stability: known after training ({})\n", edge.unknown);
  }
  if (edge.near()) {
    fmt::print("  warning  {}\n", analysis::edge_warning(config.train.learning_rate, edge.ratio));
  }
  const std::string late = analysis::late_modes_text(foresight, config.train.epochs);
  if (!late.empty()) {
    fmt::print("  warning  {}\n", late);
  }
}

void print_cell(const PreparedCell& cell, double seconds) {
  fmt::print("cell {}", cell.number);
  for (const auto& swept : cell.config.swept) {
    fmt::print("  {} = {}", swept.key, swept.value);
  }
  const CellPlan& plan = cell.plan;
  fmt::print("\n  network  {}, {} weights, {}\n", describe_network(plan.shape),
             plan.request.shape.weights(), to_string(cell.config.config.train.precision));
  if (plan.request.shape != plan.shape) {
    fmt::print("  trained  as a narrow one of about {}, whatever the width\n",
               describe_network(plan.request.shape));
  }
  fmt::print("  members  {} in {} wave{} of {}, {} thread{} each; {} epochs, {} records\n",
             plan.members, plan.waves, plan.waves == 1 ? "" : "s", plan.members_at_once,
             plan.threads_per_member, plan.threads_per_member == 1 ? "" : "s",
             cell.config.config.train.epochs, plan.records);
  if (plan.device_bytes > 0) {
    fmt::print("  device   {} a member, {} members per GB, {} at once; {} of host memory\n",
               format_bytes(plan.member_bytes),
               std::max<Index>(0, 1'000'000'000 / std::max<Index>(1, plan.member_bytes)),
               format_bytes(plan.device_bytes), format_bytes(plan.memory_bytes));
  } else {
    fmt::print("  memory   {} a member, {} at once\n", format_bytes(plan.member_bytes),
               format_bytes(plan.memory_bytes));
  }
  if (plan.request.delay > 1) {
    fmt::print("  updates  added into the weights every {} epochs\n", plan.request.delay);
  }
  fmt::print("  disk     up to {}\n", format_bytes(plan.disk_bytes));
  fmt::print("  time     {}\n", about(seconds));
  print_foresight(cell);
}

/// Those that cells run on; a device that none runs on is not there for this run.
void print_backends(const PreparedRun& run) {
  std::set<std::string> told;
  for (const auto& cell : run.cells) {
    const BackendInfo& info = cell.backend.info;
    if (told.insert(info.name).second) {
      fmt::print("backend  {}: {}, SIMD {}, {} thread{}\n", info.name, info.device,
                 info.simd_target, run.threads, run.threads == 1 ? "" : "s");
    }
  }
}

}  // namespace

void dry_run(const RunOptions& options) {
  const Index resident_before = host_memory().resident;
  const PreparedRun run = prepare_run(options);
  for (const auto& note : run.document.notes) {
    fmt::print("note: {}\n", note);
  }
  print_backends(run);
  for (const auto& text : data_descriptions(run)) {
    fmt::print("data     {}\n", text);
  }
  Index members = 0;
  Index memory = 0;
  Index device = 0;
  Index disk = 0;
  double seconds = 0.0;
  for (const auto& cell : run.cells) {
    const double cell_seconds = estimate_time(cell).cell_seconds;
    print_cell(cell, cell_seconds);
    members += cell.plan.members;
    memory = std::max(memory, cell.plan.memory_bytes);
    device = std::max(device, cell.plan.device_bytes);
    disk += cell.plan.disk_bytes;
    seconds += cell_seconds;
  }
  fmt::print("in all   {} cell{}, {} member{}; memory {} of {} available, disk up to {}, {}\n",
             run.cells.size(), run.cells.size() == 1 ? "" : "s", members, members == 1 ? "" : "s",
             format_bytes(memory + resident_before), format_bytes(run.available_memory),
             format_bytes(disk), about(seconds));
  if (run.available_on_device && device > 0) {
    fmt::print("device   {} of {} free\n", format_bytes(device),
               format_bytes(*run.available_on_device));
  }
  fmt::print("nothing was written\n");
}

}  // namespace polypath
