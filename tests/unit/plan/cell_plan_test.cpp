#include "polypath/plan/cell_plan.hpp"

#include "polypath/core/error.hpp"
#include "polypath/core/sizes.hpp"
#include "polypath/plan/memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath {
namespace {

constexpr DataSizes paper_data{8, 8, 15};
constexpr Index plenty = Index{1} << 40;

Config config_of(Index width, Index depth, Index seeds) {
  Config config;
  const std::vector<Index> hidden(static_cast<std::size_t>(depth - 1), width);
  config.network.pathways = {{hidden}, {hidden}};
  config.sweep.seeds = seeds;
  return config;
}

TEST(CellPlan, SizesBeyond64BitsAreTooLargeAndNotSmall) {
  constexpr Index widest = 1'000'000'000'000;  // what network.width may be
  for (const Index width : {Index{3'100'000'000}, Index{4'294'967'296}, widest}) {
    for (const auto layers : {LayersRecorded::none, LayersRecorded::all}) {
      Config config = config_of(width, 4, 10);
      config.record.layers = layers;
      config.record.weights = WeightsRecorded::final;
      EXPECT_THROW((void)plan_cell(config, paper_data, {2, plenty, false}), OutOfMemory) << width;
      EXPECT_THROW((void)plan_cell(config, paper_data, {2, plenty, true, 0, plenty}), OutOfMemory);
    }
  }
  // A narrow network that stands for such a one fits, and its weights are still told.
  Config config = config_of(widest, 4, 10);
  config.init.method = InitMethod::sampled;
  const auto plan = plan_cell(config, paper_data, {2, plenty, false});
  EXPECT_EQ(plan.shape.weights(), largest_size);
  EXPECT_LT(plan.request.shape.weights(), 1'000'000);
}

TEST(CellPlan, GivesEachThreadAMember) {
  const auto plan = plan_cell(config_of(100, 3, 10), paper_data, {2, plenty, false});
  EXPECT_EQ(plan.members_at_once, 2);
  EXPECT_EQ(plan.waves, 5);
  EXPECT_EQ(plan.threads_per_member, 1);
}

TEST(CellPlan, SharesAMemberAmongIdleThreads) {
  const auto plan = plan_cell(config_of(100, 3, 1), paper_data, {4, plenty, false});
  EXPECT_EQ(plan.members_at_once, 1);
  EXPECT_EQ(plan.threads_per_member, 4);
}

TEST(CellPlan, TakesFewerMembersAtOnceWhereMemoryIsShort) {
  const Config config = config_of(1000, 3, 10);
  const Index one = plan_cell(config, paper_data, {4, plenty, false}).memory_bytes / 4;
  const auto plan = plan_cell(config, paper_data, {4, 2 * one + one / 2, false});
  EXPECT_EQ(plan.members_at_once, 2);
  EXPECT_EQ(plan.waves, 5);
  EXPECT_EQ(plan.threads_per_member, 2);
}

TEST(CellPlan, BatchesMembersWhereTheBackendDoes) {
  const auto plan = plan_cell(config_of(100, 3, 10), paper_data, {4, plenty, true});
  EXPECT_EQ(plan.members_at_once, 10);
  EXPECT_EQ(plan.waves, 1);
}

TEST(CellPlan, RefusesAMemberThatDoesNotFit) {
  try {
    (void)plan_cell(config_of(100000, 3, 1), paper_data, {2, Index{8} << 30, false});
    FAIL() << "no exception";
  } catch (const OutOfMemory& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("80.6 GB"));
    EXPECT_THAT(error.what(), testing::HasSubstr("8.59 GB are available"));
    EXPECT_THAT(error.what(), testing::HasSubstr("network.width"));
    EXPECT_EQ(error.code(), ExitCode::out_of_memory);
  }
}

TEST(CellPlan, CountsTheFinalWeightsItMustHold) {
  Config config = config_of(1000, 3, 1);
  const Index without = plan_cell(config, paper_data, {1, plenty, false}).memory_bytes;
  config.record.weights = WeightsRecorded::final;
  const Index with = plan_cell(config, paper_data, {1, plenty, false}).memory_bytes;
  EXPECT_GE(with - without, 8 * 2 * 1000 * 1000);
}

TEST(CellPlan, CountsWhatLayersTakeInMemoryAndOnDisk) {
  Config config = config_of(1000, 3, 10);
  config.train.epochs = 1000;
  config.record.every = 10;
  const auto plan_of = [&](LayersRecorded layers) {
    config.record.layers = layers;
    return plan_cell(config, paper_data, {1, plenty, false});
  };
  const auto none = plan_of(LayersRecorded::none);
  const auto initial = plan_of(LayersRecorded::initial);
  const auto all = plan_of(LayersRecorded::all);
  // Numbers of a member at one time: three gains of 2 pathways, 3 layers, 8 modes; p; norms.
  constexpr Index numbers = 3 * 2 * 3 * 8 + 2 * 8 + 2 * 3;
  EXPECT_EQ(initial.disk_bytes - none.disk_bytes, 10 * 8 * numbers);
  EXPECT_EQ(all.disk_bytes - none.disk_bytes, 10 * 101 * 8 * numbers);
  // The initial weights in float32 are the larger part of what goes on being held.
  EXPECT_LT(initial.memory_bytes - none.memory_bytes, Index{5} << 20);
  EXPECT_GE(all.memory_bytes - none.memory_bytes, 4 * all.request.shape.weights());
  EXPECT_LE(all.memory_bytes - none.memory_bytes,
            4 * all.request.shape.weights() + (Index{50} << 20));
}

