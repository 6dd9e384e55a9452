// The card's own limits as the plug-in measures them: that what is timed is what is named.
#include "polypath/backend/backend.hpp"
#include "polypath/backend/machine_limits.hpp"
#include "polypath/core/error.hpp"

#include "unit/cuda/any_device.hpp"

#include <cmath>

#include <gtest/gtest.h>
#include <simcuda/simcuda.hpp>

namespace polypath::testing {
namespace {

DeviceLimitsRequest small(Index traffic) {
  DeviceLimitsRequest request;
  request.copy_bytes = {65536, 4096};
  request.traffic = traffic;
  request.nodes = 40;
  request.rounds = 3;
  return request;
}

void expect_ordered(const Spread& spread) {
  EXPECT_GT(spread.least, 0.0);
  EXPECT_LE(spread.least, spread.median);
  EXPECT_LE(spread.median, spread.greatest);
  EXPECT_TRUE(std::isfinite(spread.greatest));
}

TEST(CardLimits, AreMeasuredInRounds) {
  fresh_device();
  const DeviceLimits found = device_limits(small(1 << 16));
  ASSERT_EQ(found.copies.size(), 2U);
  EXPECT_EQ(found.copies[0].bytes, 65536);
  EXPECT_EQ(found.copies[1].bytes, 4096);
  for (const auto& copy : found.copies) {
    expect_ordered(copy.kernel);
    expect_ordered(copy.library);
  }
  EXPECT_EQ(found.nodes, 40);
  for (const Spread& spread : {found.node_seconds, found.capture_seconds, found.instantiate_seconds,
                               found.launch_seconds}) {
    expect_ordered(spread);
  }
}

TEST(CardLimits, CountEveryByteThatMoves) {
  fresh_device();
  simcuda::reset_counters();
  static_cast<void>(device_limits(small(1 << 17)));
  const auto& counters = simcuda::counters();
  // Three rounds and one that warms up; small buffers are copied until as much has been read.
  EXPECT_EQ(counters.device_to_device_bytes, 4U * (2U * 65536U + 32U * 4096U));
  EXPECT_EQ(counters.launches_by_kernel.at("polypath::cuda::copy_shifted"), 4U + 4U);
}

TEST(CardLimits, AKernelWritesNothingTwiceThatTheCacheDoesNotHold) {
  simcuda::Config device;
  device.cache_bytes = 65536;  // twice 4096 bytes fit, twice 65536 do not
  simcuda::reset(device);
  const DeviceLimits found = device_limits(small(1 << 18));
  const auto& counters = simcuda::counters();
  // Three rounds and one that warms up: four kernels of one pass each, and one of 64 passes.
  EXPECT_EQ(counters.launches_by_kernel.at("polypath::cuda::copy_shifted"), 4U * (4U + 1U));
  for (const auto& copy : found.copies) {
    expect_ordered(copy.kernel);
  }
}

TEST(CardLimits, AGraphIsReplayedWithAllItsNodes) {
  fresh_device();
  simcuda::reset_counters();
  static_cast<void>(device_limits(small(1 << 16)));
  const auto& counters = simcuda::counters();
  EXPECT_EQ(counters.graph_launches, 4U);
  EXPECT_EQ(counters.nodes_by_name.at("polypath::cuda::probe"), 4U * 40U);
  EXPECT_EQ(counters.calls_by_api.at("cudaGraphInstantiate"), 3U);
}

TEST(CardLimits, LeaveNothingBehindAndSayWhatIsMissing) {
  fresh_device();
  static_cast<void>(device_limits(small(1 << 16)));
  EXPECT_EQ(simcuda::live_objects().total(), 0U);
  simcuda::inject_fault({"cudaMalloc", 2, cudaErrorMemoryAllocation, simcuda::FaultKind::once});
  EXPECT_THROW(static_cast<void>(device_limits(small(1 << 16))), OutOfMemory);
  DeviceLimitsRequest empty = small(1 << 16);
  empty.nodes = 0;
  EXPECT_THROW(static_cast<void>(device_limits(empty)), UsageError);
}

}  // namespace
}  // namespace polypath::testing
