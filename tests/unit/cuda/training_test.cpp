// Whole trainings by the cuda backend: published trajectories, and the cpu backend beside it.
#include "unit/train/golden.hpp"

#include <limits>
#include <tuple>

#include <gtest/gtest.h>

namespace polypath::testing {
namespace {

using Instance = std::tuple<std::string, Activation, Index, Index>;

class CudaGolden : public ::testing::TestWithParam<Instance> {
 protected:
  static Golden golden() {
    const auto& [name, activation, depth, width] = GetParam();
    return load(name, activation, depth, width);
  }
};

TEST_P(CudaGolden, AgreesTo1e9InFloat64) {
  EXPECT_LT(omega_error(golden(), BackendKind::cuda), 1e-9);
  EXPECT_LT(loss_error(golden(), BackendKind::cuda), 1e-9);
}

TEST_P(CudaGolden, AgreesTo2e4InFloat32) {
  Golden data = golden();
  data.config.train.precision = Precision::float32;
  EXPECT_LT(omega_error(data, BackendKind::cuda), 2e-4);
  EXPECT_LT(loss_error(data, BackendKind::cuda), 2e-4);
}

INSTANTIATE_TEST_SUITE_P(
    Published, CudaGolden,
    ::testing::Values(Instance("linear_depth3_width32.h5", Activation::linear, 3, 32),
                      Instance("tanh_depth3_width32.h5", Activation::tanh, 3, 32),
                      Instance("relu_depth4_width24.h5", Activation::relu, 4, 24)),
    [](const auto& instance) {
      const std::string name = std::get<0>(instance.param);
      return name.substr(0, name.find('_'));
    });

/// Unequal pathways of odd sizes, three members in one batch.
Config odd_network(Activation activation, Precision precision) {
  return training_with_biases(unequal_pathways({{37, 23}, {41}, {37, 23}}), activation, precision,
                              0.15, 200, 10);
}

class CudaBesideCpu : public ::testing::TestWithParam<std::tuple<Activation, Precision, Index>> {};

TEST_P(CudaBesideCpu, WalkTogetherFor200Epochs) {
  const auto& [activation, precision, delay] = GetParam();
  const Config config = odd_network(activation, precision);
  const Dataset data = hierarchy_dataset(4, 2);
  const Modes modes = find_modes(data, CorrelationKind::sum);
  const auto cuda = train(config, data, modes, {BackendKind::cuda, 1, 0, 3, delay});
  const auto cpu = train(config, data, modes, {BackendKind::cpu, 1, 0, 3, 1});
  const double tolerance = precision == Precision::float64 ? 1e-10 : 2e-3;
  for (std::size_t m = 0; m < 3; ++m) {
    EXPECT_LT(largest_difference(cuda[m], cpu[m]), tolerance) << "member " << m;
    EXPECT_GT(max_abs(cuda[m].K.back()), 0.1);
    EXPECT_EQ(cuda[m].status, MemberStatus::finished);
    EXPECT_EQ(cuda[m].epochs, cpu[m].epochs);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Everything, CudaBesideCpu,
    ::testing::Combine(::testing::Values(Activation::linear, Activation::tanh, Activation::relu),
                       ::testing::Values(Precision::float32, Precision::float64),
                       ::testing::Values(1, 5, 16)));

TEST(CudaTraining, HasTheSameBitsAtEveryRun) {
  const Config config = odd_network(Activation::tanh, Precision::float32);
  const Dataset data = hierarchy_dataset(3, 3);
  const Modes modes = find_modes(data, CorrelationKind::sum);
  const TrainOptions options{BackendKind::cuda, 1, 0, 2, 4};
  EXPECT_EQ(train(config, data, modes, options), train(config, data, modes, options));
}

TEST(CudaTraining, LeavesTheOtherMembersOfADivergedOneAlone) {
  Config config = odd_network(Activation::linear, Precision::float64);
  config.train.learning_rate = 0.3;  // at the edge: seeds differ
  config.train.epochs = 60;
  const Dataset data = hierarchy_dataset(4, 2);
  const Modes modes = find_modes(data, CorrelationKind::sum);
  const auto cuda = train(config, data, modes, {BackendKind::cuda, 1, 0, 4, 1});
  const auto cpu = train(config, data, modes, {BackendKind::cpu, 1, 0, 4, 1});
  for (std::size_t m = 0; m < 4; ++m) {
    EXPECT_EQ(cuda[m].status, cpu[m].status);
    EXPECT_EQ(cuda[m].stopped_epoch, cpu[m].stopped_epoch);
    EXPECT_EQ(cuda[m].status, MemberStatus::diverged);
    EXPECT_EQ(cuda[m].epochs, cpu[m].epochs);
  }
}

}  // namespace
}  // namespace polypath::testing
