// On the CPU a member's trajectory is a function of its own specification, bit for bit.
#include "training.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace polypath::testing {
namespace {

struct Setting {
  Config config;
  Dataset data = hierarchy_dataset(4, 2);
  Modes modes = find_modes(data, CorrelationKind::sum);

  explicit Setting(Activation activation, Precision precision, Index width) {
    config.network = equal_pathways(2, 4, width);
    config.network.pathways.push_back({{width, 7}});
    config.network.activation = activation;
    config.init.sigma = 0.3 / std::sqrt(static_cast<double>(width));
    config.train.epochs = 40;
    config.train.precision = precision;
  }
  [[nodiscard]] MemberHistory member(Index number, TrainOptions options) const {
    options.first_member = number;
    return train(config, data, modes, options)[0];
  }
};

class Determinism : public ::testing::TestWithParam<std::tuple<Activation, Precision>> {
 protected:
  static Setting setting(Index width) {
    return Setting(std::get<0>(GetParam()), std::get<1>(GetParam()), width);
  }
};

TEST_P(Determinism, OfTheBatch) {
  const Setting s = setting(61);
  const auto batch = train(s.config, s.data, s.modes, {BackendKind::cpu, 1, 0, 7});
  for (Index m = 0; m < 7; ++m) {
    EXPECT_EQ(batch[static_cast<std::size_t>(m)], s.member(m, {})) << "member " << m;
  }
  EXPECT_NE(batch[0].K.back(), batch[1].K.back());
}

TEST_P(Determinism, OfTheThreadsInsideAMember) {
  const Setting s = setting(700);  // large enough that the backend shares the work
  const auto alone = s.member(3, {});
  EXPECT_EQ(alone, s.member(3, {BackendKind::cpu, 2}));
  EXPECT_EQ(alone, s.member(3, {BackendKind::cpu, 3}));
}

TEST_P(Determinism, OfTheWaves) {
  const Setting s = setting(33);
  const auto all = train(s.config, s.data, s.modes, {BackendKind::cpu, 1, 0, 4});
  const auto second_wave = train(s.config, s.data, s.modes, {BackendKind::cpu, 2, 2, 2});
  EXPECT_EQ(all[2], second_wave[0]);
  EXPECT_EQ(all[3], second_wave[1]);
}

INSTANTIATE_TEST_SUITE_P(
    Everything, Determinism,
    ::testing::Combine(::testing::Values(Activation::linear, Activation::tanh, Activation::relu),
                       ::testing::Values(Precision::float32, Precision::float64)));

}  // namespace
}  // namespace polypath::testing
