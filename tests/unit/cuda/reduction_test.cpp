// Projected networks whose wide weights are made and multiplied on the device.
#include "polypath/core/error.hpp"

#include "src/init/reduction/wide_matrix.hpp"
#include "unit/init/reduction_cases.hpp"

#include <gtest/gtest.h>
#include <simcuda/simcuda.hpp>

namespace polypath::testing {
namespace {

using reduction::WideMatrix;

std::unique_ptr<Backend> cuda_backend() {
  simcuda::reset();
  return make_backend({BackendKind::cuda, 1});
}

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

/// A matrix multiplied by the pool and by the device in `slices` slices.
class WideProducts {
 public:
  WideProducts(Backend& backend, Index slices)
      : on_host_(rows, columns, stream, {WideMatrix::Keep::stored, pool_}),
        on_device_(rows, columns, stream,
                   {WideMatrix::Keep::regenerated,
                    pool_,
                    {},
                    backend.normal_products(),
                    rows * columns / slices}) {}

  static constexpr Index rows = 290;
  static constexpr Index columns = 170;
  static constexpr NormalStream stream{7, 1, 2, 0};

  [[nodiscard]] const WideMatrix& on_host() const { return on_host_; }
  [[nodiscard]] const WideMatrix& on_device() const { return on_device_; }

 private:
  ThreadPool pool_{1};
  WideMatrix on_host_;
  WideMatrix on_device_;
};

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

TEST(WideMatrixOnTheDevice, LaunchesOneKernelForEach64DirectionsAndAllocatesOnce) {
  const auto backend = cuda_backend();
  const WideProducts wide(*backend, 1);
  const auto directions = reduction::small_normals(100, WideProducts::columns, {2, 0, 1, 1});
  static_cast<void>(wide.on_device().times(directions));
  simcuda::reset_counters();
  static_cast<void>(wide.on_device().times(directions));
  static_cast<void>(wide.on_device().times(directions));
  const auto& counters = simcuda::counters();
  EXPECT_EQ(counters.allocations, 0U);
  EXPECT_EQ(counters.library_calls, 0U);
  // Two lots of directions, each made and multiplied, and its parts summed up.
  EXPECT_EQ(counters.kernel_launches, 2U * 2U * 2U);
  // Directions go there and results come back; weights do neither.
  EXPECT_EQ(counters.host_to_device_bytes, 2U * 100U * 8U * WideProducts::columns);
  EXPECT_EQ(counters.device_to_host_bytes, 2U * 100U * 8U * WideProducts::rows);
}

TEST(ReductionOnTheDevice, FollowsTheWideNetworkWithinTheTolerance) {
  const Task task;
  const ReductionProblem problem = equal_widths({3, 4}, 200, 300).problem(task, 4);
  const auto backend = cuda_backend();
  ReductionSettings settings = tolerance_of(1e-3, WideWeights::automatic);
  settings.weight_memory = Index{1} << 30U;  // would be stored without a device
  settings.backend = backend.get();
  simcuda::reset_counters();
  const ReducedNetwork found = reduce(problem, settings);
  const auto& launches = simcuda::counters().launches_by_kernel;
  EXPECT_TRUE(std::any_of(launches.begin(), launches.end(), [](const auto& kernel) {
    return kernel.first.find("normal_product") != std::string::npos;
  }));
  EXPECT_LT(largest_k(found), 120);  // of 200
  EXPECT_LT(trajectory_error(train_narrow(problem, found), train_full(problem), task.modes), 1e-3);
}

TEST(ReductionOnTheDevice, StoredWeightsStayOnTheHost) {
  const Task task;
  const ReductionProblem problem = equal_widths({3}, 60, 100).problem(task, 4);
  const auto backend = cuda_backend();
  ReductionSettings settings = tolerance_of(1e-2, WideWeights::stored);
  settings.backend = backend.get();
  simcuda::reset_counters();
  static_cast<void>(reduce(problem, settings));
  EXPECT_EQ(simcuda::counters().kernel_launches, 0U);
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

TEST(ReductionOnTheDevice, OfTooLittleMemoryIsReported) {
  simcuda::reset();
  const auto backend = make_backend({BackendKind::cuda, 1});
  ThreadPool pool(1);
  simcuda::inject_fault({"cudaMalloc", 1, cudaErrorMemoryAllocation, simcuda::FaultKind::once});
  const WideMatrix wide(20000, 8, {7, 1, 2, 0},
                        {WideMatrix::Keep::regenerated, pool, {}, backend->normal_products()});
  const auto directions = reduction::small_normals(1, 8, {2, 0, 1, 1});
  EXPECT_THROW(static_cast<void>(wide.times(directions)), OutOfMemory);
}

}  // namespace
}  // namespace polypath::testing
