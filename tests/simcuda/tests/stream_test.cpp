// Order between streams: what waits, what does not, and what a missing edge looks like.
#include "kernels.cuh"
#include "support.hpp"

#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace {

class StreamTest : public simcuda_test::DeviceTest {
 protected:
  // A producer on one stream, a consumer on another; `edge` orders them.
  float produce_and_consume(bool edge) {
    const cudaStream_t producer = new_stream();
    float* x = allocate<float>(100);
    void* pinned = nullptr;
    SIMCUDA_EXPECT_OK(cudaMallocHost(&pinned, sizeof(float)));
    SIMCUDA_EXPECT_OK(cudaMemsetAsync(x, 0, 400, producer));
    if (edge) {
      const cudaEvent_t done = new_event();
      SIMCUDA_EXPECT_OK(cudaEventRecord(done, producer));
      SIMCUDA_EXPECT_OK(cudaStreamWaitEvent(stream_, done, 0));
      SIMCUDA_EXPECT_OK(cudaEventDestroy(done));
    }
    SIMCUDA_EXPECT_OK(cudaMemcpyAsync(pinned, x, sizeof(float), cudaMemcpyDeviceToHost, stream_));
    SIMCUDA_EXPECT_OK(cudaStreamSynchronize(stream_));
    return *static_cast<float*>(pinned);
  }
};

TEST_F(StreamTest, EventOrdersStreams) { EXPECT_EQ(produce_and_consume(true), 0.0f); }

TEST_F(StreamTest, MissingEventEdgeShowsAsNan) {
  EXPECT_TRUE(std::isnan(produce_and_consume(false)));
}

TEST_F(StreamTest, DefaultStreamIsRefused) {
  float* x = allocate<float>(4);
  SIMCUDA_EXPECT_VIOLATION(cudaMemsetAsync(x, 0, 16, nullptr), "default stream");
}

TEST_F(StreamTest, DestroyedStreamIsRefused) {
  float* x = allocate<float>(4);
  SIMCUDA_ASSERT_OK(cudaStreamDestroy(stream_));
  SIMCUDA_EXPECT_VIOLATION(cudaMemsetAsync(x, 0, 16, stream_), "was destroyed");
}

TEST_F(StreamTest, PollingMakesProgress) {
  float* x = allocate<float>(4);
  const cudaEvent_t done = new_event();
  SIMCUDA_ASSERT_OK(cudaMemsetAsync(x, 0, 16, stream_));
  SIMCUDA_ASSERT_OK(cudaEventRecord(done, stream_));
  EXPECT_EQ(cudaEventQuery(done), cudaErrorNotReady);
  int polls = 0;
  while (cudaEventQuery(done) == cudaErrorNotReady) {
    ASSERT_LT(++polls, 10);
  }
  EXPECT_EQ(cudaStreamQuery(stream_), cudaSuccess);
  EXPECT_EQ(simcuda::counters().synchronisations, 0u);
}

TEST_F(StreamTest, PageableCopyTakesTheValuesOfTheCall) {
  std::vector<float> host = {1, 2};
  float* x = allocate<float>(2);
  SIMCUDA_ASSERT_OK(cudaMemcpyAsync(x, host.data(), 8, cudaMemcpyHostToDevice, stream_));
  host = {5, 6};
  EXPECT_EQ(download(x, 2), (std::vector<float>{1, 2}));
  EXPECT_EQ(simcuda::counters().pageable_copies, 2u);
}

TEST_F(StreamTest, ElapsedTimeNeedsTimedEventsThatAreDone) {
  cudaEvent_t start = nullptr;
  cudaEvent_t stop = nullptr;
  SIMCUDA_ASSERT_OK(cudaEventCreate(&start));
  SIMCUDA_ASSERT_OK(cudaEventCreate(&stop));
  float* x = allocate<float>(4);
  float milliseconds = -1.0f;
  SIMCUDA_ASSERT_OK(cudaEventRecord(start, stream_));
  SIMCUDA_ASSERT_OK(cudaMemsetAsync(x, 0, 16, stream_));
  SIMCUDA_ASSERT_OK(cudaEventRecord(stop, stream_));
  EXPECT_EQ(cudaEventElapsedTime(&milliseconds, start, stop), cudaErrorNotReady);
  SIMCUDA_ASSERT_OK(cudaEventSynchronize(stop));
  SIMCUDA_ASSERT_OK(cudaEventElapsedTime(&milliseconds, start, stop));
  EXPECT_GE(milliseconds, 0.0f);
  EXPECT_EQ(cudaEventElapsedTime(&milliseconds, start, new_event()),
            cudaErrorInvalidResourceHandle);
}

TEST_F(StreamTest, HostFunctionRunsInOrderAndWithoutDeviceAccess) {
  void* pinned = nullptr;
  SIMCUDA_ASSERT_OK(cudaMallocHost(&pinned, sizeof(float)));
  const float* x = upload(std::vector<float>{42.0f});
  SIMCUDA_ASSERT_OK(cudaMemcpyAsync(pinned, x, 4, cudaMemcpyDeviceToHost, stream_));
  static float seen;
  seen = 0.0f;
  const auto look = [](void* p) { seen = *static_cast<float*>(p); };
  SIMCUDA_ASSERT_OK(cudaLaunchHostFunc(stream_, look, pinned));
  SIMCUDA_ASSERT_OK(cudaStreamSynchronize(stream_));
  EXPECT_EQ(seen, 42.0f);
  EXPECT_EQ(simcuda::counters().host_functions, 1u);
  const auto touch = [](void* p) {
    volatile float value = *static_cast<float*>(p);
    static_cast<void>(value);
  };
  SIMCUDA_EXPECT_VIOLATION(
      {
        cudaLaunchHostFunc(stream_, touch, const_cast<float*>(x));
        cudaStreamSynchronize(stream_);
      },
      "host code dereferenced");
}

TEST_F(StreamTest, HostFunctionMayNotCallCuda) {
  const auto call = [](void*) { cudaDeviceSynchronize(); };
  SIMCUDA_EXPECT_VIOLATION(
      {
        cudaLaunchHostFunc(stream_, call, nullptr);
        cudaStreamSynchronize(stream_);
      },
      "called from a host function");
}

// A program may wait for a host function without ever calling CUDA again.
TEST_F(StreamTest, HostFunctionWakesAnotherThread) {
  static std::atomic<bool> ran;
  ran = false;
  SIMCUDA_ASSERT_OK(cudaLaunchHostFunc(
      stream_, [](void*) { ran = true; }, nullptr));
  for (int i = 0; i < 500 && !ran; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_TRUE(ran);
}

TEST_F(StreamTest, DestroyedEventIsRefused) {
  const cudaEvent_t event = new_event();
  SIMCUDA_ASSERT_OK(cudaEventDestroy(event));
  SIMCUDA_EXPECT_VIOLATION(cudaEventRecord(event, stream_), "not an event, or was destroyed");
}

TEST_F(StreamTest, LiveObjectsAreCounted) {
  EXPECT_EQ(simcuda::live_objects().streams, 1u);
  const cudaEvent_t event = new_event();
  EXPECT_EQ(simcuda::live_objects().events, 1u);
  SIMCUDA_ASSERT_OK(cudaEventDestroy(event));
  SIMCUDA_ASSERT_OK(cudaStreamDestroy(stream_));
  EXPECT_EQ(simcuda::live_objects().total(), 0u);
}

}  // namespace
