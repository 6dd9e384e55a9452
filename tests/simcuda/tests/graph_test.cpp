// Stream capture: forks and joins, what it forbids, and replays.
#include "kernels.cuh"
#include "simcuda/builtins.hpp"
#include "support.hpp"

namespace {

using simcuda_test::ramp;

// Whatever the kernels are: they are loaded when the program starts.
simcuda::Config with_loaded_kernels() {
  simcuda::Config config;
  config.loading = simcuda::Loading::eager;
  return config;
}

class GraphTest : public simcuda_test::DeviceTest {
 protected:
  void SetUp() override { start(with_loaded_kernels()); }
  void begin(cudaStreamCaptureMode mode = cudaStreamCaptureModeGlobal) const {
    SIMCUDA_EXPECT_OK(cudaStreamBeginCapture(stream_, mode));
  }
  cudaGraph_t end() const {
    cudaGraph_t graph = nullptr;
    SIMCUDA_EXPECT_OK(cudaStreamEndCapture(stream_, &graph));
    return graph;
  }
  // From `from`, `to` waits for everything so far.
  static void edge(cudaStream_t from, cudaStream_t to) {
    const cudaEvent_t event = new_event();
    SIMCUDA_EXPECT_OK(cudaEventRecord(event, from));
    SIMCUDA_EXPECT_OK(cudaStreamWaitEvent(to, event, 0));
    SIMCUDA_EXPECT_OK(cudaEventDestroy(event));
  }
};

TEST_F(GraphTest, ForkAndJoinReplaysUnderEverySchedule) {
  std::vector<float> first;
  for (const auto order :
       {simcuda::Order::forward, simcuda::Order::reverse, simcuda::Order::random}) {
    simcuda::Config config = with_loaded_kernels();
    config.order = order;
    start(config);
    const cudaStream_t side = new_stream();
    float* a = upload(ramp(500));
    float* b = upload(ramp(500));
    const float* x = upload(std::vector<float>(500, 0.125f));
    begin();
    edge(stream_, side);
    SIMCUDA_ASSERT_OK(test_kernels::launch_axpy(stream_, a, x, 2.0f, 500));
    SIMCUDA_ASSERT_OK(test_kernels::launch_axpy(side, b, x, 4.0f, 500));
    edge(side, stream_);
    SIMCUDA_ASSERT_OK(test_kernels::launch_axpy(stream_, a, b, 0.5f, 500));
    const cudaGraph_t graph = end();
    cudaGraphExec_t executable = nullptr;
    SIMCUDA_ASSERT_OK(cudaGraphInstantiate(&executable, graph, 0));
    SIMCUDA_ASSERT_OK(cudaGraphDestroy(graph));
    EXPECT_EQ(simcuda::counters().kernel_launches, 0u);
    for (int i = 0; i < 10; ++i) {
      SIMCUDA_ASSERT_OK(cudaGraphLaunch(executable, stream_));
    }
    SIMCUDA_ASSERT_OK(cudaGraphExecDestroy(executable));
    const auto result = download(a, 500);
    EXPECT_EQ(simcuda::counters().kernel_launches, 30u);
    EXPECT_EQ(simcuda::counters().graph_launches, 10u);
    EXPECT_EQ(simcuda::counters().nodes_by_name, simcuda::counters().launches_by_kernel);
    if (first.empty()) {
      first = result;
      EXPECT_EQ(result[50], ramp(500)[50] * 6.0f + 10 * 0.25f + 0.5f * 0.5f * 55);
    }
    EXPECT_EQ(0, std::memcmp(first.data(), result.data(), 500 * sizeof(float)));
  }
}

TEST_F(GraphTest, AllocationInACaptureIsRefused) {
  begin();
  void* address = nullptr;
  EXPECT_EQ(cudaMalloc(&address, 4), cudaErrorStreamCaptureUnsupported);
  cudaGraph_t graph = nullptr;
  EXPECT_EQ(cudaStreamEndCapture(stream_, &graph), cudaErrorStreamCaptureInvalidated);
  EXPECT_EQ(graph, nullptr);
  SIMCUDA_EXPECT_OK(cudaMalloc(&address, 4));
}

TEST_F(GraphTest, WaitingInACaptureIsRefused) {
  begin(cudaStreamCaptureModeRelaxed);
  EXPECT_EQ(cudaStreamSynchronize(stream_), cudaErrorStreamCaptureUnsupported);
  cudaGraph_t graph = nullptr;
  EXPECT_EQ(cudaStreamEndCapture(stream_, &graph), cudaErrorStreamCaptureInvalidated);
}

TEST_F(GraphTest, RelaxedCaptureAllowsAllocation) {
  begin(cudaStreamCaptureModeRelaxed);
  void* address = nullptr;
  SIMCUDA_EXPECT_OK(cudaMalloc(&address, 4));
  SIMCUDA_EXPECT_OK(cudaGraphDestroy(end()));
}

TEST_F(GraphTest, UnjoinedForkIsRefused) {
  const cudaStream_t side = new_stream();
  float* a = upload(ramp(10));
  begin();
  edge(stream_, side);
  SIMCUDA_ASSERT_OK(cudaMemsetAsync(a, 0, 40, side));
  cudaGraph_t graph = nullptr;
  EXPECT_EQ(cudaStreamEndCapture(stream_, &graph), cudaErrorStreamCaptureUnjoined);
}

TEST_F(GraphTest, CaptureMayNotWaitForWorkOutside) {
  const cudaStream_t side = new_stream();
  const cudaEvent_t event = new_event();
  SIMCUDA_ASSERT_OK(cudaEventRecord(event, side));
  begin();
  EXPECT_EQ(cudaStreamWaitEvent(stream_, event, 0), cudaErrorStreamCaptureIsolation);
}

TEST_F(GraphTest, CapturedEventCannotBeWaitedFor) {
  const cudaEvent_t event = new_event();
  begin();
  SIMCUDA_ASSERT_OK(cudaEventRecord(event, stream_));
  SIMCUDA_ASSERT_OK(cudaGraphDestroy(end()));
  EXPECT_EQ(cudaEventSynchronize(event), cudaErrorCapturedEvent);
}

TEST_F(GraphTest, GraphKeepsItsArgumentsAndSeesLaterMemory) {
  float* a = upload(std::vector<float>{1.0f});
  const float* x = upload(std::vector<float>{1.0f});
  begin();
  float factor = 2.0f;
  SIMCUDA_ASSERT_OK(test_kernels::launch_axpy(stream_, a, x, factor, 1));
  factor = 100.0f;
  const cudaGraph_t graph = end();
  cudaGraphExec_t executable = nullptr;
  SIMCUDA_ASSERT_OK(cudaGraphInstantiate(&executable, graph, 0));
  SIMCUDA_ASSERT_OK(cudaMemsetAsync(a, 0, 4, stream_));
  SIMCUDA_ASSERT_OK(cudaGraphLaunch(executable, stream_));
  EXPECT_EQ(download(a, 1)[0], 2.0f);
  SIMCUDA_EXPECT_VIOLATION(
      {
        cudaFree(a);
        cudaGraphLaunch(executable, stream_);
        cudaStreamSynchronize(stream_);
      },
      "freed");
}

TEST_F(GraphTest, PageableCopyInACaptureIsAViolation) {
  std::vector<float> host(4);
  float* x = allocate<float>(4);
  begin();
  SIMCUDA_EXPECT_VIOLATION(cudaMemcpyAsync(x, host.data(), 16, cudaMemcpyHostToDevice, stream_),
                           "pageable");
}

TEST_F(GraphTest, FirstUseOfAKernelInACaptureIsRefused) {
  start({});  // lazy, as CUDA is
  float* a = upload(ramp(10));
  const float* x = upload(ramp(10));
  cudaGraph_t graph = nullptr;
  begin(cudaStreamCaptureModeThreadLocal);
  EXPECT_EQ(test_kernels::launch_axpy(stream_, a, x, 1.0f, 10), cudaErrorStreamCaptureUnsupported);
  EXPECT_EQ(cudaStreamEndCapture(stream_, &graph), cudaErrorStreamCaptureInvalidated);
  SIMCUDA_ASSERT_OK(test_kernels::launch_axpy(stream_, a, x, 1.0f, 10));
  begin(cudaStreamCaptureModeThreadLocal);
  SIMCUDA_ASSERT_OK(test_kernels::launch_axpy(stream_, a, x, 1.0f, 10));
  SIMCUDA_EXPECT_OK(cudaGraphDestroy(end()));
}

TEST_F(GraphTest, AnErrorThatNobodyTookIsToldByThrust) {
  begin();
  void* address = nullptr;
  EXPECT_EQ(cudaMalloc(&address, 4), cudaErrorStreamCaptureUnsupported);
  cudaGraph_t graph = nullptr;
  EXPECT_EQ(cudaStreamEndCapture(stream_, &graph), cudaErrorStreamCaptureInvalidated);
  const auto nothing = [](void*) {};
  EXPECT_EQ(simcuda::enqueue_device_task(stream_, nothing, nothing, nullptr),
            cudaErrorStreamCaptureInvalidated);
  EXPECT_EQ(simcuda::enqueue_device_task(stream_, nothing, nothing, nullptr), cudaSuccess);
}

}  // namespace
