// What an epoch costs on the device, as the simulated one counted it.
#include "unit/cuda/device_fixture.hpp"

#include <simcuda/simcuda.hpp>

namespace polypath::testing {
namespace {

using simcuda::counters;

/// Kernel launches and library calls of `epochs` epochs, the ends of a training left out.
double launches_per_epoch(const Config& config, Index members, Index delay) {
  simcuda::reset();
  DeviceTraining training(config, members, delay);
  const auto count = [&training](Index epochs) {
    simcuda::reset_counters();
    training.run(epochs);
    return counters().kernel_launches + counters().library_calls;
  };
  const auto few = count(16);
  const auto many = count(16 + 64);
  return static_cast<double>(many - few) / 64.0;
}

double layers_of_all_groups(const Config& config) {
  double layers = 0.0;
  for (const auto& group : group_pathways(network_shape(config.network, 8, 15))) {
    layers += static_cast<double>(group.shape.depth());
  }
  return layers;
}

class Launches : public ::testing::TestWithParam<std::tuple<Activation, Index, bool>> {};

TEST_P(Launches, PerEpochAreFewAndIndependentOfTheMembers) {
  const auto& [activation, delay, bias] = GetParam();
  Config equal = device_config(activation);
  Config unequal = equal;
  unequal.network.pathways = {{{33, 20}}, {{17}}, {{33, 20}}, {{24, 24, 24, 24}}};
  Config deep = equal;
  deep.network = equal_pathways(1, 12, 20);
  deep.network.activation = activation;
  for (Config config : {equal, unequal, deep}) {
    config.network.bias = bias;
    const double one = launches_per_epoch(config, 1, delay);
    EXPECT_EQ(one, launches_per_epoch(config, 7, delay));
    EXPECT_LE(one, layers_of_all_groups(config) * (delay == 1 ? 5.0 : 8.0) + 6.0);
    RecordProperty("layers_" + std::to_string(static_cast<int>(layers_of_all_groups(config))),
                   std::to_string(one));
  }
}

INSTANTIATE_TEST_SUITE_P(Everything, Launches,
                         ::testing::Combine(::testing::Values(Activation::linear, Activation::tanh,
                                                              Activation::relu),
                                            ::testing::Values(1, 16), ::testing::Bool()));

TEST(Launches, OfABiasCostNothingBesideAnActivation) {
  Config config = device_config(Activation::tanh);
  for (const Index delay : {1, 16}) {
    const double without = launches_per_epoch(config, 2, delay);
    config.network.bias = true;
    EXPECT_EQ(launches_per_epoch(config, 2, delay), without);
    config.network.bias = false;
  }
}

TEST(Launches, AreThoseOfThePredictedTimes) {
  Config config = device_config(Activation::tanh);
  config.network = equal_pathways(2, 3, 20);
  config.network.activation = Activation::tanh;
  EXPECT_EQ(launches_per_epoch(config, 1, 1), 16.0);              // the table in bench/README.md
  EXPECT_EQ(std::ceil(launches_per_epoch(config, 1, 16)), 19.0);  // an update comes each 16th
}

/// Bytes of the weights between hidden layers touched per epoch, over their size.
double passes_over_hidden_weights(Index delay) {
  simcuda::reset();
  DeviceTraining training(device_config(Activation::tanh), 2, delay);
  const auto layer =
      std::get<MemberWeights<float>>(training.trainer().weights(1)).pathways[1][1].weights;
  const auto size = static_cast<std::size_t>(layer.rows * layer.leading_dimension) * sizeof(float);
  const auto count = [&](Index epochs) {
    training.run(epochs);
    const auto traffic = counters().traffic.at("W");
    return static_cast<double>(traffic.bytes_read + traffic.bytes_written);
  };
  simcuda::name_range(layer.data, size, "W");
  const double few = count(16);
  const double both = count(16 + 64);
  return (both - 2.0 * few) / 64.0 / static_cast<double>(size);
}

TEST(Traffic, OfWIsFourPassesAtOnceAndAboutTwoDelayed) {
  const double at_once = passes_over_hidden_weights(1);
  const double delayed = passes_over_hidden_weights(16);
  EXPECT_LE(at_once, 4.0);
  EXPECT_GT(at_once, 3.5);  // the counter did see them
  EXPECT_LE(delayed, 2.3);
  EXPECT_GT(delayed, 1.9);
  RecordProperty("at_once", std::to_string(at_once));
  RecordProperty("delayed", std::to_string(delayed));
}

TEST(Traffic, OfTheDelayedFactorsIsCountedBesideW) {
  simcuda::reset();
  DeviceTraining training(device_config(Activation::tanh), 1, 16);
  const Arena arena = plan_arena(training.request());
  const auto& group = arena.groups[0];
  const auto weights = std::get<MemberWeights<float>>(training.trainer().weights(0));
  const auto* base = reinterpret_cast<const std::byte*>(weights.pathways[0][0].weights.data) -
                     group.layers[0].weights.offset;
  const auto& delta = group.layers[1].delta;
  const auto bytes = static_cast<std::size_t>(delta.stride * delta.count) * sizeof(float);
  simcuda::name_range(base + delta.offset, bytes, "delta");
  training.run(64);
  const auto traffic = counters().traffic.at("delta");
  const double per_epoch = static_cast<double>(traffic.bytes_read + traffic.bytes_written) / 64.0;
  // A thin product of forward and one of backward read on average half of the slots each, an
  // update all of them once in 16 epochs: about (1 + 1 / 16) passes and the new slot.
  EXPECT_GT(per_epoch, 0.5 * static_cast<double>(bytes));
  EXPECT_LT(per_epoch, 2.0 * static_cast<double>(bytes));
  RecordProperty("passes_over_16_deltas", std::to_string(per_epoch / static_cast<double>(bytes)));
}

}  // namespace
}  // namespace polypath::testing
