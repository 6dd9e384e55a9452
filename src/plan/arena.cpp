#include "polypath/plan/arena.hpp"

#include "polypath/core/sizes.hpp"

namespace polypath {
namespace {

constexpr Index alignment = 64;

/// Hands out consecutive aligned ranges.
class Allocator {
 public:
  /// `count` matrices, rows padded to whole cache lines.
  BatchExtent take(Index rows, Index columns, Index count, Index element_bytes) {
    const Index leading = padded_size(columns, alignment / element_bytes);
    return place({0, rows, columns, leading, count, size_product(rows, leading)}, element_bytes);
  }
  /// `count` matrices without any padding.
  BatchExtent take_dense(Index rows, Index columns, Index count, Index element_bytes) {
    return place({0, rows, columns, columns, count, size_product(rows, columns)}, element_bytes);
  }
  [[nodiscard]] Index bytes() const { return next_; }

 private:
  BatchExtent place(BatchExtent extent, Index element_bytes) {
    extent.offset = next_;
    next_ = size_sum(
        next_, padded_size(size_product(extent.stride, extent.count, element_bytes), alignment));
    return extent;
  }
  Index next_ = 0;
};

/// Delay pays only where the update is cheaper to keep than to add: between hidden layers.
Index delay_of_layer(const PathwayShape& shape, Index d, Index delay) {
  const bool between_hidden_layers = d > 1 && d < shape.depth();
  return between_hidden_layers ? delay : 1;
}

GroupExtents plan_group(const PathwayGroup& group, const ArenaRequest& request,
                        Allocator& allocator) {
  const auto& units = group.shape.units;
  const Index depth = group.shape.depth();
  const Index batch = size_product(request.members, static_cast<Index>(group.pathways.size()));
  const Index element = bytes_of(request.precision);
  const Index examples = request.examples;
  GroupExtents extents{group, {}, {}, {}};
  for (Index d = 1; d <= depth; ++d) {
    const Index out = units[static_cast<std::size_t>(d)];
    const Index in = units[static_cast<std::size_t>(d - 1)];
    LayerExtents layer;
    layer.delay = delay_of_layer(group.shape, d, request.delay);
    const Index input_slots = d < depth ? delay_of_layer(group.shape, d + 1, request.delay) : 1;
    layer.weights = allocator.take(out, in, batch, element);
    layer.bias = allocator.take(1, request.bias ? out : 0, batch, element);
    layer.activation = allocator.take(size_product(input_slots, examples), out, batch, element);
    layer.delta = allocator.take(size_product(layer.delay, examples), out, batch, element);
    layer.scratch =
        allocator.take(examples, size_product(layer.delay - 1, examples), batch, element);
    extents.layers.push_back(layer);
  }
  extents.K = allocator.take_dense(request.modes, request.modes, batch, 8);
  extents.outside = allocator.take_dense(1, batch, 1, 8);
  return extents;
}

}  // namespace

Arena plan_arena(const ArenaRequest& request) {
  Allocator allocator;
  Arena arena;
  const Index element = bytes_of(request.precision);
  const Index inputs = request.shape.inputs();
  const Index outputs = request.shape.outputs();
  for (const auto& group : group_pathways(request.shape)) {
    arena.groups.push_back(plan_group(group, request, allocator));
  }
  arena.x = allocator.take(request.examples, inputs, 1, element);
  arena.y = allocator.take(request.examples, outputs, 1, element);
  arena.residual = allocator.take(request.examples, outputs, request.members, element);
  arena.loss = allocator.take_dense(1, request.members, 1, 8);
  arena.limit = allocator.take_dense(1, request.members, 1, 8);
  arena.stopped_epoch = allocator.take_dense(1, request.members, 1, 8);
  arena.epoch = allocator.take_dense(1, 1, 1, 8);
  arena.U = allocator.take(outputs, request.modes, 1, 8);
  arena.V = allocator.take(inputs, request.modes, 1, 8);
  arena.pseudo_x = allocator.take(request.examples, inputs, 1, 8);
  arena.Q = allocator.take(request.examples, request.modes, 1, 8);
  arena.bytes = allocator.bytes();
  return arena;
}

}  // namespace polypath
