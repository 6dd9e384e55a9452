// The operations of the cpu backend on one core, against what the core can do: time over the larger
// of bytes / read bandwidth and operations / multiply-add peak. Both limits are measured here
// first, with the same vectors that the kernels use.

#include "polypath/backend/backend.hpp"
#include "polypath/backend/machine_limits.hpp"
#include "polypath/core/types.hpp"

#include "src/backend/cpu/cpu_backend.hpp"

#include <algorithm>
#include <cstdio>

#include <benchmark/benchmark.h>

namespace polypath {
namespace {

constexpr Index examples = 8;

/// Every operand that one weight matrix (width x width) needs.
template <class T>
struct Layer {
  Layer(Backend& backend, Index width, Index rank)
      : leading(round_up(width, Index{64} / static_cast<Index>(sizeof(T)))),
        weights(backend, width * leading * static_cast<Index>(sizeof(T))),
        input(backend, examples * leading * static_cast<Index>(sizeof(T))),
        delta(backend, examples * leading * static_cast<Index>(sizeof(T))),
        output(backend, examples * leading * static_cast<Index>(sizeof(T))),
        left(backend, rank * leading * static_cast<Index>(sizeof(T))),
        right(backend, rank * leading * static_cast<Index>(sizeof(T))),
        size(width),
        ranks(rank) {
    Operations<T>& operations = backend.operations(T(0));
    operations.fill_normal(view(weights, width)[0], {1, 0, 1, 0}, T(0.01));
    operations.fill_normal(view(input, examples)[0], {2, 0, 1, 0}, T(0.1));
    operations.fill_normal(view(delta, examples)[0], {3, 0, 1, 0}, T(1e-6));
    operations.fill_normal(view(left, rank)[0], {4, 0, 1, 0}, T(1e-6));
    operations.fill_normal(view(right, rank)[0], {5, 0, 1, 0}, T(0.1));
  }

  [[nodiscard]] BatchView<T> view(const Buffer& buffer, Index rows) const {
    return {reinterpret_cast<T*>(buffer.data()), rows, size, leading, 1, 0};
  }
  [[nodiscard]] Index bytes() const { return size * size * static_cast<Index>(sizeof(T)); }

