#include "training.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace polypath::testing {
namespace {

/// max over modes of |sum_a K_a - target| / S_1 at the last record.
double distance_to_target(const MemberHistory& history, const Modes& modes) {
  const auto count = modes.S.size();
  const auto& last = history.K.back();
  double largest = 0.0;
  for (std::size_t i = 0; i < count * count; ++i) {
    double sum = 0.0;
    for (std::size_t start = 0; start < last.size(); start += count * count) {
      sum += last[start + i];
    }
    largest = std::max(largest, std::abs(sum - modes.target.elements()[i]));
  }
  return largest / modes.S[0];
}

TEST(Convergence, SumOfKIsTheSpectrumInThePapersSetting) {
  Config config;
  config.network = equal_pathways(2, 3, 1000);
  config.train.epochs = 1000;
  config.record.every = 1000;
  const Dataset data = hierarchy_dataset(4, 2);
  const Modes modes = find_modes(data, CorrelationKind::sum);
  const auto history = train(config, data, modes)[0];
  EXPECT_LT(distance_to_target(history, modes), 1e-3);
  EXPECT_LT(history.loss.back(), 1e-3);
  EXPECT_NEAR(modes.target(0, 0), std::sqrt(15.0), 1e-12);
}

TEST(Convergence, HoldsForOneThreeAndUnequalPathways) {
  const Dataset data = hierarchy_dataset(4, 2);
  const Modes modes = find_modes(data, CorrelationKind::sum);
  for (const auto& pathways : std::vector<std::vector<PathwayConfig>>{
           {{{60, 60}}}, {{{40}}, {{40, 40}}, {{50, 30, 40}}}, {{{}}, {{60}}}}) {
    Config config;
    config.network.pathways = pathways;
    config.init.sigma = 0.05;
    config.train.epochs = 3000;
    config.record.every = 3000;
    const auto history = train(config, data, modes)[0];
    EXPECT_LT(distance_to_target(history, modes), 1e-3) << pathways.size() << " pathways";
  }
}

TEST(Convergence, GoesToTheTargetNotToSForColouredInputs) {
  Dataset data = hierarchy_dataset(4, 2);
  for (Index i = 0; i < 8; ++i) {
    data.x(i, (i + 1) % 8) = 0.3;
    data.x(i, i) = 1.0 + 0.05 * static_cast<double>(i);
  }
  const Modes modes = find_modes(data, CorrelationKind::mean);
  Config config;
  config.network = equal_pathways(2, 2, 60);
  config.init.sigma = 0.05;
  config.train.epochs = 4000;
  config.record.every = 4000;
  const auto history = train(config, data, modes)[0];
  EXPECT_LT(distance_to_target(history, modes), 1e-3);
  EXPECT_GT(std::abs(modes.target(0, 0) - modes.S[0]), 0.1);
}

TEST(Convergence, ReferenceAndCpuWalkTogether) {
  const Dataset data = hierarchy_dataset(3, 3);
  const Modes modes = find_modes(data, CorrelationKind::sum);
  Config config;
  config.network = equal_pathways(3, 4, 37);
  config.network.activation = Activation::tanh;
  config.init.sigma = 0.1;
  config.train.epochs = 200;
  config.train.precision = Precision::float64;
  const auto cpu = train(config, data, modes, {BackendKind::cpu})[0];
  const auto reference = train(config, data, modes, {BackendKind::reference})[0];
  EXPECT_LT(largest_difference(cpu, reference), 1e-10);
  EXPECT_GT(max_abs(cpu.K.back()), 0.1);
}

}  // namespace
}  // namespace polypath::testing
