#include "polypath/plan/cell_plan.hpp"

#include "polypath/core/error.hpp"
#include "polypath/plan/memory.hpp"
#include "polypath/plan/schedule.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace polypath {
namespace {

/// Directions that a hidden layer of a reduced network typically keeps, by depth: 23 are exact at
/// depth 2, and deeper networks leak into more.
Index typical_directions(Index depth) {
  return round_up(std::min<Index>(24 * (depth - 1), 160), 16);
}

/// Stack, SIMD scratch and BLAS buffer that a working thread touches.
constexpr Index bytes_per_thread = Index{4} << 20;

Index record_bytes(const Config& config, const CellPlan& plan, Index modes) {
  const Index pathways = static_cast<Index>(plan.shape.pathways.size());
  const Index entries = config.record.modes == ModesRecorded::full ? modes * modes : modes;
  return 8 * (pathways * entries + pathways + 1);
}

Index final_weight_bytes(const Config& config, const CellPlan& plan) {
  return config.record.weights == WeightsRecorded::final ? 8 * plan.request.shape.weights() : 0;
}

/// The list of recorded epochs, held by the trainer and by the writer.
Index schedule_bytes(const CellPlan& plan) { return Index{24} * plan.records; }

void refuse_if_too_many_records(const CellPlan& plan, const Resources& resources) {
  if (schedule_bytes(plan) > resources.memory) {
    throw OutOfMemory(fmt::format(
        "listing {} records needs {} of memory, {} are available; nothing was started. "
        "Choose a larger record.every, or \"log\"",
        plan.records, format_bytes(schedule_bytes(plan)), format_bytes(resources.memory)));
  }
}

void refuse_if_too_large(const CellPlan& plan, const Config& config, const Resources& resources) {
  const Index needed = plan.member_bytes + resources.start_memory + bytes_per_thread +
                       final_weight_bytes(config, plan) + schedule_bytes(plan);
  if (needed <= resources.memory) {
    return;
  }
  const bool narrower_type = config.train.precision == Precision::float64;
  throw OutOfMemory(fmt::format(
      "one member needs {} of memory, {} are available (network of {} weights in {}); nothing was "
      "started. Choose a smaller network.width{}, or a machine with more memory",
      format_bytes(needed), format_bytes(resources.memory), plan.request.shape.weights(),
      to_string(config.train.precision),
      narrower_type ? ", or train.precision = \"float32\"" : ""));
}

}  // namespace

NetworkShape trained_shape(const NetworkShape& shape, InitMethod method) {
  NetworkShape trained = shape;
  if (is_reduced(method)) {
    for (auto& pathway : trained.pathways) {
      for (std::size_t d = 1; d + 1 < pathway.units.size(); ++d) {
        pathway.units[d] = std::min(pathway.units[d], typical_directions(pathway.depth()));
      }
    }
  }
  return trained;
}

CellPlan plan_cell(const Config& config, const DataSizes& data, const Resources& resources) {
  CellPlan plan;
  plan.shape = network_shape(config.network, data.inputs, data.outputs);
  plan.request = {trained_shape(plan.shape, config.init.method),
                  data.examples,
                  data.modes(),
                  1,
                  config.train.precision,
                  config.network.bias,
                  1};
  plan.members = config.sweep.seeds;
  plan.records = record_count(config.train.epochs, config.record.every);
  plan.member_bytes = plan_arena(plan.request).bytes;
  plan.start_memory = resources.start_memory;
  refuse_if_too_many_records(plan, resources);
  refuse_if_too_large(plan, config, resources);

  const Index wanted =
      resources.batch_members ? plan.members : std::min(plan.members, resources.threads);
  const Index per_member = plan.member_bytes + resources.start_memory +
                           (resources.batch_members ? 0 : bytes_per_thread) +
                           final_weight_bytes(config, plan);
  plan.members_at_once =
      std::clamp<Index>((resources.memory - schedule_bytes(plan)) / per_member, 1, wanted);
  plan.waves = (plan.members + plan.members_at_once - 1) / plan.members_at_once;
  plan.threads_per_member =
      resources.batch_members ? 1 : std::max<Index>(1, resources.threads / plan.members_at_once);
  plan.memory_bytes = plan.members_at_once * per_member + schedule_bytes(plan);
  plan.disk_bytes = plan.members * (plan.records * record_bytes(config, plan, data.modes()) +
                                    final_weight_bytes(config, plan)) +
                    Index{64} * 1024;
  return plan;
}

}  // namespace polypath
