// What projected networks ask of the device, as the simulated one counted it, and without memory.
#include "polypath/core/error.hpp"

#include "unit/cuda/wide_products.hpp"

#include <algorithm>

#include <simcuda/simcuda.hpp>

namespace polypath::testing {
namespace {

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

TEST(ReductionOnTheDevice, IsMultipliedThereWhereItWouldBeStoredWithoutADevice) {
  const Task task;
  const ReductionProblem problem = equal_widths({3}, 60, 100).problem(task, 4);
  const auto backend = cuda_backend();
  ReductionSettings settings = tolerance_of(1e-2, WideWeights::automatic);
  settings.weight_memory = Index{1} << 30U;  // would be stored without a device
  settings.backend = backend.get();
  simcuda::reset_counters();
  static_cast<void>(reduce(problem, settings));
  const auto& launched = simcuda::counters().launches_by_kernel;
  EXPECT_TRUE(std::any_of(launched.begin(), launched.end(), [](const auto& kernel) {
    return kernel.first.find("normal_product") != std::string::npos;
  }));
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
