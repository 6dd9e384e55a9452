// Recorded blocks: what is launched plainly, what by graphs, and what a block waits for.
#include "polypath/plan/schedule.hpp"

#include "unit/cuda/device_fixture.hpp"

#include <simcuda/simcuda.hpp>

namespace polypath::testing {
namespace {

using simcuda::counters;

/// Counters at a record.
struct Sample {
  std::uint64_t allocations;
  std::uint64_t synchronisations;
  std::uint64_t graph_launches;
  std::uint64_t plain_epochs;  ///< forward passes outside graphs, that of epoch 0 included
};

Sample sample() {
  const auto& now = counters();
  const std::string once_an_epoch = "polypath::cuda::update_watch";
  const auto in_graphs = now.nodes_by_name.find(once_an_epoch);
  return {now.allocations, now.synchronisations + now.implicit_synchronisations, now.graph_launches,
          now.launches_by_kernel.at(once_an_epoch) -
              (in_graphs == now.nodes_by_name.end() ? 0 : in_graphs->second)};
}

/// A training's counters at each of its records.
std::vector<Sample> samples_at(const std::vector<Index>& recorded, simcuda::Mode mode,
                               Index delay = 1) {
  simcuda::Config device;
  device.mode = mode;
  simcuda::reset(device);
  Config config = device_config(Activation::tanh);
  config.network = equal_pathways(1, 2, 10);
  DeviceTraining training(config, 2, delay);
  simcuda::reset_counters();
  std::vector<Sample> samples;
  Watcher watcher([&samples](Index /*epoch*/) { samples.push_back(sample()); });
  training.run(recorded, watcher);
  EXPECT_EQ(samples.size(), recorded.size());
  return samples;
}

std::vector<Index> every(Index epochs, Index records) {
  return recorded_epochs(epochs * (records - 1), epochs);
}

TEST(Block, BetweenRecordsAllocatesNothingAndWaitsForNothing) {
  const auto samples = samples_at(every(10, 30), simcuda::Mode::eager);
  // The first record is waited for: the limits of divergence follow from it.
  EXPECT_EQ(samples.back().allocations, samples[1].allocations);
  EXPECT_EQ(samples.back().synchronisations, samples[1].synchronisations);
}

TEST(Block, WaitsOnlyForTheOldestRecordWhenTheRingIsFull) {
  // Nothing runs here before somebody waits: a device that is slower than any host.
  const auto samples = samples_at(every(10, 30), simcuda::Mode::deferred);
  EXPECT_EQ(samples.back().allocations, samples[1].allocations);
  EXPECT_LE(samples.back().synchronisations, samples[1].synchronisations + 29);
}

TEST(Block, IsOneGraphLaunchWhateverItsLength) {
  for (const Index delay : {1, 5, 16}) {
    const auto recorded = recorded_epochs(1500, 0);
    const auto samples = samples_at(recorded, simcuda::Mode::eager, delay);
    // The forward pass of epoch 0, then one epoch for each slot of delayed updates.
    EXPECT_EQ(samples.back().plain_epochs, static_cast<std::uint64_t>(1 + delay));
    for (std::size_t r = 1; r < samples.size(); ++r) {
      const Index length = recorded[r] - recorded[r - 1];
      ASSERT_LE(length, 256);
      ASSERT_EQ(samples[r].graph_launches - samples[r - 1].graph_launches,
                recorded[r] <= delay ? 0U : 1U)
          << "epoch " << recorded[r] << ", delay " << delay;
    }
  }
}

TEST(Block, LongerThan256EpochsIsCut) {
  const auto samples = samples_at(every(600, 3), simcuda::Mode::eager);
  for (std::size_t r = 1; r < samples.size(); ++r) {
    EXPECT_EQ(samples[r].graph_launches, samples[r - 1].graph_launches + 3U);
  }
}

TEST(Block, RunsNotFarAheadOfTheDevice) {
  // Nothing runs here before somebody waits: of 40 blocks of 256 epochs all but a few are waited
  // for.
  const auto samples = samples_at({0, 40 * 256}, simcuda::Mode::deferred);
  const auto waits = samples.back().synchronisations - samples.front().synchronisations;
  EXPECT_GE(waits, 30U);
  EXPECT_LE(waits, 42U);
}

TEST(Graph, AreForgottenWhenMemoryComesOrGoes) {
  simcuda::reset();
  const auto backend = make_backend({BackendKind::cuda, 1});
  const RepeatOwner owner;
  for (int life = 0; life < 2; ++life) {
    const Buffer memory(*backend, 16);
    auto* const sum = reinterpret_cast<double*>(memory.data());
    const double one = 1.0;
    backend->upload(sum + 1, &one, 8);
    for (int block = 0; block < 4; ++block) {
      backend->repeat(owner, 0, 1, 3, [&](Index) {
        backend->operations(0.0).update_bias({sum, 1, 1, 1, 1, 1}, {sum + 1, 1, 1, 1, 1, 1}, 1.0);
      });
    }
    double found = 0.0;
    backend->download(&found, sum, 8);
    EXPECT_EQ(found, 12.0) << "life " << life;
  }
}

TEST(Graph, AreDroppedBeforeTheyTakeTooMuchMemory) {
  simcuda::reset();
  const auto backend = make_backend({BackendKind::cuda, 1});
  const RepeatOwner owner;
  const Buffer memory(*backend, 16);
  auto* const sum = reinterpret_cast<double*>(memory.data());
  const double one = 1.0;
  backend->upload(sum + 1, &one, 8);
  Index expected = 0;
  for (Index count = 1000; count < 1060; ++count) {
    backend->repeat(owner, 0, 1, count, [&](Index) {
      backend->operations(0.0).update_bias({sum, 1, 1, 1, 1, 1}, {sum + 1, 1, 1, 1, 1, 1}, 1.0);
    });
    expected += count;
  }
  double found = 0.0;
  backend->download(&found, sum, 8);
  EXPECT_EQ(found, static_cast<double>(expected));
  // 60 graphs of 1030 launches on average were made; 50,000 launches are kept.
  EXPECT_LT(simcuda::live_objects().graph_executables, 50U);
  EXPECT_GT(simcuda::live_objects().graph_executables, 40U);
}

TEST(Graph, ThatIsUsedOftenIsKept) {
  simcuda::reset();
  const auto backend = make_backend({BackendKind::cuda, 1});
  const RepeatOwner owner;
  const Buffer memory(*backend, 16);
  auto* const sum = reinterpret_cast<double*>(memory.data());
  const auto add = [&](Index /*i*/) {
    backend->operations(0.0).update_bias({sum, 1, 1, 1, 1, 1}, {sum + 1, 1, 1, 1, 1, 1}, 1.0);
  };
  backend->repeat(owner, 0, 1, 1, add);
  simcuda::reset_counters();
  constexpr Index others = 60;
  for (Index count = 1000; count < 1000 + others; ++count) {
    backend->repeat(owner, 0, 1, 100, add);
    backend->repeat(owner, 0, 1, count, add);
  }
  EXPECT_EQ(counters().calls_by_api.at("cudaGraphInstantiate"),
            static_cast<std::uint64_t>(1 + others));
}

TEST(Graph, IsCapturedWithAWorkspaceOfOurs) {
  simcuda::reset();
  DeviceTraining training(device_config(Activation::relu), 2, 4);
  simcuda::reset_counters();
  training.run(40);
  training.run(40);
  EXPECT_GT(counters().graph_launches, 0U);
  EXPECT_EQ(counters().captured_without_workspace, 0U);
}

}  // namespace
}  // namespace polypath::testing
