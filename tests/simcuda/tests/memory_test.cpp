// Device memory that is touched where or when it must not be.
#include "bad_kernels.cuh"
#include "support.hpp"

#include <cmath>

namespace {

class MemoryTest : public simcuda_test::DeviceTest {};

TEST_F(MemoryTest, StartsAsNan) {
  const float* x = allocate<float>(100);
  for (const float value : download(x, 100)) {
    EXPECT_TRUE(std::isnan(value));
  }
}

TEST_F(MemoryTest, HostMayNotDereference) {
  const float* x = allocate<float>(100);
  SIMCUDA_EXPECT_VIOLATION(
      {
        volatile float value = x[3];
        static_cast<void>(value);
      },
      "host code dereferenced device memory .*allocation #1 of 400 bytes");
}

TEST_F(MemoryTest, WriteOneElementPastTheEnd) {
  float* x = allocate<float>(100);
  SIMCUDA_EXPECT_VIOLATION(
      {
        bad_kernels::launch_one_too_many(stream_, x, 100);
        cudaStreamSynchronize(stream_);
      },
      "allocation #1 of 400 bytes");
}

TEST_F(MemoryTest, WriteOneElementBefore) {
  float* x = allocate<float>(64);
  SIMCUDA_EXPECT_VIOLATION(
      {
        bad_kernels::launch_one_before(stream_, x);
        cudaStreamSynchronize(stream_);
      },
      "allocation #1 of 256 bytes");
}

TEST_F(MemoryTest, ReadPastTheGranule) {
  const float* x = allocate<float>(64);
  float* out = allocate<float>(1);
  SIMCUDA_EXPECT_VIOLATION(
      {
        bad_kernels::launch_read_at(stream_, x, out, 64);
        cudaStreamSynchronize(stream_);
      },
      "allocation #1 of 256 bytes");
}

TEST_F(MemoryTest, KernelUsesFreedMemory) {
  float* x = allocate<float>(64);
  float* out = allocate<float>(1);
  SIMCUDA_EXPECT_VIOLATION(
      {
        cudaFree(x);
        bad_kernels::launch_read_at(stream_, x, out, 3);
        cudaStreamSynchronize(stream_);
      },
      "allocation #1 .*freed|it was freed");
}

TEST_F(MemoryTest, CopyFromFreedMemory) {
  float* x = allocate<float>(64);
  SIMCUDA_EXPECT_OK(cudaFree(x));
  SIMCUDA_EXPECT_VIOLATION(static_cast<void>(download(x, 1)), "it was freed");
}

TEST_F(MemoryTest, CopyLongerThanTheAllocation) {
  const float* x = allocate<float>(64);
  SIMCUDA_EXPECT_VIOLATION(static_cast<void>(download(x, 65)),
                           "leaves allocation #1 of 256 bytes by 4 bytes");
}

TEST_F(MemoryTest, CopyKindContradictsPointers) {
  std::vector<float> host(4);
  float* x = allocate<float>(4);
  SIMCUDA_EXPECT_VIOLATION(cudaMemcpyAsync(host.data(), x, 16, cudaMemcpyHostToDevice, stream_),
                           "contradicts");
}

TEST_F(MemoryTest, OutOfMemoryAndAccounting) {
  simcuda::Config config;
  config.device_bytes = 1000;
  start(config);
  void* first = nullptr;
  void* second = nullptr;
  SIMCUDA_ASSERT_OK(cudaMalloc(&first, 600));
  EXPECT_EQ(cudaMalloc(&second, 401), cudaErrorMemoryAllocation);
  EXPECT_EQ(second, nullptr);
  EXPECT_EQ(cudaGetLastError(), cudaErrorMemoryAllocation);
  std::size_t free = 0;
  std::size_t total = 0;
  SIMCUDA_ASSERT_OK(cudaMemGetInfo(&free, &total));
  EXPECT_EQ(free, 400u);
  EXPECT_EQ(total, 1000u);
  SIMCUDA_ASSERT_OK(cudaFree(first));
  SIMCUDA_ASSERT_OK(cudaMalloc(&second, 1000));
  EXPECT_EQ(simcuda::counters().peak_bytes, 1000u);
}

TEST_F(MemoryTest, StreamOrderedAllocation) {
  void* x = nullptr;
  SIMCUDA_ASSERT_OK(cudaMallocAsync(&x, 64, stream_));
  SIMCUDA_ASSERT_OK(cudaMemsetAsync(x, 0, 64, stream_));
  EXPECT_EQ(download(static_cast<float*>(x), 16)[5], 0.0f);
  SIMCUDA_ASSERT_OK(cudaFreeAsync(x, stream_));
  SIMCUDA_ASSERT_OK(cudaStreamSynchronize(stream_));
  EXPECT_EQ(simcuda::live_objects().device_allocations, 0u);
}

TEST_F(MemoryTest, StreamOrderedAllocationUsedByAnUnorderedStream) {
  const cudaStream_t other = new_stream();
  void* x = nullptr;
  SIMCUDA_ASSERT_OK(cudaMallocAsync(&x, 64, stream_));
  SIMCUDA_EXPECT_VIOLATION(
      {
        cudaMemsetAsync(x, 0, 64, other);
        cudaStreamSynchronize(other);
      },
      "before its cudaMallocAsync");
}

TEST_F(MemoryTest, StreamOrderedFreeThenUse) {
  void* x = nullptr;
  SIMCUDA_ASSERT_OK(cudaMallocAsync(&x, 64, stream_));
  SIMCUDA_ASSERT_OK(cudaFreeAsync(x, stream_));
  SIMCUDA_EXPECT_VIOLATION(cudaMemsetAsync(x, 0, 64, stream_), "after its cudaFreeAsync");
}

TEST_F(MemoryTest, PinnedMemoryIsCheckedAndCopiedLate) {
  void* pinned = nullptr;
  SIMCUDA_ASSERT_OK(cudaMallocHost(&pinned, 16));
  float* values = static_cast<float*>(pinned);
  EXPECT_TRUE(std::isnan(values[0]));
  float* x = upload(std::vector<float>{1, 2, 3, 4});
  SIMCUDA_ASSERT_OK(cudaMemcpyAsync(values, x, 16, cudaMemcpyDeviceToHost, stream_));
  EXPECT_TRUE(std::isnan(values[0])) << "nobody has waited yet";
  SIMCUDA_ASSERT_OK(cudaStreamSynchronize(stream_));
  EXPECT_EQ(values[3], 4.0f);
  SIMCUDA_EXPECT_VIOLATION(cudaMemcpyAsync(values, x, 20, cudaMemcpyDeviceToHost, stream_),
                           "leave a pinned allocation of 16 bytes|leaves allocation");
  SIMCUDA_ASSERT_OK(cudaFreeHost(pinned));
  SIMCUDA_EXPECT_VIOLATION(cudaFreeHost(pinned), "was not allocated");
}

TEST_F(MemoryTest, PitchedCopy) {
  const float* x = upload(std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8});
  std::vector<float> block(4);
  SIMCUDA_ASSERT_OK(
      cudaMemcpy2DAsync(block.data(), 8, x + 1, 16, 8, 2, cudaMemcpyDeviceToHost, stream_));
  EXPECT_EQ(block, (std::vector<float>{2, 3, 6, 7}));
  EXPECT_EQ(cudaMemcpy2DAsync(block.data(), 4, x, 16, 8, 2, cudaMemcpyDeviceToHost, stream_),
            cudaErrorInvalidPitchValue);
  SIMCUDA_EXPECT_VIOLATION(
      cudaMemcpy2DAsync(block.data(), 8, x + 3, 16, 8, 2, cudaMemcpyDeviceToHost, stream_),
      "leaves allocation");
}

TEST_F(MemoryTest, PagePermissionsGiveTheSameVerdicts) {
  simcuda::Config config;
  config.protection = simcuda::Protection::page_permissions;
  start(config);
  const float* x = upload(std::vector<float>{1, 2});
  EXPECT_EQ(download(x, 2)[1], 2.0f);
  SIMCUDA_EXPECT_VIOLATION(
      {
        volatile float value = *x;
        static_cast<void>(value);
      },
      "host code dereferenced device memory");
}

}  // namespace
