// What real devices and their libraries do that an obliging simulator would not: two trainings
// share a backend, code is loaded at its first use, products take several nodes and read tiles
// again, variables of the environment loosen arithmetic, captures break, and a dead device frees
// nothing.
#include "unit/cuda/device_fixture.hpp"

#include <cstdlib>
#include <string>

#include <cuda_runtime.h>
#include <gmock/gmock.h>
#include <simcuda/simcuda.hpp>

namespace polypath::testing {
namespace {

using simcuda::counters;
using ::testing::HasSubstr;

/// A trainer of `members` members on a backend that others use too.
class SharedTraining {
 public:
  SharedTraining(Backend& backend, Index width, Index members)
      : backend_(backend),
        data_(hierarchy_dataset(4, 2)),
        modes_(find_modes(data_, CorrelationKind::sum)) {
    Config config = device_config(Activation::tanh);
    config.network = equal_pathways(1, 3, width);
    config.network.activation = Activation::tanh;
    const ArenaRequest request{network_shape(config.network, data_.inputs(), data_.outputs()),
                               data_.examples(),
                               static_cast<Index>(modes_.S.size()),
                               members,
                               config.train.precision,
                               false,
                               1};
    trainer_ = make_trainer(backend_, trainer_settings(config, request), data_, modes_);
    const auto initial = make_initial_weights(config, request.shape);
    for (Index m = 0; m < members; ++m) {
      initial->write(m, backend_, trainer_->weights(m));
    }
    members_ = members;
  }

  /// Trains on for `epochs` updates from the weights that it has.
  void run(Index epochs) {
    History history(members_);
    trainer_->run({0, epochs, 2 * epochs}, history, {});
    backend_.synchronise();
  }
  [[nodiscard]] std::vector<double> weights() {
    const auto last = std::get<MemberWeights<float>>(trainer_->weights(members_ - 1));
    return download_matrix<float>(backend_, last.pathways[0][1].weights).elements();
  }

 private:
  Backend& backend_;
  Dataset data_;
  Modes modes_;
  Index members_ = 0;
  std::unique_ptr<Trainer> trainer_;
};

/// Sums in device memory, to each of which a repeated body adds the number beside it.
class Sums {
 public:
  Sums(Backend& backend, const std::vector<double>& steps)
      : backend_(backend), memory_(backend, 16 * static_cast<Index>(steps.size())), steps_(steps) {
    backend_.upload(data() + steps_.size(), steps_.data(), 8 * static_cast<Index>(steps_.size()));
  }
  void add(std::size_t which) {
    backend_.operations(0.0).update_bias({data() + which, 1, 1, 1, 1, 1},
                                         {data() + steps_.size() + which, 1, 1, 1, 1, 1}, 1.0);
  }
  [[nodiscard]] std::vector<double> values() {
    std::vector<double> found(steps_.size());
    backend_.download(found.data(), data(), 8 * static_cast<Index>(found.size()));
    return found;
  }