// On a device the copies of the initial weights stay in host memory.
TEST(CellPlan, LayersOfEveryRecordBoundABatchByHostMemoryAndAreNotDelayed) {
  Config config = config_of(2000, 4, 50);
  Resources resources{1, plenty, true, 0, plenty};
  const auto free = plan_cell(config, paper_data, resources);
  EXPECT_EQ(free.members_at_once, 50);
  EXPECT_GT(free.request.delay, 1);
  config.record.layers = LayersRecorded::all;
  const auto all = plan_cell(config, paper_data, resources);
  EXPECT_EQ(all.members_at_once, 50);
  EXPECT_EQ(all.request.delay, 1);
  resources.memory = all.memory_bytes / 2;
  const auto bounded = plan_cell(config, paper_data, resources);
  EXPECT_GT(bounded.members_at_once, 15);
  EXPECT_LT(bounded.members_at_once, 26);
  EXPECT_LE(bounded.memory_bytes, resources.memory);
}

TEST(Memory, SaysWhatThereIs) {
  const HostMemory memory = host_memory();
  EXPECT_GT(memory.available, 0);
  EXPECT_GT(memory.resident, 0);
}

TEST(Memory, FormatsForPeople) {
  EXPECT_EQ(format_bytes(999), "999 B");
  EXPECT_EQ(format_bytes(1'234'567), "1.23 MB");
  EXPECT_EQ(format_bytes(812'000'000), "812 MB");
  EXPECT_EQ(format_bytes(80'000'000'000), "80.0 GB");
  EXPECT_EQ(format_seconds(0.1), "under 1 s");
  EXPECT_EQ(format_seconds(45.2), "45 s");
  EXPECT_EQ(format_seconds(720), "12 min");
  EXPECT_EQ(format_seconds(12600), "3.5 h");
}

Resources with_device(Index device_memory) {
  Resources resources{4, plenty, true};
  resources.device_memory = device_memory;
  return resources;
}

TEST(CellPlan, RecordsOnTheirWayFromADeviceTakeHostMemory) {
  const Config config = config_of(10, 2, 4000);
  constexpr Index modes = 32;
  const DataSizes data{modes, modes, 2 * modes};
  Resources resources = with_device(plenty);
  const CellPlan roomy = plan_cell(config, data, resources);
  EXPECT_EQ(roomy.members_at_once, 4000);
  const Index one = 9 * 8 * 2 * modes * modes;  // eight slots and a copy, two pathways
  EXPECT_GT(roomy.memory_bytes, 4000 * one);
  EXPECT_LT(roomy.memory_bytes, 4000 * one * 11 / 10);
  resources.memory = 100'000'000;
  const CellPlan narrow = plan_cell(config, data, resources);
  EXPECT_LT(narrow.members_at_once, resources.memory / one);
  EXPECT_LE(narrow.memory_bytes, resources.memory);
}

TEST(CellPlan, ProjectingLargeOutputsTakesDeviceMemory) {
  const Config config = config_of(10, 2, 1);
  const DataSizes data{4, 10'000, 10'000};
  const CellPlan plan = plan_cell(config, data, with_device(plenty));
  EXPECT_GT(plan.device_bytes, plan.member_bytes + 8 * 10'000 * 10'000 - (Index{64} << 20));
}

TEST(CellPlan, FillsTheDeviceWithWavesAndCountsTheHostApart) {
  const Config config = config_of(1000, 3, 10);
  const CellPlan roomy = plan_cell(config, paper_data, with_device(plenty));
  EXPECT_EQ(roomy.members_at_once, 10);
  EXPECT_EQ(roomy.waves, 1);
  ArenaRequest wave = roomy.request;
  wave.members = 10;
  EXPECT_EQ(roomy.device_bytes, plan_arena(wave).bytes);
  // The host holds none of the ten members, but what the largest Hessian eigenvalue of one takes.
  EXPECT_LT(roomy.memory_bytes, 2 * roomy.member_bytes);

  wave.members = 4;
  const Index room = plan_arena(wave).bytes;
  const CellPlan exact = plan_cell(config, paper_data, with_device(room));
  EXPECT_EQ(exact.members_at_once, 4);
  EXPECT_EQ(exact.waves, 3);
  EXPECT_EQ(exact.device_bytes, room);
  EXPECT_EQ(plan_cell(config, paper_data, with_device(room - 1)).members_at_once, 3);
}

TEST(CellPlan, DelaysUpdatesOfWideLayersOnADevice) {
  const Config config = config_of(4000, 3, 1);
  EXPECT_EQ(plan_cell(config, paper_data, {4, plenty, false}).request.delay, 1);
  EXPECT_EQ(plan_cell(config, paper_data, with_device(plenty)).request.delay, 16);
}

TEST(CellPlan, RefusesAMemberThatDoesNotFitTheDevice) {
  Config config = config_of(10000, 3, 1);
  const auto message = [&] {
    try {
      (void)plan_cell(config, paper_data, with_device(Index{500} << 20));
    } catch (const OutOfMemory& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(message(), testing::HasSubstr("524 MB are free"));
  EXPECT_THAT(message(), testing::HasSubstr("projected"));
  EXPECT_THAT(message(), testing::HasSubstr("--backend cpu"));
  config.network.activation = Activation::tanh;
  EXPECT_THAT(message(), testing::HasSubstr("network.width"));
  EXPECT_THAT(message(), testing::Not(testing::HasSubstr("projected")));
}

}  // namespace
}  // namespace polypath
