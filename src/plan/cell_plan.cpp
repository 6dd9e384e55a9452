#include "polypath/plan/cell_plan.hpp"

#include "polypath/core/error.hpp"
#include "polypath/core/sizes.hpp"
#include "polypath/plan/delay.hpp"
#include "polypath/plan/memory.hpp"
#include "polypath/plan/schedule.hpp"

#include <algorithm>
#include <numeric>

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

/// The layer quantities of one member at one time: three gains of each layer and mode, p of each
/// mode, a norm of each layer.
Index layer_record_bytes(const CellPlan& plan, Index modes) {
  Index deepest = 0;
  for (const auto& pathway : plan.shape.pathways) {
    deepest = std::max(deepest, pathway.depth());
  }
  const Index pathways = static_cast<Index>(plan.shape.pathways.size());
  const Index gains = size_sum(size_product(3, modes), 1);
  return size_product(8, pathways, size_sum(size_product(deepest, gains), modes));
}

Index record_bytes(const Config& config, const CellPlan& plan, Index modes) {
  const Index pathways = static_cast<Index>(plan.shape.pathways.size());
  const Index entries =
      config.record.modes == ModesRecorded::full ? size_product(modes, modes) : modes;
  const Index layers =
      config.record.layers == LayersRecorded::all ? layer_record_bytes(plan, modes) : 0;
  return size_sum(size_product(8, size_sum(size_product(pathways, entries), pathways, 1)), layers);
}

Index initial_layer_bytes(const Config& config, const CellPlan& plan, Index modes) {
  return config.record.layers == LayersRecorded::initial ? layer_record_bytes(plan, modes) : 0;
}

/// Host memory that a member's layers take to be measured again at later records: the directions of
/// the modes and the initial weights.
Index kept_layer_bytes(const Config& config, const CellPlan& plan) {
  if (config.record.layers != LayersRecorded::all) {
    return 0;
  }
  Index units = 0;
  for (const auto& pathway : plan.request.shape.pathways) {
    units = std::accumulate(pathway.units.begin(), pathway.units.end(), units,
                            [](Index sum, Index more) { return size_sum(sum, more); });
  }
  return size_sum(size_product(8, plan.request.modes, units),
                  size_product(plan.request.shape.weights(), bytes_of(plan.request.precision)));
}

/// Host memory that measuring takes for a while: blocks of rows and skinny matrices, five as wide
/// as there are modes; for the balance some twenty as wide as the rank of what a layer has changed
/// by, below 256 as a rule.
Index layer_work_bytes(const Config& config, const CellPlan& plan) {
  constexpr Index row_blocks = Index{4} << 20;
  constexpr Index usual_rank = 256;
  if (config.record.layers == LayersRecorded::none) {
    return 0;
  }
  Index widest = 0;
  for (const auto& pathway : plan.request.shape.pathways) {
    widest = std::max(widest, *std::max_element(pathway.units.begin(), pathway.units.end()));
  }
  const Index columns = config.record.layers == LayersRecorded::all
                            ? 20 * std::min(widest, usual_rank)
                            : size_product(5, plan.request.modes);
  return size_sum(row_blocks, size_product(8, widest, columns));
}

/// Host memory that the largest Hessian eigenvalue takes for a while: some matrices of examples x
/// units for each layer, in float64 (train/curvature.hpp).
Index curvature_bytes(const CellPlan& plan) {
  constexpr Index of_inputs = 8;    // A, its basis, their motions, Y of four vectors
  constexpr Index of_outputs = 10;  // deltas, their basis, f' and f'', their motions, X likewise
  constexpr Index temporaries = 8;
  Index numbers = 0;
  Index widest = 0;
  for (const auto& pathway : plan.request.shape.pathways) {
    for (std::size_t d = 1; d < pathway.units.size(); ++d) {
      numbers = size_sum(numbers, size_product(of_inputs, pathway.units[d - 1]),
                         size_product(of_outputs, pathway.units[d]));
      widest = std::max({widest, pathway.units[d - 1], pathway.units[d]});
    }
  }
  return size_product(8, plan.request.examples,
                      size_sum(numbers, size_product(temporaries, widest)));
}

