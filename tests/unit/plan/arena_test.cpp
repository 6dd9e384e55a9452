#include "polypath/plan/arena.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace polypath {
namespace {

NetworkShape unequal_shape() {
  return {{{{8, 25, 18, 15}}, {{8, 30, 15}}, {{8, 25, 18, 15}}, {{8, 15}}}};
}

TEST(NetworkShape, GroupsEqualPathways) {
  const auto groups = group_pathways(unequal_shape());
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].pathways, (std::vector<Index>{0, 2}));
  EXPECT_EQ(groups[1].pathways, (std::vector<Index>{1}));
  EXPECT_EQ(groups[2].pathways, (std::vector<Index>{3}));
  EXPECT_EQ(unequal_shape().weights(),
            2 * (8 * 25 + 25 * 18 + 18 * 15) + 8 * 30 + 30 * 15 + 8 * 15);
}

TEST(NetworkShape, ComesFromConfig) {
  NetworkConfig network;
  network.pathways = {{{5, 6}}, {{}}};
  const auto shape = network_shape(network, 3, 2);
  EXPECT_EQ(shape.pathways[0].units, (std::vector<Index>{3, 5, 6, 2}));
  EXPECT_EQ(shape.pathways[1].units, (std::vector<Index>{3, 2}));
  EXPECT_EQ(shape.pathways[1].depth(), 1);
}

struct Range {
  Index first;
  Index end;
};

void add(std::vector<Range>& ranges, const BatchExtent& extent, Index element) {
  ranges.push_back({extent.offset, extent.offset + extent.stride * extent.count * element});
}

TEST(Arena, RangesAreDisjointAlignedAndInside) {
  for (const Precision precision : {Precision::float32, Precision::float64}) {
    const ArenaRequest request{unequal_shape(), 8, 8, 3, precision, true, 4};
    const Arena arena = plan_arena(request);
    const Index element = bytes_of(precision);
    std::vector<Range> ranges;
    for (const auto& group : arena.groups) {
      for (const auto& layer : group.layers) {
        for (const auto& extent :
             {layer.weights, layer.bias, layer.activation, layer.delta, layer.scratch}) {
          add(ranges, extent, element);
        }
      }
      add(ranges, group.K, 8);
      add(ranges, group.outside, 8);
    }
    for (const auto& extent : {arena.x, arena.y, arena.residual}) {
      add(ranges, extent, element);
    }
    for (const auto& extent : {arena.loss, arena.limit, arena.stopped_epoch, arena.epoch, arena.U,
                               arena.V, arena.pseudo_x, arena.Q}) {
      add(ranges, extent, 8);
    }
    std::sort(ranges.begin(), ranges.end(),
              [](const Range& a, const Range& b) { return a.first < b.first; });
    for (std::size_t i = 0; i + 1 < ranges.size(); ++i) {
      EXPECT_LE(ranges[i].end, ranges[i + 1].first);
      EXPECT_EQ(ranges[i].first % 64, 0);
    }
    EXPECT_LE(ranges.back().end, arena.bytes);
  }
}

TEST(Arena, HoldsOneCopyOfTheWeightsAndNoGradient) {
  const ArenaRequest request{
      {{{{8, 4096, 4096, 15}}, {{8, 4096, 4096, 15}}}}, 8, 8, 1, Precision::float32, false, 1};
  const Index weights = 4 * request.shape.weights();
  const Index bytes = plan_arena(request).bytes;
  EXPECT_GE(bytes, weights);
  EXPECT_LT(bytes, weights + weights / 50);
}

TEST(Arena, DelayOnlyBetweenHiddenLayers) {
  const ArenaRequest request{{{{{8, 32, 32, 32, 15}}}}, 8, 8, 1, Precision::float64, false, 5};
  const auto layers = plan_arena(request).groups[0].layers;
  EXPECT_EQ(layers[0].delay, 1);
  EXPECT_EQ(layers[1].delay, 5);
  EXPECT_EQ(layers[2].delay, 5);
  EXPECT_EQ(layers[3].delay, 1);
  EXPECT_EQ(layers[0].activation.rows, 40);
  EXPECT_EQ(layers[2].activation.rows, 8);
  EXPECT_EQ(layers[1].delta.rows, 40);
  EXPECT_EQ(layers[1].scratch.columns, 32);
}

}  // namespace
}  // namespace polypath
