#include "polypath/plan/cell_plan.hpp"

#include "polypath/core/error.hpp"
#include "polypath/plan/memory.hpp"
#include "polypath/plan/schedule.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace polypath {
namespace {

/// Stack, SIMD scratch and BLAS buffer that a working thread touches.
constexpr Index bytes_per_thread = Index{4} << 20;

Index record_bytes(const Config& config, const CellPlan& plan, Index modes) {
  const Index pathways = static_cast<Index>(plan.shape.pathways.size());
  const Index entries = config.record.modes == ModesRecorded::full ? modes * modes : modes;
  return 8 * (pathways * entries + pathways + 1);
}

Index final_weight_bytes(const Config& config, const CellPlan& plan) {
  return config.record.weights == WeightsRecorded::final ? 8 * plan.shape.weights() : 0;
}

void refuse_if_too_large(const CellPlan& plan, const Config& config, const Resources& resources) {
  if (plan.member_bytes + bytes_per_thread <= resources.memory) {
    return;
  }
  const bool narrower_type = config.train.precision == Precision::float64;
  throw OutOfMemory(fmt::format(
      "one member needs {} of memory, {} are available (network of {} weights in {}); nothing was "
      "started. Choose a smaller network.width{}, or a machine with more memory",
      format_bytes(plan.member_bytes + bytes_per_thread), format_bytes(resources.memory),
      plan.shape.weights(), to_string(config.train.precision),
      narrower_type ? ", or train.precision = \"float32\"" : ""));
}

}  // namespace

CellPlan plan_cell(const Config& config, const DataSizes& data, const Resources& resources) {
  CellPlan plan;
  plan.shape = network_shape(config.network, data.inputs, data.outputs);
  plan.request = {
      plan.shape, data.examples, data.modes(), 1, config.train.precision, config.network.bias, 1};
  plan.members = config.sweep.seeds;
  plan.records =
      static_cast<Index>(recorded_epochs(config.train.epochs, config.record.every).size());
  plan.member_bytes = plan_arena(plan.request).bytes;
  refuse_if_too_large(plan, config, resources);

  const Index wanted =
      resources.batch_members ? plan.members : std::min(plan.members, resources.threads);
  const Index per_member = plan.member_bytes + (resources.batch_members ? 0 : bytes_per_thread) +
                           final_weight_bytes(config, plan);
  plan.members_at_once = std::clamp<Index>(resources.memory / per_member, 1, wanted);
  plan.waves = (plan.members + plan.members_at_once - 1) / plan.members_at_once;
  plan.threads_per_member =
      resources.batch_members ? 1 : std::max<Index>(1, resources.threads / plan.members_at_once);
  plan.memory_bytes = plan.members_at_once * per_member;
  plan.disk_bytes = plan.members * (plan.records * record_bytes(config, plan, data.modes()) +
                                    final_weight_bytes(config, plan)) +
                    64 * 1024;
  return plan;
}

}  // namespace polypath