Index final_weight_bytes(const Config& config, const CellPlan& plan) {
  return config.record.weights == WeightsRecorded::final
             ? size_product(8, plan.request.shape.weights())
             : 0;
}

/// A member's K, outside, loss and epoch in every slot of the records on their way, and once more
/// where they are put in order.
Index ring_bytes(const CellPlan& plan, Index slots) {
  const Index pathways = static_cast<Index>(plan.shape.pathways.size());
  const Index modes = plan.request.modes;
  return size_product(8, slots + 1,
                      size_sum(size_product(pathways, size_sum(size_product(modes, modes), 1)), 2));
}

/// Of device memory, beyond the 64 MiB that the backend holds in reserve for it: projecting one
/// output takes some examples x outputs and one outputs x inputs in float64.
Index projection_bytes(const CellPlan& plan) {
  constexpr Index reserve = Index{64} << 20;
  const Index outputs = plan.shape.outputs();
  const Index inputs = plan.shape.inputs();
  const Index columns = size_sum(outputs, plan.request.modes);
  const Index rows = size_sum(plan.request.examples, inputs);
  return std::max<Index>(0, size_product(8, rows, columns) - reserve);
}

/// What a member that trains needs of host memory beside its weights and buffers.
Index host_bytes(const Config& config, const CellPlan& plan) {
  return size_sum(final_weight_bytes(config, plan), kept_layer_bytes(config, plan),
                  layer_work_bytes(config, plan), curvature_bytes(plan), ring_bytes(plan, 1));
}

/// The list of recorded epochs, held by the trainer and by the writer.
Index schedule_bytes(const CellPlan& plan) { return size_product(24, plan.records); }

void refuse_if_too_many_records(const CellPlan& plan, const Resources& resources) {
  if (schedule_bytes(plan) > resources.memory) {
    throw OutOfMemory(fmt::format(
        "listing {} records needs {} of memory, {} are available; nothing was started. "
        "Choose a larger record.every, or \"log\"",
        plan.records, format_bytes(schedule_bytes(plan)), format_bytes(resources.memory)));
  }
}

Index bytes_at_once(const CellPlan& plan, Index members) {
  ArenaRequest request = plan.request;
  request.members = members;
  return plan_arena(request).bytes;
}

/// The most members, up to `wanted` and at least one, whose buffers fit the device.
Index members_that_fit(const CellPlan& plan, Index wanted, Index device_memory) {
  Index least = 1;
  Index most = wanted;
  while (least < most) {
    const Index middle = (least + most + 1) / 2;
    if (bytes_at_once(plan, middle) <= device_memory) {
      least = middle;
    } else {
      most = middle - 1;
    }
  }
  return least;
}

/// The way to get the same statistics from a narrower network, where there is one.
const char* narrower_way(const Config& config) {
  if (config.init.method == InitMethod::projected) {
    return ", or init.method = \"sampled\" (no cost depends on the width)";
  }
  const bool reducible = config.init.method == InitMethod::gaussian && !config.network.bias &&
                         config.network.activation == Activation::linear &&
                         config.init.scheme != InitScheme::orthogonal;
  return reducible ? ", or init.method = \"projected\" (a narrow network with the same K)" : "";
}

/// Device memory beside the members' buffers.
Index device_work_bytes(const CellPlan& plan, const Resources& resources) {
  return size_sum(resources.device_start_memory, projection_bytes(plan));
}

void refuse_if_too_large_for_device(const CellPlan& plan, const Config& config,
                                    const Resources& resources) {
  const Index needed = size_sum(plan.member_bytes, device_work_bytes(plan, resources));
  if (needed <= *resources.device_memory) {
    return;
  }
  throw OutOfMemory(fmt::format(
      "one member needs {} of device memory, {} are free beside what libraries and graphs take "
      "(network of {} weights in {}); nothing was started. Choose a smaller network.width{}, or "
      "--backend cpu ({} of host memory are available)",
      format_bytes(needed), format_bytes(*resources.device_memory), plan.shape.weights(),
      to_string(config.train.precision), narrower_way(config), format_bytes(resources.memory)));
}

