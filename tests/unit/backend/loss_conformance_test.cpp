// residual with its loss watch, and output_delta, of every backend against the reference.
#include "unit/backend/workbench.hpp"

namespace polypath::testing {
namespace {

class LossConformance : public Conformance {};
INSTANTIATE_TEST_SUITE_P(Backends, LossConformance, ::testing::ValuesIn(backend_cases()),
                         case_name);

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// A LossWatch with its arrays in the memory of one side.
struct WatchArrays {
  DeviceArray<double> loss;
  DeviceArray<double> limit;
  DeviceArray<Index> stopped_epoch;
  DeviceArray<Index> epoch;

  WatchArrays(Backend& backend, Index members, double limit_of_all, Index first_epoch)
      : loss(backend, std::vector<double>(static_cast<std::size_t>(members), -1.0)),
        limit(backend, std::vector<double>(static_cast<std::size_t>(members), limit_of_all)),
        stopped_epoch(backend, std::vector<Index>(static_cast<std::size_t>(members), -1)),
        epoch(backend, {first_epoch}) {}

  [[nodiscard]] LossWatch watch() const {
    return {loss.data(), limit.data(), stopped_epoch.data(), epoch.data()};
  }
};

template <class T>
struct Watches {
  Watches(Workbench<T>& bench, Index members, double limit, Index first_epoch)
      : tested(bench.backend(Tested<T>{}), members, limit, first_epoch),
        reference(bench.backend(Reference{}), members, limit, first_epoch) {}

  [[nodiscard]] LossWatch on(Tested<T>) const { return tested.watch(); }
  [[nodiscard]] LossWatch on(Reference) const { return reference.watch(); }

