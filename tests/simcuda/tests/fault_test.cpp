// Calls that fail on demand, a lost device, and the clean-up after them.
#include "kernels.cuh"
#include "support.hpp"

#include <cublas_v2.h>

namespace {

class FaultTest : public simcuda_test::DeviceTest {};

TEST_F(FaultTest, SecondCallOfOneApiFailsOnce) {
  simcuda::inject_fault({"cudaMalloc", 2});
  void* address = nullptr;
  SIMCUDA_EXPECT_OK(cudaMalloc(&address, 4));
  EXPECT_EQ(cudaMalloc(&address, 4), cudaErrorMemoryAllocation);
  EXPECT_EQ(cudaPeekAtLastError(), cudaErrorMemoryAllocation);
  EXPECT_EQ(cudaGetLastError(), cudaErrorMemoryAllocation);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  SIMCUDA_EXPECT_OK(cudaMalloc(&address, 4));
}

TEST_F(FaultTest, StickyFaultStays) {
  simcuda::inject_fault({"*", 1, cudaErrorIllegalAddress, simcuda::FaultKind::sticky});
  EXPECT_EQ(cudaDeviceSynchronize(), cudaErrorIllegalAddress);
  EXPECT_EQ(cudaStreamSynchronize(stream_), cudaErrorIllegalAddress);
  void* address = nullptr;
  EXPECT_EQ(cudaMalloc(&address, 4), cudaErrorIllegalAddress);
}

TEST_F(FaultTest, AsynchronousFaultShowsLater) {
  float* y = upload(std::vector<float>{1.0f});
  simcuda::inject_fault(
      {"cudaLaunchKernelExC", 1, cudaErrorLaunchFailure, simcuda::FaultKind::asynchronous});
  SIMCUDA_EXPECT_OK(test_kernels::launch_axpy(stream_, y, y, 1.0f, 1));
  EXPECT_EQ(cudaStreamSynchronize(stream_), cudaErrorLaunchFailure);
}

TEST_F(FaultTest, DeadDeviceTakesObjectsBackAndFreesNothing) {
  float* x = allocate<float>(4);
  void* pinned = nullptr;
  SIMCUDA_ASSERT_OK(cudaMallocHost(&pinned, 64));
  simcuda::lose_device();
  EXPECT_EQ(cudaFree(x), cudaErrorLaunchFailure);
  EXPECT_EQ(cudaFreeHost(pinned), cudaErrorLaunchFailure);
  EXPECT_EQ(cudaStreamDestroy(stream_), cudaErrorLaunchFailure);
  EXPECT_EQ(simcuda::live_objects().total(), 0u) << "the program has done what it can";
  EXPECT_EQ(simcuda::counters().stranded_bytes, 16u);
  EXPECT_EQ(simcuda::counters().live_bytes, 16u);
  EXPECT_EQ(simcuda::counters().frees, 0u);
  SIMCUDA_EXPECT_VIOLATION(cudaFree(x), "freed");
}

TEST_F(FaultTest, DeadDeviceRunsNothingOfWhatWasQueued) {
  SIMCUDA_ASSERT_OK(cudaMemsetAsync(allocate<float>(4), 0, 16, stream_));
  cudaEvent_t event = new_event();
  SIMCUDA_ASSERT_OK(cudaEventRecord(event, stream_));
  simcuda::lose_device();
  EXPECT_EQ(cudaStreamSynchronize(stream_), cudaErrorLaunchFailure);
  EXPECT_EQ(cudaEventSynchronize(event), cudaErrorLaunchFailure);
  EXPECT_EQ(cudaEventDestroy(event), cudaErrorLaunchFailure);
  EXPECT_EQ(cudaStreamDestroy(stream_), cudaErrorLaunchFailure);
  EXPECT_EQ(simcuda::counters().memset_bytes, 0u);
}

TEST_F(FaultTest, LibrariesReportFaultsAsTheirOwnStatus) {
  simcuda::inject_fault({"cublasCreate", 1});
  cublasHandle_t handle = nullptr;
  EXPECT_EQ(cublasCreate(&handle), CUBLAS_STATUS_ALLOC_FAILED);
  SIMCUDA_ASSERT_OK(cublasCreate(&handle));
  simcuda::lose_device();
  EXPECT_EQ(cublasSetStream(handle, stream_), CUBLAS_STATUS_EXECUTION_FAILED);
}

// The sweep that a backend's tests do: whichever call fails, an error comes out and nothing leaks.
TEST_F(FaultTest, EveryCallOfAProgramCanFail) {
  const auto program = []() -> cudaError_t {
    cudaStream_t stream = nullptr;
    void* address = nullptr;
    cudaError_t error = cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking);
    if (error == cudaSuccess) {
      error = cudaMalloc(&address, 64);
    }
    if (error == cudaSuccess) {
      error = cudaMemsetAsync(address, 0, 64, stream);
    }
    if (error == cudaSuccess) {
      error = cudaStreamSynchronize(stream);
    }
    const cudaError_t freed = address != nullptr ? cudaFree(address) : cudaSuccess;
    const cudaError_t gone = stream != nullptr ? cudaStreamDestroy(stream) : cudaSuccess;
    return error != cudaSuccess ? error : freed != cudaSuccess ? freed : gone;
  };
  for (std::uint64_t nth = 1; nth <= 7; ++nth) {
    simcuda::reset();
    simcuda::inject_fault({"*", nth, cudaErrorUnknown});
    EXPECT_EQ(program(), nth <= 6 ? cudaErrorUnknown : cudaSuccess) << "call " << nth;
    EXPECT_EQ(simcuda::live_objects().total(), 0u) << "call " << nth;
  }
}

TEST_F(FaultTest, NoDevice) {
  simcuda::Config config;
  config.device_count = 0;
  simcuda::reset(config);
  int count = -1;
  EXPECT_EQ(cudaGetDeviceCount(&count), cudaErrorNoDevice);
  EXPECT_EQ(count, 0);
  EXPECT_EQ(cudaSetDevice(0), cudaErrorInvalidDevice);
}

TEST_F(FaultTest, DeviceIsDescribed) {
  cudaDeviceProp properties{};
  SIMCUDA_ASSERT_OK(cudaGetDeviceProperties(&properties, 0));
  EXPECT_STREQ(properties.name, "simulated device (simcuda, no GPU)");
  EXPECT_EQ(properties.totalGlobalMem, std::size_t{4} << 30);
  int threads = 0;
  SIMCUDA_ASSERT_OK(cudaDeviceGetAttribute(&threads, cudaDevAttrMaxThreadsPerBlock, 0));
  EXPECT_EQ(threads, 1024);
  int version = 0;
  SIMCUDA_ASSERT_OK(cudaRuntimeGetVersion(&version));
  EXPECT_EQ(version, CUDART_VERSION);
  EXPECT_STREQ(cudaGetErrorName(cudaErrorMemoryAllocation), "cudaErrorMemoryAllocation");
  EXPECT_STREQ(cudaGetErrorString(cudaErrorMemoryAllocation), "out of memory");
}

}  // namespace
