// The operations that bring a bias up to date with the delta they make, against the reference,
// which does one after the other.
#include "unit/backend/workbench.hpp"

namespace polypath::testing {
namespace {

class BiasConformance : public Conformance {};
INSTANTIATE_TEST_SUITE_P(Backends, BiasConformance, ::testing::ValuesIn(backend_cases()),
                         case_name);

/// A layer whose input delta belongs to `inputs` units with biases.
struct Layer {
  Index examples;
  Index outputs;
  Index inputs;
  Index count;
  Index rank = 0;
};

constexpr double bias_scale = -0.25;

template <class T>
double bias_tolerance(const Layer& layer) {
  return tolerance<T>(layer.examples * (layer.outputs + 1) * (1 + layer.rank));
}

/// Calls test(case, T(), layer, activation, layout) for sizes at, below and above the blocks'.
template <class Test>
void for_each_layer(const BackendCase& one, auto real, const Test& test) {
  const std::vector<Layer> layers = {
      {8, 15, 8, 3}, {1, 1, 1, 1},    {9, 31, 33, 2},    {70, 20, 64, 2},
      {7, 3, 97, 5}, {16, 33, 32, 1}, {8, 13, 47, 2, 5}, {0, 7, 5, 2},
      {5, 7, 9, 0},  {5, 0, 7, 2},    {5, 7, 0, 2},
  };
  for (const Layout layout : {Layout::tight, Layout::padded}) {
    for (const Layer& layer : layers) {
      for (const Activation activation : {Activation::linear, Activation::tanh, Activation::relu}) {
        SCOPED_TRACE("examples " + std::to_string(layer.examples) + ", outputs " +
                     std::to_string(layer.outputs) + ", inputs " + std::to_string(layer.inputs) +
                     ", activation " + std::to_string(static_cast<int>(activation)));
        test(one, real, layer, activation, layout);
        if (::testing::Test::HasFatalFailure()) {
          return;
        }
      }
    }
  }
}

template <class T>
void test_backward(const BackendCase& one, T, const Layer& layer, Activation activation,
                   Layout layout) {
  Workbench<T> bench(one, layout);
  const auto weights = bench.random({layer.outputs, layer.inputs, layer.count});
  const auto pending =
      bench.low_rank(layer.rank, layer.outputs, layer.inputs, layer.count, layer.examples);
  const auto delta = bench.random({layer.examples, layer.outputs, layer.count});
  const auto input = bench.random({layer.examples, layer.inputs, layer.count});
  const auto input_delta = bench.constant({layer.examples, layer.inputs, layer.count}, 7.0);
  const auto bias = bench.random({1, layer.inputs, layer.count});
  bench.on_both([&](auto& operations, auto side) {
    operations.backward_with_bias(weights.on(side), pending.on(side), delta.on(side),
                                  input.on(side), activation, input_delta.on(side),
                                  {bias.on(side), bias_scale});
  });
  input_delta.expect_close(tolerance<T>(layer.outputs * (1 + layer.rank)));
  bias.expect_close(bias_tolerance<T>(layer));
  weights.expect_unchanged();
  pending.expect_unchanged();
  input.expect_unchanged();
}

template <class T>
void test_backward_update(const BackendCase& one, T, const Layer& layer, Activation activation,
                          Layout layout) {
  Workbench<T> bench(one, layout);
  const auto weights = bench.random({layer.outputs, layer.inputs, layer.count});
  const auto delta = bench.random({layer.examples, layer.outputs, layer.count});
  const auto input = bench.random({layer.examples, layer.inputs, layer.count});
  const auto input_delta = bench.constant({layer.examples, layer.inputs, layer.count}, 7.0);
  const auto bias = bench.random({1, layer.inputs, layer.count});
  bench.on_both([&](auto& operations, auto side) {
    operations.backward_update_with_bias(weights.on(side), delta.on(side), input.on(side),
                                         activation, -0.0625, input_delta.on(side),
                                         {bias.on(side), bias_scale});
  });
  input_delta.expect_close(tolerance<T>(layer.outputs));
  bias.expect_close(bias_tolerance<T>(layer));
  weights.expect_close(tolerance<T>(layer.examples));
}

/// `count` members of two pathways each.
template <class T>
void test_output_delta(const BackendCase& one, T, const Layer& layer, Activation activation,
                       Layout layout) {
  Workbench<T> bench(one, layout);
  const auto residual = bench.random({layer.examples, layer.outputs, layer.count});
  const auto output = bench.random({layer.examples, layer.outputs, 2 * layer.count});
  const auto delta = bench.constant({layer.examples, layer.outputs, 2 * layer.count}, 7.0);
  const auto bias = bench.random({1, layer.outputs, 2 * layer.count});
  bench.on_both([&](auto& operations, auto side) {
    operations.output_delta_with_bias(residual.on(side), output.on(side), activation, 0.5,
                                      delta.on(side), {bias.on(side), bias_scale});
  });
  delta.expect_close(tolerance<T>(1));
  bias.expect_close(tolerance<T>(layer.examples));
  residual.expect_unchanged();
}

TEST_P(BiasConformance, BackwardWithBiasAgreesWithTheReference) {
  in_precision([](const BackendCase& one, auto real) {
    for_each_layer(one, real, [](auto... arguments) { test_backward(arguments...); });
  });
}

TEST_P(BiasConformance, BackwardUpdateWithBiasAgreesWithTheReference) {
  in_precision([](const BackendCase& one, auto real) {
    for_each_layer(one, real, [](auto... arguments) { test_backward_update(arguments...); });
  });
}

TEST_P(BiasConformance, OutputDeltaWithBiasAgreesWithTheReference) {
  in_precision([](const BackendCase& one, auto real) {
    for_each_layer(one, real, [](auto... arguments) { test_output_delta(arguments...); });
  });
}

/// Layers with and without a bias may share an operation: 0 columns mean none.
TEST_P(BiasConformance, WithoutABiasTheOperationsAreThePlainOnes) {
  in_precision([](const BackendCase& one, auto real) {
    using T = decltype(real);
    Workbench<T> bench(one);
    const auto residual = bench.random({8, 15, 3});
    const auto output = bench.random({8, 15, 6});
    const auto delta = bench.constant({8, 15, 6}, 7.0);
    const auto bias = bench.random({1, 0, 6});
    bench.on_both([&](auto& operations, auto side) {
      operations.output_delta_with_bias(residual.on(side), output.on(side), Activation::tanh, 0.5,
                                        delta.on(side), {bias.on(side), bias_scale});
    });
    delta.expect_close(tolerance<T>(1));
  });
}

}  // namespace
}  // namespace polypath::testing
