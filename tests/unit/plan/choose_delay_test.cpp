#include "polypath/plan/delay.hpp"

#include <gtest/gtest.h>

namespace polypath {
namespace {

ArenaRequest request_of(Index width, Index depth, Precision precision, Index examples = 8) {
  NetworkConfig network;
  network.pathways.assign(2, {std::vector<Index>(static_cast<std::size_t>(depth - 1), width)});
  return {network_shape(network, 8, 15), examples, 8, 1, precision, false, 1};
}

/// polypath_bench_delay found every delay slower than none, by 7 to 26 % (bench/README.md).
TEST(ChooseDelay, UpdatesAtOnceWhereThatWasMeasuredToBeFaster) {
  for (const auto precision : {Precision::float32, Precision::float64}) {
    for (const Index width : {1000, 2000, 4000}) {
      const ArenaRequest request = request_of(width, 7, precision);
      EXPECT_EQ(choose_delay(request), 1);
      for (const Index delay : {4, 8, 16}) {
        const double ratio = delay_cost(request, delay) / delay_cost(request, 1);
        EXPECT_GT(ratio, 1.05) << width << ' ' << delay;
        EXPECT_LT(ratio, 1.35) << width << ' ' << delay;
      }
    }
  }
}

TEST(ChooseDelay, DependsOnNothingButTheMembersOwnSpecification) {
  ArenaRequest request = request_of(300, 5, Precision::float32, 40);
  const Index chosen = choose_delay(request);
  const double cost = delay_cost(request, 8);
  request.members = 64;
  request.delay = 16;
  EXPECT_EQ(choose_delay(request), chosen);
  EXPECT_EQ(delay_cost(request, 8), cost);
}

TEST(ChooseDelay, CostsOnlyTheLayersThatCanBeDelayed) {
  EXPECT_EQ(delay_cost(request_of(1000, 2, Precision::float32), 8), 0.0);
  EXPECT_EQ(choose_delay(request_of(1000, 2, Precision::float32)), 1);
  const double one_layer = delay_cost(request_of(1000, 3, Precision::float32), 8);
  const double five_layers = delay_cost(request_of(1000, 7, Precision::float32), 8);
  EXPECT_DOUBLE_EQ(five_layers, 5 * one_layer);
}

/// The factors of many epochs cost more than reading a narrow layer.
TEST(ChooseDelay, CountsTheThinProductsOfNarrowLayers) {
  const auto ratio = [](Index width) {
    const ArenaRequest request = request_of(width, 7, Precision::float32);
    return delay_cost(request, 16) / delay_cost(request, 1);
  };
  EXPECT_GT(ratio(20), 2.0 * ratio(2000));
}

/// On a device the update is a pass of its own: two more passes over W an epoch, or 2 / delay.
TEST(ChooseDeviceDelay, SavesBytesInWideLayersOnly) {
  for (const auto precision : {Precision::float32, Precision::float64}) {
    EXPECT_EQ(choose_device_delay(request_of(30, 3, precision)), 1);
    EXPECT_EQ(choose_device_delay(request_of(100, 3, precision)), 1);
    EXPECT_EQ(choose_device_delay(request_of(4000, 3, precision)), 16);
    EXPECT_EQ(choose_device_delay(request_of(10000, 7, precision)), 16);
  }
  const ArenaRequest wide = request_of(100000, 3, Precision::float32);
  EXPECT_NEAR(device_delay_bytes(wide, 16) / device_delay_bytes(wide, 1), 2.125 / 4, 1e-3);
}

TEST(ChooseDeviceDelay, DependsOnNothingButTheMembersOwnSpecification) {
  ArenaRequest request = request_of(1000, 5, Precision::float32, 8);
  const Index chosen = choose_device_delay(request);
  request.members = 64;
  request.delay = 16;
  EXPECT_EQ(choose_device_delay(request), chosen);
}

TEST(ChooseDeviceDelay, IsOneWhereNoLayerCanBeDelayed) {
  EXPECT_EQ(choose_device_delay(request_of(10000, 2, Precision::float32)), 1);
}

}  // namespace
}  // namespace polypath
