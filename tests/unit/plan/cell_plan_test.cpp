#include "polypath/plan/cell_plan.hpp"

#include "polypath/core/error.hpp"
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
    EXPECT_THAT(error.what(), testing::HasSubstr("80.1 GB"));
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

}  // namespace
}  // namespace polypath