  WatchArrays tested;
  WatchArrays reference;
};

struct Groups {
  Index examples;
  Index outputs;
  Index members;
  std::vector<Index> pathways;  ///< of each group
  bool shared_target = true;
};

template <class T>
void test_residual(const BackendCase& one, const Groups& shape, Layout layout) {
  Workbench<T> bench(one, layout);
  std::vector<Operand<T>> outputs;
  outputs.reserve(shape.pathways.size());
  Index pathways = 0;
  for (const Index group : shape.pathways) {
    outputs.push_back(bench.random({shape.examples, shape.outputs, shape.members * group}));
    pathways += group;
  }
  const auto target =
      bench.random({shape.examples, shape.outputs, shape.members, shape.shared_target});
  const auto residual = bench.constant({shape.examples, shape.outputs, shape.members}, 7.0);
  const Watches<T> watches(bench, shape.members, infinity, 41);
  bench.on_both([&](auto& operations, auto side) {
    using Real = typename decltype(side)::Real;
    std::vector<BatchView<const Real>> views;
    views.reserve(outputs.size());
    for (const Operand<T>& group : outputs) {
      views.push_back(group.on(side));
    }
    operations.residual(views, target.on(side), 0.5, residual.on(side), watches.on(side));
  });
  residual.expect_close(tolerance<T>(pathways));
  target.expect_unchanged();
  const std::vector<double> loss = watches.tested.loss.values();
  const std::vector<double> expected = watches.reference.loss.values();
  // Each residual is off by tolerance and at most pathways + 1; the sum itself is in float64.
  const Index entries = shape.examples * shape.outputs;
  const double size = static_cast<double>(entries * (pathways + 1));
  for (std::size_t m = 0; m < loss.size(); ++m) {
    ASSERT_NEAR(loss[m], expected[m],
                size * tolerance<T>(pathways) +
                    size * static_cast<double>(pathways + 1) * tolerance<double>(entries));
  }
  ASSERT_EQ(watches.tested.stopped_epoch.values(), watches.reference.stopped_epoch.values());
  ASSERT_EQ(watches.tested.epoch.values(), watches.reference.epoch.values());
}

TEST_P(LossConformance, ResidualAgreesWithTheReference) {
  const std::vector<Groups> shapes = {
      {8, 15, 3, {2}},        {8, 15, 3, {1, 2}}, {1, 1, 1, {1}},     {70, 33, 2, {3, 1, 1}},
      {1, 129, 5, {2}},       {64, 1, 5, {2}},    {8, 15, 3, {0, 2}}, {8, 15, 3, {}},
      {8, 15, 3, {2}, false}, {8, 15, 0, {2}},    {8, 0, 3, {2}},     {3, 1000, 1, {1, 1}},
  };
  in_precision([&](const BackendCase& one, auto real) {
    for (const Layout layout : {Layout::tight, Layout::padded}) {
      for (const Groups& shape : shapes) {
        SCOPED_TRACE("examples " + std::to_string(shape.examples) + ", outputs " +
                     std::to_string(shape.outputs) + ", members " + std::to_string(shape.members));
        test_residual<decltype(real)>(one, shape, layout);
      }
    }
  });
}

/// One call of residual for four members with the one output value given for each.
template <class T>
void feed(Workbench<T>& bench, const Watches<T>& watches, const std::vector<double>& values) {
  std::size_t next = 0;
  const auto output =
      bench.filled({1, 1, static_cast<Index>(values.size())}, [&] { return values[next++]; });
  const auto target = bench.constant({1, 1, static_cast<Index>(values.size()), true}, 1.0);
  const auto residual = bench.constant({1, 1, static_cast<Index>(values.size())}, 7.0);
  bench.on_both([&](auto& operations, auto side) {
    using Real = typename decltype(side)::Real;
    const std::vector<BatchView<const Real>> views = {output.on(side)};
    operations.residual(views, target.on(side), 2.0, residual.on(side), watches.on(side));
  });
  residual.expect_close(0.0);
}

TEST_P(LossConformance, WatchRemembersTheFirstEpochThatDiverged) {
  in_precision([](const BackendCase& one, auto real) {
    using T = decltype(real);
    using Epochs = std::vector<Index>;
    Workbench<T> bench(one);
    const Watches<T> watches(bench, 4, 18.0, 10);
    feed<T>(bench, watches, {1.0, 4.0, 2.0, -1.0});  // 4 gives 2 * 3^2, at the limit: healthy
    EXPECT_EQ(watches.tested.loss.values(), (std::vector<double>{0.0, 18.0, 2.0, 8.0}));
    EXPECT_EQ(watches.tested.stopped_epoch.values(), (Epochs{-1, -1, -1, -1}));
    feed<T>(bench, watches, {1.0, 4.25, not_a_number, infinity});
    EXPECT_EQ(watches.tested.stopped_epoch.values(), (Epochs{-1, 11, 11, 11}));
    feed<T>(bench, watches, {-infinity, 1.0, 1.0, not_a_number});
    EXPECT_EQ(watches.tested.stopped_epoch.values(), (Epochs{12, 11, 11, 11}));
    EXPECT_EQ(watches.tested.epoch.values(), Epochs{13});
    EXPECT_EQ(watches.reference.stopped_epoch.values(), (Epochs{12, 11, 11, 11}));
  });
}

TEST_P(LossConformance, OneMembersNotANumberStaysItsOwn) {
  in_precision([](const BackendCase& one, auto real) {
    using T = decltype(real);
    for (const double poison : {not_a_number, infinity}) {
      Workbench<T> bench(one);
      Index drawn = 0;
      const auto output = bench.filled({8, 15, 6}, [&] {  // 3 members, 2 pathways
        return drawn++ == 8 * 15 * 3 + 77 ? poison : 0.25;
      });
      const auto target = bench.constant({8, 15, 3, true}, 1.0);
      const auto residual = bench.constant({8, 15, 3}, 7.0);
      const Watches<T> watches(bench, 3, 1e6, 0);
      bench.on_both([&](auto& operations, auto side) {
        using Real = typename decltype(side)::Real;
        const std::vector<BatchView<const Real>> views = {output.on(side)};
        operations.residual(views, target.on(side), 1.0, residual.on(side), watches.on(side));
      });
      residual.expect_close(0.0);
      const std::vector<double> loss = watches.tested.loss.values();
      EXPECT_EQ(loss[0], 8 * 15 * 0.25);
      EXPECT_FALSE(std::isfinite(loss[1]));
      EXPECT_EQ(loss[2], 8 * 15 * 0.25);
      EXPECT_EQ(watches.tested.stopped_epoch.values(), (std::vector<Index>{-1, 0, -1}));
    }
  });
}

TEST_P(LossConformance, LossIsAccumulatedInFloat64) {
  in_precision([](const BackendCase& one, auto real) {
    using T = decltype(real);
    // 1 + 4095 * 2^-26: float32 would keep the 1 alone.
    Workbench<T> bench(one);
    Index drawn = 0;
    const auto output =
        bench.filled({64, 64, 1}, [&] { return drawn++ == 0 ? 1.0 : std::ldexp(1.0, -13); });
    const auto target = bench.constant({64, 64, 1, true}, 0.0);
    const auto residual = bench.constant({64, 64, 1}, 7.0);
    const Watches<T> watches(bench, 1, infinity, 0);
    bench.on_both([&](auto& operations, auto side) {
      using Real = typename decltype(side)::Real;
      const std::vector<BatchView<const Real>> views = {output.on(side)};
      operations.residual(views, target.on(side), 1.0, residual.on(side), watches.on(side));
    });
    EXPECT_EQ(watches.tested.loss.values()[0], 1.0 + std::ldexp(4095.0, -26));
  });
}

TEST_P(LossConformance, OutputDeltaAgreesWithTheReference) {
  const std::vector<Groups> shapes = {{8, 15, 3, {2}},  {1, 1, 1, {1}},  {70, 33, 2, {3}},
                                      {1, 129, 5, {2}}, {64, 1, 5, {1}}, {8, 15, 0, {2}},
                                      {8, 0, 3, {2}},   {0, 15, 3, {2}}, {8, 15, 3, {0}}};
  in_precision([&](const BackendCase& one, auto real) {
    using T = decltype(real);
    for (const Layout layout : {Layout::tight, Layout::padded}) {
      for (const Groups& shape : shapes) {
        for (const Activation activation :
             {Activation::linear, Activation::tanh, Activation::relu}) {
          Workbench<T> bench(one, layout);
          const Index count = shape.members * shape.pathways.front();
          const auto residual = bench.random({shape.examples, shape.outputs, shape.members});
          const auto output = bench.random({shape.examples, shape.outputs, count});
          const auto delta = bench.constant({shape.examples, shape.outputs, count}, 7.0);
          bench.on_both([&](auto& operations, auto side) {
            operations.output_delta(residual.on(side), output.on(side), activation, 0.75,
                                    delta.on(side));
          });
          delta.expect_close(tolerance<T>(1));
          residual.expect_unchanged();
          output.expect_unchanged();
        }
      }
    }
  });
}

}  // namespace
}  // namespace polypath::testing