  Index leading;
  Buffer weights;
  Buffer input;
  Buffer delta;
  Buffer output;
  Buffer left;
  Buffer right;
  Index size;
  Index ranks;
};

/// Calls `work` until the library has enough; returns the seconds a call.
template <class Work>
double time_of(benchmark::State& state, const Work& work) {
  const double start = thread_seconds();
  for ([[maybe_unused]] auto run : state) {
    work();
    benchmark::ClobberMemory();
  }
  return (thread_seconds() - start) / static_cast<double>(state.iterations());
}

/// GB/s, GFLOP/s and the floor in per cent of the time.
template <class T>
void report(benchmark::State& state, double seconds, double bytes, double flops) {
  const MachineLimits& limits = machine_limits();
  const double peak = sizeof(T) == 4 ? limits.float32_flops : limits.float64_flops;
  const double bandwidth =
      bytes > limits.small_bytes ? limits.large_bandwidth : limits.small_bandwidth;
  state.counters["GB/s"] = bytes / seconds * 1e-9;
  state.counters["GFLOP/s"] = flops / seconds * 1e-9;
  state.counters["%floor"] = 100.0 * std::max(bytes / bandwidth, flops / peak) / seconds;
}

/// Runs `operation(operations, layer)`; it moves `passes` times the weights and does
/// `flops_per_weight` operations an element.
template <class T, class Operation>
void measure(benchmark::State& state, Index rank, double passes, double flops_per_weight,
             const Operation& operation) {
  const auto backend = make_cpu_backend(1);
  const Layer<T> layer(*backend, state.range(0), rank);
  Operations<T>& operations = backend->operations(T(0));
  const double seconds = time_of(state, [&] { operation(operations, layer); });
  const auto weights = static_cast<double>(layer.size * layer.size);
  report<T>(state, seconds, passes * static_cast<double>(layer.bytes()),
            flops_per_weight * weights);
}

template <class T>
void forward(benchmark::State& state) {
  measure<T>(state, 1, 1.0, 2.0 * examples, [](Operations<T>& operations, const Layer<T>& layer) {
    operations.forward(layer.view(layer.weights, layer.size), {}, layer.view(layer.input, examples),
                       {}, Activation::linear, layer.view(layer.output, examples));
  });
}

template <class T>
void backward(benchmark::State& state) {
  measure<T>(state, 1, 1.0, 2.0 * examples, [](Operations<T>& operations, const Layer<T>& layer) {
    operations.backward(layer.view(layer.weights, layer.size), {},
                        layer.view(layer.delta, examples), layer.view(layer.input, examples),
                        Activation::linear, layer.view(layer.output, examples));
  });
}

template <class T>
void backward_update(benchmark::State& state) {
  measure<T>(state, 1, 2.0, 4.0 * examples, [](Operations<T>& operations, const Layer<T>& layer) {
    operations.backward_update(layer.view(layer.weights, layer.size),
                               layer.view(layer.delta, examples), layer.view(layer.input, examples),
                               Activation::linear, T(-1e-9), layer.view(layer.output, examples));
  });
}

template <class T>
void update(benchmark::State& state) {
  const Index rank = state.range(1);
  measure<T>(state, rank, 2.0, 2.0 * static_cast<double>(rank),
             [](Operations<T>& operations, const Layer<T>& layer) {
               operations.update(layer.view(layer.weights, layer.size),
                                 {layer.view(layer.left, layer.ranks),
                                  layer.view(layer.right, layer.ranks),
                                  T(-1e-9),
                                  {}});
             });
}

/// Elements a second; there is no floor to compare with.
template <class T>
void fill_normal(benchmark::State& state) {
  const auto backend = make_cpu_backend(1);
  const Layer<T> layer(*backend, state.range(0), 1);
  Operations<T>& operations = backend->operations(T(0));
  time_of(state, [&] {
    operations.fill_normal(layer.view(layer.weights, layer.size)[0], {1, 0, 1, 0}, T(0.01));
  });
  state.SetItemsProcessed(state.iterations() * layer.size * layer.size);
}

/// tanh of examples x width sums: forward with an input of no columns, and a bias.
template <class T>
void tanh(benchmark::State& state) {
  const auto backend = make_cpu_backend(1);
  const Layer<T> layer(*backend, state.range(0), 1);
  Operations<T>& operations = backend->operations(T(0));
  BatchView<T> weights = layer.view(layer.weights, layer.size);
  BatchView<T> input = layer.view(layer.input, examples);
  weights.columns = 0;
  input.columns = 0;
  time_of(state, [&] {
    operations.forward(weights, {}, input, layer.view(layer.right, 1), Activation::tanh,
                       layer.view(layer.output, examples));
  });
  state.SetItemsProcessed(state.iterations() * layer.size * examples);
}

void widths(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("N")->Arg(100)->Arg(1000)->Arg(4000);
}
void widths_and_ranks(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"N", "rank"})->ArgsProduct({{100, 1000, 4000}, {8, 64, 256}});
}

BENCHMARK_TEMPLATE(forward, float)->Apply(widths);
BENCHMARK_TEMPLATE(forward, double)->Apply(widths);
BENCHMARK_TEMPLATE(backward, float)->Apply(widths);
BENCHMARK_TEMPLATE(backward, double)->Apply(widths);
BENCHMARK_TEMPLATE(backward_update, float)->Apply(widths);
BENCHMARK_TEMPLATE(backward_update, double)->Apply(widths);
BENCHMARK_TEMPLATE(update, float)->Apply(widths_and_ranks);
BENCHMARK_TEMPLATE(update, double)->Apply(widths_and_ranks);
BENCHMARK_TEMPLATE(fill_normal, float)->Apply(widths);
BENCHMARK_TEMPLATE(fill_normal, double)->Apply(widths);
BENCHMARK_TEMPLATE(tanh, float)->Apply(widths);
BENCHMARK_TEMPLATE(tanh, double)->Apply(widths);

void print_limits() {
  const auto backend = make_cpu_backend(1);
  const BackendInfo info = backend->info();
  const MachineLimits& limits = machine_limits();
  std::printf("%s, %s, %s\n", info.device.c_str(), info.simd_target.c_str(),
              info.libraries.c_str());
  std::printf(
      "read bandwidth %.1f GB/s (40 MB), %.1f GB/s (400 MB); multiply-add peak %.0f GFLOP/s "
      "(float), %.0f (double)\n",
      limits.small_bandwidth * 1e-9, limits.large_bandwidth * 1e-9, limits.float32_flops * 1e-9,
      limits.float64_flops * 1e-9);
}

}  // namespace
}  // namespace polypath

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
    return 1;
  }
  polypath::print_limits();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
