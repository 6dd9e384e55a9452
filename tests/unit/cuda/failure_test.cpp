// Every way a call can fail leaves a clear error and nothing behind.
#include "unit/cuda/device_fixture.hpp"

#include <cstdlib>
#include <string>

#include <gmock/gmock.h>
#include <simcuda/simcuda.hpp>

namespace polypath::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// Set-up, weights, four records with a captured block, and the end.
void train_briefly() {
  DeviceTraining training(device_config(Activation::tanh), 2, 2);
  History history(2);
  training.run({0, 4, 8, 12}, history);
  const auto weights = std::get<MemberWeights<float>>(training.trainer().weights(1));
  const auto last = download_matrix<float>(training.backend(), weights.pathways[0][1].weights);
  EXPECT_EQ(last.rows(), 48);
}

/// The message of what it threw, empty when nothing.
std::string failure_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

Index calls_of_a_brief_training() {
  simcuda::reset();
  train_briefly();
  return static_cast<Index>(simcuda::counters().api_calls);
}

/// Whether the n-th call failing with `error` surfaced as an exception.
bool survives(Index n, cudaError_t error, simcuda::FaultKind kind) {
  simcuda::reset();
  simcuda::inject_fault({"*", static_cast<std::uint64_t>(n), error, kind});
  const std::string message = failure_of(train_briefly);
  EXPECT_EQ(simcuda::live_objects().total(), 0U) << "call " << n;
  if (!message.empty()) {
    EXPECT_THAT(message, HasSubstr("the GPU ")) << "call " << n;
    EXPECT_THAT(message, HasSubstr(" (call ")) << "call " << n;
  }
  return message.empty();
}

/// Fails every `step`-th call; only calls that give something back may fail unseen.
void sweep(Index step) {
  const Index calls = calls_of_a_brief_training();
  ASSERT_GT(calls, 100);
  Index unseen = 0;
  Index tried = 0;
  for (Index n = 1; n <= calls; n += step, ++tried) {
    unseen += survives(n, cudaErrorMemoryAllocation, simcuda::FaultKind::once) ? 1 : 0;
    if (n % 3 == 0) {
      survives(n, cudaErrorLaunchFailure, simcuda::FaultKind::asynchronous);
      survives(n, cudaErrorLaunchFailure, simcuda::FaultKind::sticky);
    }
  }
  EXPECT_LT(unseen, tried / 2);
  EXPECT_GT(tried, 0);
}

TEST(Failure, OfAnyCallIsReportedAndNothingIsLeft) { sweep(7); }

TEST(Failure, NightlyOfEveryCallIsReportedAndNothingIsLeft) {
  if (std::getenv("POLYPATH_NIGHTLY") == nullptr) {
    GTEST_SKIP() << "takes minutes; POLYPATH_NIGHTLY=1 runs it";
  }
  sweep(1);
}

TEST(Failure, OfASuccessfulRunLeavesNothing) {
  calls_of_a_brief_training();
  EXPECT_EQ(simcuda::live_objects().total(), 0U);
}

TEST(Failure, TooLittleMemoryForOneMemberSaysHowMuchAndWhatToDo) {
  simcuda::Config device;
  device.device_bytes = std::size_t{300} << 20;
  simcuda::reset(device);
  Config config = device_config(Activation::linear);
  config.network = equal_pathways(1, 3, 9000);  // 325 MB of weights
  try {
    const DeviceTraining training(config, 1, 1);
    FAIL() << "300 MiB held 325 MB";
  } catch (const OutOfMemory& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("MiB are free"), HasSubstr("projected"),
                                    HasSubstr("network.width"), HasSubstr("--backend cpu")));
  }
  EXPECT_EQ(simcuda::live_objects().total(), 0U);
}

TEST(Failure, ToLockHostMemorySaysSo) {
  simcuda::reset();
  simcuda::inject_fault({"cudaMallocHost", 1, cudaErrorMemoryAllocation, simcuda::FaultKind::once});
  EXPECT_THAT(failure_of(train_briefly),
              AllOf(HasSubstr("cannot lock"), HasSubstr("ulimit -l"), HasSubstr("--backend cpu")));
  EXPECT_EQ(simcuda::live_objects().total(), 0U);
}

TEST(Failure, OfTheDeviceMidRunEndsTheCellWithAnErrorThatTellsToResume) {
  simcuda::reset();
  {
    DeviceTraining training(device_config(Activation::relu), 2, 1);
    Index last = -1;
    Watcher watcher([&last](Index epoch) {
      last = epoch;
      if (epoch >= 30) {
        simcuda::lose_device();
      }
    });
    const std::string message =
        failure_of([&] { training.run(recorded_epochs(1000, 10), watcher); });
    EXPECT_THAT(message, AllOf(HasSubstr("the GPU stopped working"), HasSubstr("resumes"),
                               HasSubstr("finished cells are kept")));
    EXPECT_GE(last, 30);
    EXPECT_LT(last, 1000);
  }
  EXPECT_EQ(simcuda::live_objects().total(), 0U);
}

/// The message of the error with which the device's SVD of `a` ends.
std::string svd_failure(Backend& backend, const Matrix<double>& a) {
  return failure_of([&] { static_cast<void>(backend.thin_svd(a.view())); });
}

TEST(DeviceSvdThatFails, SaysWhyAndWorksTheNextTime) {
  Matrix<double> a(3, 2);
  a(1, 1) = 1.0;
  simcuda::reset();
  auto backend = make_backend({BackendKind::cuda, 1});
  for (const char* api : {"cudaMalloc", "cusolverDnCreate", "cusolverDnSetStream",
                          "cusolverDnDgesvd_bufferSize", "cusolverDnDgesvd"}) {
    const simcuda::LiveObjects before = simcuda::live_objects();
    simcuda::inject_fault({api, 1, cudaErrorMemoryAllocation, simcuda::FaultKind::once});
    EXPECT_THAT(svd_failure(*backend, a), HasSubstr(std::string("(call ") + api)) << api;
    EXPECT_EQ(simcuda::live_objects().total(), before.total()) << api;
    EXPECT_EQ(backend->thin_svd(a.view()).value().S[0], 1.0) << api;
  }
  backend.reset();
  simcuda::Config device;
  device.svd_diverges = true;
  simcuda::reset(device);
  EXPECT_THAT(svd_failure(*make_backend({BackendKind::cuda, 1}), a), HasSubstr("did not converge"));
}

}  // namespace
}  // namespace polypath::testing
