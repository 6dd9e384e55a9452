// Where launches meet the limits of a grid or of a parameter list: sizes beyond the conformance
// tests', which every backend has to afford.
#include "unit/backend/workbench.hpp"
#include "unit/cuda/any_device.hpp"

namespace polypath::testing {
namespace {

using Bench = Workbench<float>;

BackendCase cuda_case() {
  fresh_device();
  return {"cuda_float32", Precision::float32, [] { return make_backend({BackendKind::cuda, 1}); }};
}

TEST(Limits, MoreRowsThanOneGridHas) {
  Bench bench(cuda_case(), Layout::tight);
  const Index count = 8 * 65535 + 1000;
  const auto residual = bench.random({1, 1, count});
  const auto output = bench.random({1, 1, count});
  const auto delta = bench.constant({1, 1, count}, 7.0);
  bench.on_both([&](auto& operations, auto side) {
    operations.output_delta(residual.on(side), output.on(side), Activation::tanh, 0.5,
                            delta.on(side));
  });
  delta.expect_close(tolerance<float>(1));
}

TEST(Limits, MoreMatricesThanAGridHasDepth) {
  Bench bench(cuda_case(), Layout::tight);
  const Index count = 70000;
  const auto weights = bench.random({2, 1, count});
  const auto input = bench.random({1, 1, count});
  const auto bias = bench.random({1, 2, count});
  const auto output = bench.constant({1, 2, count}, 7.0);
  bench.on_both([&](auto& operations, auto side) {
    using Real = typename decltype(side)::Real;
    operations.forward(weights.on(side), LowRank<Real>{}, input.on(side), bias.on(side),
                       Activation::tanh, output.on(side));
  });
  output.expect_close(tolerance<float>(2));
}

/// One call of residual, its losses and first diverged epochs on either side.
struct Watched {
  std::vector<double> loss;
  std::vector<Index> stopped_epoch;
  bool operator==(const Watched&) const = default;
};

template <class Side>
Watched watch(Bench& bench, Side side, const std::vector<Operand<float>>& outputs,
              const Operand<float>& target, const Operand<float>& residual, double limit) {
  using Real = typename Side::Real;
  Backend& backend = bench.backend(side);
  const auto members = static_cast<std::size_t>(residual.on(side).count);
  const DeviceArray<double> loss(backend, std::vector<double>(members, -1.0));
  const DeviceArray<double> limits(backend, std::vector<double>(members, limit));
  const DeviceArray<Index> stopped(backend, std::vector<Index>(members, -1));
  const DeviceArray<Index> epoch(backend, {41});
  std::vector<BatchView<const Real>> views;
  for (const auto& group : outputs) {
    views.push_back(group.on(side));
  }
  backend.operations(Real()).residual(views, target.on(side), 1.0, residual.on(side),
                                      {loss.data(), limits.data(), stopped.data(), epoch.data()});
  EXPECT_EQ(epoch.values()[0], 42);
  return {loss.values(), stopped.values()};
}

TEST(Limits, MoreGroupsThanOneLaunchTakes) {
  for (const std::size_t groups : {8U, 9U, 19U}) {
    Bench bench(cuda_case());
    std::vector<Operand<float>> outputs;
    for (std::size_t g = 0; g < groups; ++g) {
      outputs.push_back(bench.random({8, 15, 3 * (1 + static_cast<Index>(g % 2))}));
    }
    const auto target = bench.random({8, 15, 3, true});
    const auto residual = bench.constant({8, 15, 3}, 7.0);
    const Watched found = watch(bench, Tested<float>{}, outputs, target, residual, 1e9);
    const Watched expected = watch(bench, Reference{}, outputs, target, residual, 1e9);
    const auto pathways = static_cast<Index>(2 * groups);
    residual.expect_close(tolerance<float>(pathways * pathways));
    for (std::size_t m = 0; m < 3; ++m) {
      EXPECT_NEAR(found.loss[m] / expected.loss[m], 1.0, tolerance<float>(pathways * pathways));
    }
  }
}

TEST(Limits, MoreMembersThanABlockHasThreadsAllSeeTheSameEpoch) {
  const BackendCase cuda = cuda_case();
  for_each_order([&cuda] {
    Bench bench(cuda);
    std::vector<Operand<float>> outputs;
    outputs.push_back(bench.constant({1, 1, 300}, 3.0));
    const auto target = bench.constant({1, 1, 300, true}, 1.0);
    const auto residual = bench.constant({1, 1, 300}, 7.0);
    const Watched found = watch(bench, Tested<float>{}, outputs, target, residual, 3.0);
    EXPECT_EQ(found, watch(bench, Reference{}, outputs, target, residual, 3.0));
    EXPECT_EQ(found.stopped_epoch, std::vector<Index>(300, 41));
  });
}

TEST(Limits, AMemberOfManyBlocksIsSummedOnce) {
  Bench bench(cuda_case());
  std::vector<Operand<float>> outputs;
  outputs.push_back(bench.random({90, 101, 4}));  // more than two chunks of entries
  const auto target = bench.random({90, 101, 2, true});
  const auto residual = bench.constant({90, 101, 2}, 7.0);
  const Watched found = watch(bench, Tested<float>{}, outputs, target, residual, 1e9);
  const Watched expected = watch(bench, Reference{}, outputs, target, residual, 1e9);
  for (std::size_t m = 0; m < 2; ++m) {
    EXPECT_NEAR(found.loss[m] / expected.loss[m], 1.0, tolerance<float>(4));
  }
}

TEST(Limits, AnInfiniteLossIsDivergenceUnderAnyLimit) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Bench bench(cuda_case());
  std::vector<Operand<float>> outputs;
  outputs.push_back(bench.constant({1, 1, 2}, infinity));
  const auto target = bench.constant({1, 1, 2, true}, 0.0);
  const auto residual = bench.constant({1, 1, 2}, 7.0);
  const Watched found = watch(bench, Tested<float>{}, outputs, target, residual, infinity);
  EXPECT_EQ(found.stopped_epoch, std::vector<Index>(2, 41));
}

}  // namespace
}  // namespace polypath::testing
