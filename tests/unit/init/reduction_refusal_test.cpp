#include "polypath/core/error.hpp"
#include "polypath/init/reduction.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath {
namespace {

using ::testing::HasSubstr;

std::string refusal(const Config& config) {
  try {
    require_reducible(config);
  } catch (const BadData& error) {
    return error.what();
  }
  return "";
}

TEST(ReductionRefusal, TakesTheLinearNormalNetwork) {
  Config config;
  EXPECT_NO_THROW(require_reducible(config));
  config.init.scheme = InitScheme::scaled;
  EXPECT_NO_THROW(require_reducible(config));
}

TEST(ReductionRefusal, NamesTheKeyAndTheWayOut) {
  Config config;
  config.network.activation = Activation::tanh;
  EXPECT_THAT(refusal(config), HasSubstr("network.activation = \"tanh\""));
  EXPECT_THAT(refusal(config), HasSubstr("gaussian"));
  config.network.activation = Activation::relu;
  EXPECT_THAT(refusal(config), HasSubstr("network.activation = \"relu\""));
  config = {};
  config.network.bias = true;
  EXPECT_THAT(refusal(config), HasSubstr("network.bias"));
  config = {};
  config.init.scheme = InitScheme::orthogonal;
  EXPECT_THAT(refusal(config), HasSubstr("init.scheme"));
  config = {};
  config.init.method = InitMethod::file;
  EXPECT_THAT(refusal(config), HasSubstr("init.file"));
}

TEST(ReductionRefusal, MemoryOfASampledNetworkDoesNotDependOnItsWidth) {
  const Dataset data = hierarchy_dataset(4, 2);
  const Modes modes = find_modes(data, CorrelationKind::sum);
  const auto bytes = [&](Index width, WideWeights weights) {
    const NetworkShape shape = network_shape({{{{width, width}}}}, 8, 15);
    return reduction_bytes({shape, {}, 1, {}, data, modes}, weights);
  };
  const Index billion = 1000000000;
  EXPECT_EQ(bytes(1000, WideWeights::sampled), bytes(billion, WideWeights::sampled));
  EXPECT_GT(bytes(100000, WideWeights::stored), Index{40000000000});
  EXPECT_LT(bytes(100000, WideWeights::regenerated), Index{4} << 30U);
}

}  // namespace
}  // namespace polypath
