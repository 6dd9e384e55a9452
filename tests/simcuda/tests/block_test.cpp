// The rules inside a block: barriers, collectives, shared memory, launch limits.
#include "bad_kernels.cuh"
#include "kernels.cuh"
#include "support.hpp"

#include <cmath>

namespace {

class BlockTest : public simcuda_test::DeviceTest {
 protected:
  void SetUp() override {
    DeviceTest::SetUp();
    out_ = upload(std::vector<float>(128, 0.0f));
  }
  void wait() const { SIMCUDA_EXPECT_OK(cudaStreamSynchronize(stream_)); }

  float* out_ = nullptr;
};

TEST_F(BlockTest, DivergentBarrier) {
  SIMCUDA_EXPECT_VIOLATION(
      {
        bad_kernels::launch_divergent_barrier(stream_, out_);
        wait();
      },
      "divergent barrier.*bad_kernels::divergent_barrier");
}

TEST_F(BlockTest, BarrierAfterOthersHaveLeft) {
  simcuda::Config config;
  config.order = simcuda::Order::reverse;
  start(config);
  out_ = allocate<float>(128);
  SIMCUDA_EXPECT_VIOLATION(
      {
        bad_kernels::launch_exit_before_barrier(stream_, out_);
        wait();
      },
      "__syncthreads after 32 threads of the block have exited");
}

TEST_F(BlockTest, ExitBeforeBarrier) {
  SIMCUDA_EXPECT_VIOLATION(
      {
        bad_kernels::launch_exit_before_barrier(stream_, out_);
        wait();
      },
      "exits while .* wait in __syncthreads");
}

TEST_F(BlockTest, LaneMissingFromShuffle) {
  SIMCUDA_EXPECT_VIOLATION(
      {
        bad_kernels::launch_missing_lane(stream_, out_);
        wait();
      },
      "exits while lane .* waits for it in a warp collective with mask ffffffff");
}

TEST_F(BlockTest, TooMuchStaticSharedMemory) {
  SIMCUDA_EXPECT_VIOLATION(
      {
        bad_kernels::launch_large_static_shared(stream_, out_);
        wait();
      },
      "52000 bytes of static shared memory");
}

TEST_F(BlockTest, UninitialisedSharedMemoryIsNan) {
  SIMCUDA_ASSERT_OK(bad_kernels::launch_uninitialised_shared(stream_, out_));
  EXPECT_TRUE(std::isnan(download(out_, 32)[7]));
}

TEST_F(BlockTest, WritePastStaticShared) {
  SIMCUDA_ASSERT_OK(bad_kernels::launch_past_static_shared(stream_, out_, 0));
  wait();
  SIMCUDA_EXPECT_VIOLATION(
      {
        bad_kernels::launch_past_static_shared(stream_, out_, 1);
        wait();
      },
      "past the end of a shared array|outside every shared array");
}

TEST_F(BlockTest, WritePastDynamicShared) {
  SIMCUDA_ASSERT_OK(bad_kernels::launch_past_dynamic_shared(stream_, out_, 0));
  wait();
  SIMCUDA_EXPECT_VIOLATION(
      {
        bad_kernels::launch_past_dynamic_shared(stream_, out_, 1);
        wait();
      },
      "past the end of dynamic shared memory|outside every shared array");
}

#if !defined(__SANITIZE_THREAD__)
TEST_F(BlockTest, MissingBarrierChangesWithTheOrder) {
  std::vector<std::vector<float>> results;
  for (const simcuda::Order order : {simcuda::Order::forward, simcuda::Order::reverse}) {
    simcuda::Config config;
    config.order = order;
    start(config);
    const float* x = upload(simcuda_test::ramp(64));
    float* out = allocate<float>(64);
    SIMCUDA_ASSERT_OK(bad_kernels::launch_missing_barrier(stream_, x, out));
    results.push_back(download(out, 64));
  }
  EXPECT_NE(0, std::memcmp(results[0].data(), results[1].data(), 64 * sizeof(float)));
}
#endif

TEST_F(BlockTest, BadLaunchShapeIsRefused) {
  EXPECT_EQ(bad_kernels::launch_bad_shape(stream_, out_), cudaErrorInvalidConfiguration);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidConfiguration);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
}

TEST_F(BlockTest, LargeDynamicSharedHasToBeAllowed) {
  constexpr int kBytes = 64 << 10;
  const float* x = upload(std::vector<float>(64, 0.5f));
  EXPECT_EQ(test_kernels::launch_large_row_sums(stream_, x, out_, kBytes),
            cudaErrorInvalidConfiguration);
  EXPECT_EQ(test_kernels::allow_large_row_sums(1 << 20), cudaErrorInvalidValue);
  SIMCUDA_ASSERT_OK(test_kernels::allow_large_row_sums(kBytes));
  SIMCUDA_ASSERT_OK(test_kernels::launch_large_row_sums(stream_, x, out_, kBytes));
  EXPECT_EQ(download(out_, 1)[0], 32.0f);
}

}  // namespace
