// Updates kept as factors and added every s epochs are exact gradient descent up to rounding.
#include "training.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace polypath::testing {
namespace {

Config setting(Activation activation, Precision precision) {
  return training_with_biases(equal_pathways(2, 5, 45), activation, precision, 0.12, 60, 7);
}

class Delay : public ::testing::TestWithParam<std::tuple<Activation, BackendKind, Index>> {};

TEST_P(Delay, GivesTheSameTrajectory) {
  const auto& [activation, backend, delay] = GetParam();
  const Dataset data = hierarchy_dataset(4, 2);
  const Modes modes = find_modes(data, CorrelationKind::sum);
  const Config config = setting(activation, Precision::float64);
  const auto at_once = train(config, data, modes, {backend, 1, 0, 2, 1});
  const auto delayed = train(config, data, modes, {backend, 1, 0, 2, delay});
  // 60 epochs of 5 layers with inner lengths to 45; leaving the plateau multiplies early rounding
  // errors by about the growth of K, here a factor of ten.
  const double tolerance = 10 * 60 * 5 * 45 * std::numeric_limits<double>::epsilon() * modes.S[0];
  for (std::size_t m = 0; m < 2; ++m) {
    EXPECT_LT(largest_difference(at_once[m], delayed[m]), tolerance);
    EXPECT_GT(max_abs(delayed[m].K.back()), 0.1);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Everything, Delay,
    ::testing::Combine(::testing::Values(Activation::linear, Activation::tanh, Activation::relu),
                       ::testing::Values(BackendKind::reference, BackendKind::cpu),
                       ::testing::Values(2, 5, 16)));

/// Largest difference of two histories of the same seeds, added up over the seeds.
double total_difference(const std::vector<MemberHistory>& a, const std::vector<MemberHistory>& b) {
  double sum = 0.0;
  for (std::size_t m = 0; m < a.size(); ++m) {
    sum += largest_difference(a[m], b[m]);
  }
  return sum;
}

/// Many small updates added one by one each lose what is below the last bit of a weight; their sum,
/// added once, does not.
TEST(Delay, IsMoreAccurateInSinglePrecision) {
  const Dataset data = hierarchy_dataset(4, 2);
  const Modes modes = find_modes(data, CorrelationKind::sum);
  Config config = setting(Activation::linear, Precision::float64);
  config.train.learning_rate = 5e-5;
  config.train.epochs = 3000;
  config.record.every = 500;
  constexpr Index members = 4;
  const auto exact = train(config, data, modes, {BackendKind::cpu, 1, 0, members, 1});
  config.train.precision = Precision::float32;
  const auto at_once = train(config, data, modes, {BackendKind::cpu, 1, 0, members, 1});
  const auto delayed = train(config, data, modes, {BackendKind::cpu, 1, 0, members, 16});
  const double error_at_once = total_difference(at_once, exact);
  const double error_delayed = total_difference(delayed, exact);
  RecordProperty("error_at_once", std::to_string(error_at_once));
  RecordProperty("error_delayed", std::to_string(error_delayed));
  EXPECT_GT(error_delayed, 0.0);
  EXPECT_LT(error_delayed, 0.8 * error_at_once);
}

TEST(Delay, LeavesTheSameWeightsBehind) {
  const Dataset data = hierarchy_dataset(4, 2);
  const Modes modes = find_modes(data, CorrelationKind::sum);
  const Config config = setting(Activation::linear, Precision::float64);
  const auto backend = make_backend({BackendKind::cpu, 1});
  const NetworkShape shape = network_shape(config.network, 8, 15);
  std::vector<Matrix<double>> results;
  for (const Index delay : {1, 16}) {
    const ArenaRequest request{shape, 8, 8, 1, Precision::float64, true, delay};
    const auto trainer = make_trainer(*backend, trainer_settings(config, request), data, modes);
    gaussian_weights(config.init, shape)->write(0, *backend, trainer->weights(0));
    History history(1);
    trainer->run({0, 21}, history, {});
    const auto weights = std::get<MemberWeights<double>>(trainer->weights(0));
    results.push_back(download_matrix<double>(*backend, weights.pathways[1][2].weights));
  }
  for (Index i = 0; i < 45 * 45; ++i) {
    EXPECT_NEAR(results[0].data()[i], results[1].data()[i], 1e-13);
  }
}

}  // namespace
}  // namespace polypath::testing
