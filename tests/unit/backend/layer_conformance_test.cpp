// forward, backward, backward_update, update and update_bias of every backend against the
// reference.
#include "unit/backend/workbench.hpp"

namespace polypath::testing {
namespace {

class LayerConformance : public Conformance {};
INSTANTIATE_TEST_SUITE_P(Backends, LayerConformance, ::testing::ValuesIn(backend_cases()),
                         case_name);

/// One layer: P x inputs goes to P x outputs, `count` times over.
struct Layer {
  Index examples;
  Index outputs;
  Index inputs;
  Index count = 1;
  Index rank = 0;
  bool shared_input = false;
  Activation activation = Activation::tanh;
  bool bias = false;
};

const std::vector<Activation> every_activation = {Activation::linear, Activation::tanh,
                                                  Activation::relu};

std::vector<Layer> layers() {
  std::vector<Layer> all = {
      {1, 1, 1},
      {8, 15, 8, 3},
      {8, 1, 40, 2},
      {8, 40, 1, 2},
      {1, 37, 53, 2},
      {8, 200, 3, 2},
      {8, 3, 200, 2},
      {70, 65, 129, 2},
      {8, 131, 257},
      {5, 7, 0, 2},
      {5, 0, 7, 2},
      {0, 7, 5, 2},
      {5, 7, 9, 0},
      {8, 33, 47, 2, 5},
      {8, 33, 47, 2, 64},
      {1, 33, 47, 2, 5},
      {5, 7, 0, 2, 3},
      {70, 31, 17, 2, 5},
      {8, 19, 23, 5, 0, true},
      {8, 131, 257, 1, 64},
      {8, 19, 23, 70, 5, true},
      {8, 16, 32, 4, 16},
      {8, 100, 8, 2},
      {8, 15, 100, 2},
      {8, 131, 257, 5},  // small matrices, yet enough of them for the pool
  };
  for (Index examples = 1; examples <= 70; ++examples) {
    all.push_back({examples, 13, 21, 2, examples % 3 == 0 ? 5 : 0});
  }
  for (const Activation activation : every_activation) {
    all.push_back({8, 29, 35, 2, 0, false, activation, false});
    all.push_back({8, 29, 35, 2, 5, false, activation, true});
    all.push_back({3, 29, 0, 2, 0, false, activation, true});
  }
  return all;
}

std::string describe(const Layer& layer) {
  return "examples " + std::to_string(layer.examples) + ", outputs " +
         std::to_string(layer.outputs) + ", inputs " + std::to_string(layer.inputs) + ", count " +
         std::to_string(layer.count) + ", rank " + std::to_string(layer.rank) + ", activation " +
         std::to_string(static_cast<int>(layer.activation));
}

/// Calls test(case, T(), layer, layout) for all layers in both layouts.
template <class Test>
void for_each_layer(const BackendCase& one, auto real, const Test& test) {
  for (const Layout layout : {Layout::tight, Layout::padded}) {
    for (const Layer& layer : layers()) {
      SCOPED_TRACE(describe(layer) + (layout == Layout::padded ? ", padded" : ", tight"));
      test(one, real, layer, layout);
      if (::testing::Test::HasFatalFailure()) {
        return;
      }
    }
  }
}

/// Errors of W + low rank grow with the rank beside the inner length.
template <class T>
double layer_tolerance(const Layer& layer, Index inner) {
  return tolerance<T>(inner * (1 + layer.rank));
}

template <class T>
void test_forward(const BackendCase& one, T, const Layer& layer, Layout layout) {
  Workbench<T> bench(one, layout);
  const auto weights = bench.random({layer.outputs, layer.inputs, layer.count});
  const auto pending =
      bench.low_rank(layer.rank, layer.outputs, layer.inputs, layer.count, layer.examples);
  const auto input = bench.random({layer.examples, layer.inputs, layer.count, layer.shared_input});
  const auto bias = bench.random({1, layer.bias ? layer.outputs : 0, layer.count});
  const auto output = bench.constant({layer.examples, layer.outputs, layer.count}, 7.0);
  bench.on_both([&](auto& operations, auto side) {
    operations.forward(weights.on(side), pending.on(side), input.on(side), bias.on(side),
                       layer.activation, output.on(side));
  });
  output.expect_close(layer_tolerance<T>(layer, layer.inputs));
  weights.expect_unchanged();
  pending.expect_unchanged();
  input.expect_unchanged();
  bias.expect_unchanged();
}

template <class T>
void test_backward(const BackendCase& one, T, const Layer& layer, Layout layout) {
  Workbench<T> bench(one, layout);
  const auto weights = bench.random({layer.outputs, layer.inputs, layer.count});
  const auto pending =
      bench.low_rank(layer.rank, layer.outputs, layer.inputs, layer.count, layer.examples);
  const auto delta = bench.random({layer.examples, layer.outputs, layer.count});
  const auto input = bench.random({layer.examples, layer.inputs, layer.count, layer.shared_input});
  const auto input_delta = bench.constant({layer.examples, layer.inputs, layer.count}, 7.0);
  bench.on_both([&](auto& operations, auto side) {
    operations.backward(weights.on(side), pending.on(side), delta.on(side), input.on(side),
                        layer.activation, input_delta.on(side));
  });
  input_delta.expect_close(layer_tolerance<T>(layer, layer.outputs));
  weights.expect_unchanged();
  pending.expect_unchanged();
  delta.expect_unchanged();
  input.expect_unchanged();
}

template <class T>
void test_backward_update(const BackendCase& one, T, const Layer& layer, Layout layout,
                          bool wanted) {
  Workbench<T> bench(one, layout);
  const auto weights = bench.random({layer.outputs, layer.inputs, layer.count});
  const auto delta = bench.random({layer.examples, layer.outputs, layer.count});
  const auto input = bench.random({layer.examples, layer.inputs, layer.count, layer.shared_input});
  const auto input_delta =
      bench.constant({layer.examples, wanted ? layer.inputs : 0, layer.count}, 7.0);
  bench.on_both([&](auto& operations, auto side) {
    operations.backward_update(weights.on(side), delta.on(side), input.on(side), layer.activation,
                               -0.0625, input_delta.on(side));
  });
  input_delta.expect_close(tolerance<T>(layer.outputs));
  weights.expect_close(tolerance<T>(layer.examples));
  delta.expect_unchanged();
  input.expect_unchanged();
}

template <class T>
void test_update(const BackendCase& one, T, const Layer& layer, Layout layout) {
  Workbench<T> bench(one, layout);
  const auto weights = bench.random({layer.outputs, layer.inputs, layer.count});
  const auto pending = bench.low_rank(layer.rank, layer.outputs, layer.inputs, layer.count);
  bench.on_both(
      [&](auto& operations, auto side) { operations.update(weights.on(side), pending.on(side)); });
  weights.expect_close(tolerance<T>(layer.rank));
  pending.expect_unchanged();
  if (layer.rank == 0) {
    weights.expect_unchanged();
  }
}

template <class T>
void test_update_bias(const BackendCase& one, T, const Layer& layer, Layout layout) {
  Workbench<T> bench(one, layout);
  const auto bias = bench.random({1, layer.outputs, layer.count});
  const auto delta = bench.random({layer.examples, layer.outputs, layer.count});
  bench.on_both([&](auto& operations, auto side) {
    operations.update_bias(bias.on(side), delta.on(side), -0.25);
  });
  bias.expect_close(tolerance<T>(layer.examples));
  delta.expect_unchanged();
}

TEST_P(LayerConformance, ForwardAgreesWithTheReference) {
  in_precision([](const BackendCase& one, auto real) {
    for_each_layer(one, real, [](auto... arguments) { test_forward(arguments...); });
  });
}

TEST_P(LayerConformance, BackwardAgreesWithTheReference) {
  in_precision([](const BackendCase& one, auto real) {
    for_each_layer(one, real, [](auto... arguments) { test_backward(arguments...); });
  });
}

TEST_P(LayerConformance, BackwardUpdateUsesTheOldWeightsThenChangesThem) {
  in_precision([](const BackendCase& one, auto real) {
    for_each_layer(one, real, [](auto... arguments) { test_backward_update(arguments..., true); });
  });
}

TEST_P(LayerConformance, BackwardUpdateWithoutInputDeltaOnlyChangesTheWeights) {
  in_precision([](const BackendCase& one, auto real) {
    for_each_layer(one, real, [](auto... arguments) { test_backward_update(arguments..., false); });
  });
}

TEST_P(LayerConformance, UpdateAgreesWithTheReference) {
  in_precision([](const BackendCase& one, auto real) {
    for_each_layer(one, real, [](auto... arguments) { test_update(arguments...); });
  });
}

TEST_P(LayerConformance, UpdateBiasAgreesWithTheReference) {
  in_precision([](const BackendCase& one, auto real) {
    for_each_layer(one, real, [](auto... arguments) { test_update_bias(arguments...); });
  });
}

TEST_P(LayerConformance, ZeroWeightsGiveTheActivationOfTheBiasExactly) {
  in_precision([](const BackendCase& one, auto real) {
    using T = decltype(real);
    Workbench<T> bench(one);
    const auto weights = bench.constant({19, 23, 3}, 0.0);
    const auto pending = bench.low_rank(0, 19, 23, 3);
    const auto input = bench.random({8, 23, 3});
    const auto bias = bench.random({1, 19, 3});
    const auto output = bench.constant({8, 19, 3}, 7.0);
    for (const Activation activation : {Activation::linear, Activation::relu}) {
      bench.on_both([&](auto& operations, auto side) {
        operations.forward(weights.on(side), pending.on(side), input.on(side), bias.on(side),
                           activation, output.on(side));
      });
      output.expect_close(0.0);
    }
  });
}

TEST_P(LayerConformance, SaturatedTanhIsOneAndPassesNoDelta) {
  in_precision([](const BackendCase& one, auto real) {
    using T = decltype(real);
    Workbench<T> bench(one);
    const auto weights = bench.constant({9, 11, 2}, 16.0);
    const auto pending = bench.low_rank(0, 9, 11, 2);
    const auto input = bench.constant({8, 11, 2}, -1.0);
    const auto bias = bench.constant({1, 0, 2}, 0.0);
    const auto output = bench.constant({8, 9, 2}, 7.0);
    const auto residual = bench.random({8, 9, 2});
    const auto delta = bench.constant({8, 9, 2}, 7.0);
    bench.on_both([&](auto& operations, auto side) {
      operations.forward(weights.on(side), pending.on(side), input.on(side), bias.on(side),
                         Activation::tanh, output.on(side));
      operations.output_delta(residual.on(side), output.on(side), Activation::tanh, 1.0,
                              delta.on(side));
    });
    output.expect_close(0.0);
    delta.expect_close(0.0);
  });
}

TEST_P(LayerConformance, NotANumberPassesThroughEveryActivation) {
  in_precision([](const BackendCase& one, auto real) {
    using T = decltype(real);
    for (const Activation activation : every_activation) {
      Workbench<T> bench(one);
      Index drawn = 0;
      const auto weights = bench.filled({13, 7, 1}, [&drawn] {
        return drawn++ == 10 ? std::numeric_limits<double>::quiet_NaN() : 0.5;
      });
      const auto pending = bench.low_rank(0, 13, 7, 1);
      const auto input = bench.constant({5, 7, 1}, 1.0);
      const auto bias = bench.constant({1, 0, 1}, 0.0);
      const auto output = bench.constant({5, 13, 1}, 7.0);
      bench.on_both([&](auto& operations, auto side) {
        operations.forward(weights.on(side), pending.on(side), input.on(side), bias.on(side),
                           activation, output.on(side));
      });
      output.expect_close(tolerance<T>(7));  // row 1 of W spoils output 1 and nothing else
    }
  });
}

}  // namespace
}  // namespace polypath::testing
