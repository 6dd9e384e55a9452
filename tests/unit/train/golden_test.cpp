// Trajectories against the published algorithm's (tests/golden/README.md).
#include "polypath/io/file.hpp"
#include "polypath/io/read.hpp"

#include "training.hpp"

#include <gtest/gtest.h>

namespace polypath::testing {
namespace {

struct Golden {
  std::string path;
  Dataset data;
  std::vector<double> omega;  ///< pathway x record x output x input
  std::vector<double> loss;   ///< record
  Config config;
};

Golden load(const std::string& name, Activation activation, Index depth, Index width) {
  Golden golden;
  golden.path = std::string(POLYPATH_SOURCE_DIR) + "/tests/golden/" + name;
  golden.data = file_dataset(golden.path);
  golden.omega = File::open(golden.path).root().open_data_set("omega").read<double>();
  golden.loss = read_vector(golden.path, "loss");
  golden.config.network = equal_pathways(2, depth, width);
  golden.config.network.activation = activation;
  golden.config.init.method = InitMethod::file;
  golden.config.init.file = golden.path;
  golden.config.train.epochs = 400;
  golden.config.record.every = 5;
  golden.config.train.precision = Precision::float64;
  return golden;
}

/// Modes whose K_a are rows [first, first + 8) of Omega_a itself: U picks outputs, V = I.
Modes rows_of_omega(const Dataset& data, Index first) {
  Modes modes = find_modes(data, CorrelationKind::sum);
  const Index inputs = data.inputs();
  modes.U = Matrix<double>(data.outputs(), inputs);
  modes.V = Matrix<double>(inputs, inputs);
  for (Index i = 0; i < inputs; ++i) {
    modes.U(first + i, i) = 1.0;
    modes.V(i, i) = 1.0;
  }
  modes.Q = modes.pseudo_x;
  return modes;
}

/// The largest deviation of Omega_a(t) over all its entries, relative to max |Omega|.
double omega_error(const Golden& golden, BackendKind backend) {
  const Index inputs = golden.data.inputs();
  const Index outputs = golden.data.outputs();
  double largest = 0.0;
  for (const Index first : {Index{0}, outputs - inputs}) {
    const auto history =
        train(golden.config, golden.data, rows_of_omega(golden.data, first), {backend})[0];
    const Index records = static_cast<Index>(history.K.size());
    EXPECT_EQ(records, 81);
    for (Index a = 0; a < 2; ++a) {
      for (Index r = 0; r < records; ++r) {
        const double* expected =
            golden.omega.data() + ((a * records + r) * outputs + first) * inputs;
        const double* found = history.K[static_cast<std::size_t>(r)].data() + a * inputs * inputs;
        for (Index i = 0; i < inputs * inputs; ++i) {
          largest = std::max(largest, std::abs(found[i] - expected[i]));
        }
      }
    }
  }
  return largest / max_abs(golden.omega);
}

double loss_error(const Golden& golden, BackendKind backend) {
  const Modes modes = find_modes(golden.data, CorrelationKind::sum);
  const auto history = train(golden.config, golden.data, modes, {backend})[0];
  double largest = 0.0;
  for (std::size_t r = 0; r < golden.loss.size(); ++r) {
    largest = std::max(largest, std::abs(history.loss[r] - golden.loss[r]));
  }
  return largest / golden.loss[0];
}

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