void refuse_if_too_large(const CellPlan& plan, const Config& config, const Resources& resources) {
  const Index needed =
      size_sum(resources.device_memory ? 0 : plan.member_bytes, resources.start_memory,
               bytes_per_thread, host_bytes(config, plan), schedule_bytes(plan));
  if (needed <= resources.memory) {
    return;
  }
  const bool narrower_type =
      config.train.precision == Precision::float64 && !is_reduced(config.init.method);
  throw OutOfMemory(fmt::format(
      "one member needs {} of memory, {} are available (network of {} weights in {}); nothing was "
      "started. Choose a smaller network.width{}{}{}, or a machine with more memory",
      format_bytes(needed), format_bytes(resources.memory), plan.shape.weights(),
      to_string(config.train.precision), narrower_way(config),
      narrower_type ? ", or train.precision = \"float32\"" : "",
      kept_layer_bytes(config, plan) > 0 ? ", or record.layers = \"initial\"" : ""));
}

void plan_waves(CellPlan& plan, const Config& config, const Resources& resources) {
  const Index memory = resources.memory - schedule_bytes(plan);
  if (resources.device_memory) {
    // Members start, are measured, and their final weights leave, one after the other.
    const Index kept = kept_layer_bytes(config, plan) + ring_bytes(plan, records_in_flight);
    const Index one_at_a_time = resources.start_memory + bytes_per_thread +
                                final_weight_bytes(config, plan) + layer_work_bytes(config, plan) +
                                curvature_bytes(plan);
    const Index most = resources.batch_members ? plan.members : 1;
    const Index wanted = std::clamp<Index>((memory - one_at_a_time) / kept, 1, most);
    const Index work = device_work_bytes(plan, resources);
    plan.members_at_once = members_that_fit(plan, wanted, *resources.device_memory - work);
    plan.device_bytes = bytes_at_once(plan, plan.members_at_once) + work;
    plan.memory_bytes = one_at_a_time + plan.members_at_once * kept + schedule_bytes(plan);
  } else {
    const Index wanted =
        resources.batch_members ? plan.members : std::min(plan.members, resources.threads);
    const Index per_member = plan.member_bytes + resources.start_memory +
                             (resources.batch_members ? 0 : bytes_per_thread) +
                             host_bytes(config, plan);
    plan.members_at_once = std::clamp<Index>(memory / per_member, 1, wanted);
    plan.memory_bytes = plan.members_at_once * per_member + schedule_bytes(plan);
  }
  plan.waves = (plan.members + plan.members_at_once - 1) / plan.members_at_once;
  plan.threads_per_member =
      resources.batch_members ? 1 : std::max<Index>(1, resources.threads / plan.members_at_once);
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
  if (config.record.layers != LayersRecorded::all) {  // whose weights are complete at every epoch
    plan.request.delay =
        resources.device_memory ? choose_device_delay(plan.request) : choose_delay(plan.request);
  }
  plan.members = config.sweep.seeds;
  plan.records = record_count(config.train.epochs, config.record.every);
  plan.member_bytes = plan_arena(plan.request).bytes;
  plan.start_memory = resources.start_memory;
  refuse_if_too_many_records(plan, resources);
  if (resources.device_memory) {
    refuse_if_too_large_for_device(plan, config, resources);
  }
  refuse_if_too_large(plan, config, resources);
  plan_waves(plan, config, resources);
  const Index modes = data.modes();
  const Index member_disk =
      size_sum(size_product(plan.records, record_bytes(config, plan, modes)),
               initial_layer_bytes(config, plan, modes), final_weight_bytes(config, plan));
  plan.disk_bytes = size_sum(size_product(plan.members, member_disk), Index{64} * 1024);
  return plan;
}

}  // namespace polypath