 private:
  [[nodiscard]] double* data() const { return reinterpret_cast<double*>(memory_.data()); }
  Backend& backend_;
  Buffer memory_;
  std::vector<double> steps_;
};

TEST(Owners, OfTheSamePhasesDoNotReplayEachOther) {
  simcuda::reset();
  const auto backend = make_backend({BackendKind::cuda, 1});
  Sums sums(*backend, {1.0, 100.0});
  const RepeatOwner first;
  const RepeatOwner second;
  for (int turn = 0; turn < 3; ++turn) {
    backend->repeat(first, 0, 1, 5, [&](Index) { sums.add(0); });
    backend->repeat(second, 0, 1, 5, [&](Index) { sums.add(1); });
  }
  EXPECT_EQ(sums.values(), (std::vector<double>{15.0, 1500.0}));
  EXPECT_GT(counters().graph_launches, 0U);
}

TEST(Owners, ACopyIsTheSameOwner) {
  simcuda::reset();
  const auto backend = make_backend({BackendKind::cuda, 1});
  Sums sums(*backend, {1.0});
  const RepeatOwner owner;
  const RepeatOwner copy = owner;  // NOLINT(performance-unnecessary-copy-initialization)
  backend->repeat(owner, 0, 1, 5, [&](Index) { sums.add(0); });
  simcuda::reset_counters();
  backend->repeat(copy, 0, 1, 4, [&](Index) { FAIL() << "recorded before"; });
  EXPECT_EQ(counters().graph_launches, 1U);
  EXPECT_NE(owner.number(), RepeatOwner().number());
}

TEST(Owners, TwoLiveTrainersWalkAsEachAlone) {
  // The larger one makes the workspace grow that the smaller one's graphs use.
  const auto alone = [](Index width, Index members) {
    simcuda::reset();
    const auto backend = make_backend({BackendKind::cuda, 1});
    SharedTraining training(*backend, width, members);
    for (int turn = 0; turn < 3; ++turn) {
      training.run(20);
    }
    return training.weights();
  };
  const auto expected_small = alone(10, 1);
  const auto expected_large = alone(14, 40);
  simcuda::reset();
  const auto backend = make_backend({BackendKind::cuda, 1});
  SharedTraining small(*backend, 10, 1);
  SharedTraining large(*backend, 14, 40);
  for (int turn = 0; turn < 3; ++turn) {
    small.run(20);
    large.run(20);
  }
  EXPECT_EQ(small.weights(), expected_small);
  EXPECT_EQ(large.weights(), expected_large);
  EXPECT_GT(counters().graph_launches, 6U);
}

TEST(Workspaces, ThatGrowDropGraphsAndKeepWhatIsWarm) {
  simcuda::reset();
  const auto backend = make_backend({BackendKind::cuda, 1});
  SharedTraining small(*backend, 10, 1);
  SharedTraining large(*backend, 14, 40);
  small.run(20);
  EXPECT_GT(simcuda::live_objects().graph_executables, 0U);
  large.run(1);  // one record, one epoch as plain launches
  simcuda::reset_counters();
  small.run(20);
  // Captured again, without plain launches first: all but the forward pass of epoch 0 is in graphs.
  const std::string once_an_epoch = "polypath::cuda::update_watch";
  EXPECT_EQ(counters().launches_by_kernel.at(once_an_epoch),
            counters().nodes_by_name.at(once_an_epoch) + 1);
}

TEST(Capture, ThatIsAbandonedLeavesNoErrorToOthers) {
  simcuda::reset();
  const auto backend = make_backend({BackendKind::cuda, 1});
  Sums sums(*backend, {1.0});
  const Buffer weights(*backend, 4 * 12);
  const RepeatOwner owner;
  backend->repeat(owner, 0, 1, 1, [&](Index) { sums.add(0); });
  EXPECT_THROW(backend->repeat(owner, 0, 1, 2,
                               [&](Index) {
                                 sums.add(0);
                                 backend->synchronise();  // what no capture allows
                               }),
               InternalError);
  EXPECT_EQ(cudaPeekAtLastError(), cudaSuccess);
  // Thrust tells whatever error it finds.
  backend->operations(0.0F).fill_normal({reinterpret_cast<float*>(weights.data()), 3, 4, 4}, {},
                                        1.0F);
  backend->repeat(owner, 0, 1, 2, [&](Index) { sums.add(0); });
  EXPECT_EQ(sums.values(), std::vector<double>{3.0});
}

TEST(Capture, ThatTheBodyLeavesCanBeMadeAgain) {
  simcuda::reset();
  const auto backend = make_backend({BackendKind::cuda, 1});
  Sums sums(*backend, {1.0});
  const RepeatOwner owner;
  backend->repeat(owner, 0, 1, 1, [&](Index) { sums.add(0); });
  EXPECT_THROW(backend->repeat(owner, 0, 1, 2, [](Index) { throw Interrupted("Ctrl-C"); }),
               Interrupted);
  EXPECT_EQ(simcuda::live_objects().graphs, 0U);
  backend->repeat(owner, 0, 1, 2, [&](Index) { sums.add(0); });
  EXPECT_EQ(sums.values(), std::vector<double>{3.0});
}

TEST(Errors, ThatAreIgnoredOrToldAreNotToldAgain) {
  simcuda::reset();
  const auto backend = make_backend({BackendKind::cuda, 1});
  for (const char* api : {"cudaMemsetAsync", "cudaFree", "cudaStreamSynchronize"}) {
    simcuda::inject_fault({api, 1, cudaErrorUnknown, simcuda::FaultKind::once});
    try {
      const Buffer memory(*backend, 16);
    } catch (const InternalError& failure) {
      EXPECT_THAT(failure.what(), HasSubstr(api));
    }
    EXPECT_EQ(cudaPeekAtLastError(), cudaSuccess) << api;
  }
  simcuda::inject_fault(
      {"cublasDgemmStridedBatched", 1, cudaErrorUnknown, simcuda::FaultKind::once});
  const Buffer matrices(*backend, 24);
  auto* const one = reinterpret_cast<double*>(matrices.data());
  const BatchView<double> W{one, 1, 1, 1, 1, 1};
  EXPECT_THROW(backend->operations(0.0).update(
                   W, {{one + 1, 1, 1, 1, 1, 1}, {one + 2, 1, 1, 1, 1, 1}, 1.0, {}}),
               InternalError);
  EXPECT_EQ(cudaPeekAtLastError(), cudaSuccess);
}

TEST(LibraryNodes, ChangeNoBitAndAreCounted) {
  std::vector<std::vector<double>> found;
  for (const bool split_k : {false, true}) {
    simcuda::Config device;
    device.split_k = split_k;
    simcuda::reset(device);
    const auto backend = make_backend({BackendKind::cuda, 1});
    SharedTraining training(*backend, 10, 3);
    training.run(40);
    found.push_back(training.weights());
    EXPECT_EQ(counters().nodes_by_name.count("cublasSgemmStridedBatched, sum of the parts"),
              split_k ? 1U : 0U);
  }
  EXPECT_EQ(found[0], found[1]);
}

TEST(LibraryNodes, CountTowardsTheMostThatAreKept) {
  simcuda::Config device;
  device.split_k = true;
  simcuda::reset(device);
  const auto backend = make_backend({BackendKind::cuda, 1});
  const Buffer memory(*backend, 24);
  auto* const one = reinterpret_cast<double*>(memory.data());
  const RepeatOwner owner;
  for (Index count = 1000; count < 1025; ++count) {
    backend->repeat(owner, 0, 1, count, [&](Index) {
      backend->operations(0.0).update(
          {one, 1, 1, 1, 1, 1}, {{one + 1, 1, 1, 1, 1, 1}, {one + 2, 1, 1, 1, 1, 1}, 1.0, {}});
    });
  }
  // 25 products a thousand times are three times as many nodes, of which 50,000 are kept.
  EXPECT_LE(simcuda::live_objects().graph_executables, 16U);
  EXPECT_GE(simcuda::live_objects().graph_executables, 15U);
}

TEST(Tiles, OfWAreReadOnceAlsoByALibraryThatReadsTilesAgain) {
  // A tile has room for all 8 examples: what is read again are the thin factors, not W.
  const auto passes = [](int tile) {
    simcuda::Config device;
    device.gemm_tile = tile;
    simcuda::reset(device);
    DeviceTraining training(device_config(Activation::tanh), 2, 1);
    const auto W =
        std::get<MemberWeights<float>>(training.trainer().weights(1)).pathways[1][1].weights;
    const auto bytes = static_cast<std::size_t>(W.rows * W.leading_dimension) * sizeof(float);
    simcuda::name_range(W.data, bytes, "W");
    training.run(64);
    const simcuda::Traffic traffic = counters().traffic.at("W");
    return std::pair{static_cast<double>(traffic.bytes_read + traffic.bytes_written) /
                         static_cast<double>(64 * bytes),
                     counters().gemm_bytes};
  };
  const auto [floor, least_bytes] = passes(0);
  const auto [tiled, bytes] = passes(16);
  EXPECT_EQ(tiled, floor);
  EXPECT_GT(bytes, least_bytes);
  EXPECT_GT(passes(4).first, floor);  // two tiles of examples: W is read twice a product
}

/// A variable of the environment as long as the object lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    setenv(name, value, 1);  // NOLINT(concurrency-mt-unsafe)
  }
  ~Variable() { unsetenv(name_); }  // NOLINT(concurrency-mt-unsafe)
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

/// What the backend says of the environment, and how many of its products were loosened by it.
std::pair<std::string, std::uint64_t> arithmetic() {
  simcuda::reset();
  const auto backend = make_backend({BackendKind::cuda, 1});
  SharedTraining training(*backend, 10, 1);
  training.run(5);
  EXPECT_GT(counters().library_calls, 0U);
  return {backend->info().math_overrides, counters().reduced_products};
}

TEST(Arithmetic, IsNotLoosenedByTheEnvironmentAndSaysSo) {
  EXPECT_EQ(arithmetic(), std::pair(std::string(), std::uint64_t{0}));
  for (const char* name : {"NVIDIA_TF32_OVERRIDE", "CUBLAS_EMULATE_SINGLE_PRECISION",
                           "CUBLAS_EMULATE_DOUBLE_PRECISION"}) {
    {
      const Variable set(name, "1");
      EXPECT_EQ(arithmetic(), std::pair(std::string(name) + "=1", std::uint64_t{0}));
    }
    const Variable set(name, "0");
    EXPECT_EQ(arithmetic(), std::pair(std::string(), std::uint64_t{0})) << name;
  }
  const Variable first("NVIDIA_TF32_OVERRIDE", "1");
  const Variable second("CUBLAS_EMULATION_STRATEGY", "eager");
  EXPECT_EQ(arithmetic().first, "NVIDIA_TF32_OVERRIDE=1, CUBLAS_EMULATION_STRATEGY=eager");
}

TEST(Arithmetic, ThatMayBeLoosenedIsWarnedOf) {
  EXPECT_EQ(math_overrides_warning({}), "");
  BackendInfo info;
  info.math_overrides = "NVIDIA_TF32_OVERRIDE=1";
  EXPECT_THAT(math_overrides_warning(info), HasSubstr("NVIDIA_TF32_OVERRIDE=1"));
  EXPECT_THAT(math_overrides_warning(info), HasSubstr("unset it"));
}

TEST(DeadDevice, LetsEverythingGoAndFreesNothing) {
  simcuda::reset();
  {
    DeviceTraining training(device_config(Activation::relu), 2, 4);
    training.run(40);
    simcuda::lose_device(cudaErrorIllegalAddress);
    EXPECT_THROW(training.run(40), InternalError);
    EXPECT_THROW(training.backend().synchronise(), InternalError);
  }
  EXPECT_EQ(simcuda::live_objects().total(), 0U);
  EXPECT_GT(counters().stranded_bytes, 0U);
  EXPECT_EQ(counters().stranded_bytes, counters().live_bytes);
  EXPECT_THROW(static_cast<void>(make_backend({BackendKind::cuda, 1})), InternalError);
  EXPECT_EQ(simcuda::live_objects().total(), 0U);
}

}  // namespace
}  // namespace polypath::testing
