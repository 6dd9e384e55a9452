// Projected networks whose wide weights are made and multiplied on the device.
#include "polypath/core/error.hpp"

#include "unit/cuda/wide_products.hpp"

namespace polypath::testing {
namespace {

double relative_difference(const Matrix<double>& a, const Matrix<double>& b) {
  double difference = 0.0;
  double size = 0.0;
  for (std::size_t i = 0; i < a.elements().size(); ++i) {
    const double error = a.elements()[i] - b.elements()[i];
    difference += error * error;
    size += b.elements()[i] * b.elements()[i];
  }
  return a.elements().size() == b.elements().size() ? std::sqrt(difference / size) : INFINITY;
}

TEST(WideMatrixOnTheDevice, AgreesWithTheHostTo1e12) {
  const auto backend = cuda_backend();
  for (const Index slices : {1, 3, 29}) {
    const WideProducts wide(*backend, slices);
    for (const Index directions : {1, 70}) {
      const auto right = reduction::small_normals(directions, WideProducts::columns, {2, 0, 1, 1});
      const auto left = reduction::small_normals(directions, WideProducts::rows, {3, 0, 1, 1});
      EXPECT_LT(relative_difference(wide.on_device().times(right), wide.on_host().times(right)),
                1e-12);
      EXPECT_LT(relative_difference(wide.on_device().transposed_times(left),
                                    wide.on_host().transposed_times(left)),
                1e-12);
    }
  }
}

TEST(ReductionOnTheDevice, FollowsTheWideNetworkWithinTheTolerance) {
  const Task task;
  const ReductionProblem problem = equal_widths({3, 4}, 200, 300).problem(task, 4);
  const auto backend = cuda_backend();
  ReductionSettings settings = tolerance_of(1e-3, WideWeights::automatic);
  settings.weight_memory = Index{1} << 30U;  // would be stored without a device
  settings.backend = backend.get();
  const ReducedNetwork found = reduce(problem, settings);
  EXPECT_LT(largest_k(found), 120);  // of 200
  EXPECT_LT(trajectory_error(train_narrow(problem, found), train_full(problem), task.modes), 1e-3);
}

TEST(ReductionOnTheDevice, StopEndsTheSearch) {
  const auto backend = cuda_backend();
  ThreadPool pool(1);
  std::stop_source source;
  const WideMatrix wide(
      80, 80, {7, 1, 2, 0},
      {WideMatrix::Keep::regenerated, pool, source.get_token(), backend->normal_products()});
  const auto directions = reduction::small_normals(3, 80, {2, 0, 1, 1});
  EXPECT_EQ(wide.times(directions).rows(), 3);
  source.request_stop();
  EXPECT_THROW(static_cast<void>(wide.times(directions)), Interrupted);
  EXPECT_THROW(static_cast<void>(wide.transposed_times(directions)), Interrupted);
}

}  // namespace
}  // namespace polypath::testing
