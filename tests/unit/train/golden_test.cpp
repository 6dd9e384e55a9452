// Trajectories against the published algorithm's (tests/golden/README.md).
#include "unit/train/golden.hpp"

#include <gtest/gtest.h>

namespace polypath::testing {
namespace {

class GoldenData
    : public ::testing::TestWithParam<std::tuple<std::string, Activation, Index, Index>> {
 protected:
  static Golden golden() {
    const auto& [name, activation, depth, width] = GetParam();
    return load(name, activation, depth, width);
  }
};

TEST_P(GoldenData, ReferenceAgreesTo1e9) {
  EXPECT_LT(omega_error(golden(), BackendKind::reference), 1e-9);
  EXPECT_LT(loss_error(golden(), BackendKind::reference), 1e-9);
}

TEST_P(GoldenData, CpuAgreesTo1e9InFloat64) {
  EXPECT_LT(omega_error(golden(), BackendKind::cpu), 1e-9);
  EXPECT_LT(loss_error(golden(), BackendKind::cpu), 1e-9);
}

TEST_P(GoldenData, CpuAgreesTo2e4InFloat32) {
  Golden data = golden();
  data.config.train.precision = Precision::float32;
  EXPECT_LT(omega_error(data, BackendKind::cpu), 2e-4);
  EXPECT_LT(loss_error(data, BackendKind::cpu), 2e-4);
}

TEST_P(GoldenData, ADifferentLearningRateIsNoticed) {
  Golden data = golden();
  data.config.train.learning_rate *= 1.0 + 1e-6;
  EXPECT_GT(omega_error(data, BackendKind::cpu), 1e-9);
}

INSTANTIATE_TEST_SUITE_P(
    Published, GoldenData,
    ::testing::Values(std::tuple("linear_depth3_width32.h5", Activation::linear, 3, 32),
                      std::tuple("tanh_depth3_width32.h5", Activation::tanh, 3, 32),
                      std::tuple("relu_depth4_width24.h5", Activation::relu, 4, 24)),
    [](const auto& instance) {
      const std::string name = std::get<0>(instance.param);
      return name.substr(0, name.find('_'));
    });

}  // namespace
}  // namespace polypath::testing
