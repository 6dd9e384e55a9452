// The reduction of a linear network to a narrow one: the rate of the wide weights' generator and of
// their products, whole searches at several widths, and the full training they replace.

#include "polypath/init/reduction.hpp"

#include "polypath/init/initial_weights.hpp"
#include "polypath/train/trainer.hpp"

#include "src/init/reduction/wide_matrix.hpp"

#include <algorithm>
#include <cmath>

#include <benchmark/benchmark.h>

namespace polypath {
namespace {

struct PaperTask {
  Dataset data = hierarchy_dataset(4, 2);
  Modes modes = find_modes(data, CorrelationKind::sum);
};

/// Two pathways with sigma sqrt(N) = 0.316.
ReductionProblem paper_problem(const PaperTask& task, Index depth, Index width, Index epochs,
                               std::uint64_t seed) {
  NetworkConfig network;
  network.pathways.assign(2, {std::vector<Index>(static_cast<std::size_t>(depth - 1), width)});
  InitConfig init;
  init.sigma = std::sqrt(0.1 / static_cast<double>(width));
  init.seed = seed;
  TrainConfig train;
  train.epochs = epochs;
  return {network_shape(network, 8, 15), init, seed, train, task.data, task.modes};
}

TrainerSettings trainer_of(const ReductionProblem& problem, const NetworkShape& shape,
                           Precision precision) {
  TrainerSettings settings;
  settings.request = {shape, 8, 8, 1, precision, false, 1};
  settings.loss = problem.train.loss;
  settings.learning_rate = problem.train.learning_rate;
  return settings;
}

/// Arguments: width. Normals made and multiplied by 8 directions, per second.
void regenerated_product(benchmark::State& state) {
  const Index width = state.range(0);
  ThreadPool pool(1);
  const reduction::WideMatrix wide(width, width, {1, 0, 2, 0},
                                   {reduction::WideMatrix::Keep::regenerated, pool});
  const Matrix<double> directions = reduction::small_normals(8, width, {2, 0, 1, 1});
  for (auto _ : state) {
    benchmark::DoNotOptimize(wide.times(directions).data());
  }
  state.SetItemsProcessed(state.iterations() * width * width);
}
BENCHMARK(regenerated_product)->Arg(1000)->Arg(4000)->Unit(benchmark::kMillisecond);

/// Arguments: width. The generator alone (one core).
void generate_normals(benchmark::State& state) {
  const Index width = state.range(0);
  const auto backend = make_backend({BackendKind::cpu, 1});
  Buffer memory(*backend, 64 * width * Index{sizeof(float)});
  const MatrixView<float> target{reinterpret_cast<float*>(memory.data()), 64, width, width};
  for (auto _ : state) {
    backend->operations(0.0F).fill_normal(target, {1, 0, 2, 0}, 1.0F);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * 64 * width);
}
BENCHMARK(generate_normals)->Arg(1000)->Arg(4000);

/// Search and training of the narrow network, end to end.
void run_reduced(benchmark::State& state, Index depth, Index epochs, double tolerance,
                 WideWeights weights) {
  const PaperTask task;
  ReductionSettings settings;
  settings.tolerance = tolerance;
  settings.weights = weights;
  std::uint64_t seed = 1;
  for (auto _ : state) {
    const ReductionProblem problem = paper_problem(task, depth, state.range(0), epochs, seed++);
    const ReducedNetwork network = reduce(problem, settings);
    const auto backend = make_backend({BackendKind::cpu, 1});
    const auto trainer = make_trainer(
        *backend, trainer_of(problem, network.shape, Precision::float64), task.data, task.modes);
    write_reduced(network, *backend, trainer->weights(0));
    NoObserver silence;
    trainer->run({0, epochs}, silence, {});
    Index largest = 0;
    for (const auto& pathway : network.k) {
      largest = std::max(largest, *std::max_element(pathway.begin(), pathway.end()));
    }
    state.counters["k"] = static_cast<double>(largest);
    state.counters["passes"] = static_cast<double>(network.passes);
    state.counters["estimate"] = network.estimate;
  }
}
BENCHMARK_CAPTURE(run_reduced, projected_depth3, 3, 1000, 1e-4, WideWeights::stored)
    ->Arg(1000)
    ->Arg(10000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_reduced, regenerated_depth3, 3, 1000, 1e-4, WideWeights::regenerated)
    ->Arg(10000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_reduced, projected_depth7, 7, 5000, 1e-2, WideWeights::regenerated)
    ->Arg(10000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_reduced, sampled_depth3, 3, 1000, 1e-3, WideWeights::sampled)
    ->Arg(1000)
    ->Arg(1000000000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_reduced, sampled_depth7, 7, 5000, 1e-2, WideWeights::sampled)
    ->Arg(1000)
    ->Arg(10000)
    ->Unit(benchmark::kMillisecond);

/// What the narrow network replaces: epochs of the full float32 training, per second. Arguments:
/// width, depth.
void full_epochs(benchmark::State& state) {
  constexpr Index epochs = 20;
  const PaperTask task;
  const ReductionProblem problem = paper_problem(task, state.range(1), state.range(0), epochs, 1);
  const auto backend = make_backend({BackendKind::cpu, 1});
  const auto trainer = make_trainer(
      *backend, trainer_of(problem, problem.shape, Precision::float32), task.data, task.modes);
  gaussian_weights(problem.init, problem.shape)->write(0, *backend, trainer->weights(0));
  NoObserver silence;
  for (auto _ : state) {
    trainer->run({0, epochs}, silence, {});
  }
  state.SetItemsProcessed(state.iterations() * epochs);
}
BENCHMARK(full_epochs)
    ->Args({1000, 3})
    ->Args({10000, 3})
    ->Args({1000, 7})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace polypath

BENCHMARK_MAIN();
