// GEMM: values against plain loops, statuses and ranges as strict as cuBLAS documents.
#include "kernels.cuh"
#include "support.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>

#include <cublas_v2.h>

namespace {

class CublasTest : public simcuda_test::DeviceTest {
 protected:
  void SetUp() override {
    DeviceTest::SetUp();
    SIMCUDA_ASSERT_OK(cublasCreate(&handle_));
    SIMCUDA_ASSERT_OK(cublasSetStream(handle_, stream_));
  }

  cublasStatus_t gemm(int m, int n, int k, const float* a, int lda, const float* b, int ldb,
                      float* c, int ldc, float beta = 0.0f) {
    const float one = 1.0f;
    return cublasSgemm(handle_, CUBLAS_OP_N, CUBLAS_OP_N, m, n, k, &one, a, lda, b, ldb, &beta, c,
                       ldc);
  }

  cublasHandle_t handle_ = nullptr;
};

std::vector<double> small_integers(int count) {
  std::vector<double> values;
  for (int i = 0; i < count; ++i) {
    values.push_back(i * 7 % 11 - 5);
  }
  return values;
}

TEST_F(CublasTest, StridedBatchAgainstLoops) {
  constexpr int kM = 5, kN = 4, kK = 7, kBatch = 3;
  const auto a = small_integers(kM * kK * kBatch);
  const auto b = small_integers(kK * kN * kBatch);
  const auto c = small_integers(kM * kN * kBatch);
  double* result = upload(c);
  const double alpha = 2.0;
  const double beta = -1.0;
  SIMCUDA_ASSERT_OK(cublasDgemmStridedBatched(handle_, CUBLAS_OP_T, CUBLAS_OP_N, kM, kN, kK, &alpha,
                                              upload(a), kK, kM * kK, upload(b), kK, kK * kN, &beta,
                                              result, kM, kM * kN, kBatch));
  const auto got = download(result, c.size());
  for (int i = 0; i < kBatch; ++i) {
    for (int row = 0; row < kM; ++row) {
      for (int column = 0; column < kN; ++column) {
        const auto at = static_cast<std::size_t>(i * kM * kN + column * kM + row);
        double expected = beta * c[at];
        for (int k = 0; k < kK; ++k) {
          expected += alpha * a[static_cast<std::size_t>(i * kM * kK + row * kK + k)] *
                      b[static_cast<std::size_t>(i * kK * kN + column * kK + k)];
        }
        EXPECT_EQ(got[at], expected);
      }
    }
  }
  EXPECT_EQ(simcuda::counters().library_calls, 1u);
  EXPECT_EQ(simcuda::counters().gemm_flops, 2u * kM * kN * kK * kBatch);
}

TEST_F(CublasTest, PointerBatchReadsItsArraysWhenItRuns) {
  float* a = upload(std::vector<float>{1, 2, 3, 4});
  float* c = upload(std::vector<float>(8, 0.0f));
  const float one = 1.0f;
  const float zero = 0.0f;
  std::vector<float*> inputs = {a, a};
  std::vector<float*> outputs = {c, c + 4};
  float** device_inputs = allocate<float*>(2);
  float** device_outputs = upload(outputs);
  SIMCUDA_ASSERT_OK(
      cudaMemcpyAsync(device_inputs, inputs.data(), 16, cudaMemcpyHostToDevice, stream_));
  SIMCUDA_ASSERT_OK(cublasSgemmBatched(handle_, CUBLAS_OP_N, CUBLAS_OP_N, 2, 2, 2, &one,
                                       device_inputs, 2, device_inputs, 2, &zero, device_outputs, 2,
                                       2));
  EXPECT_EQ(download(c, 8), (std::vector<float>{7, 10, 15, 22, 7, 10, 15, 22}));
}

TEST_F(CublasTest, PointerBatchWithBadPointers) {
  float* a = upload(std::vector<float>{1, 2, 3, 4});
  const float one = 1.0f;
  const auto run = [&](std::vector<float*> outputs, bool array_on_device) {
    float** device_inputs = upload(std::vector<float*>{a, a});
    float** device_outputs = upload(outputs);
    cublasSgemmBatched(handle_, CUBLAS_OP_N, CUBLAS_OP_N, 2, 2, 2, &one, device_inputs, 2,
                       device_inputs, 2, &one, array_on_device ? device_outputs : outputs.data(), 2,
                       2);
    cudaStreamSynchronize(stream_);
  };
  float* c = upload(std::vector<float>(8, 0.0f));
  SIMCUDA_EXPECT_VIOLATION(run({c, c + 5}, true), "operand C.*leaves allocation");
  SIMCUDA_EXPECT_VIOLATION(run({c, c}, true), "have the same C");
  SIMCUDA_EXPECT_VIOLATION(run({c, c + 4}, false), "is not device memory");
}

TEST_F(CublasTest, BadArgumentsHaveStatuses) {
  float* x = allocate<float>(100);
  EXPECT_EQ(gemm(10, 1, 1, x, 9, x, 1, x, 10), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(gemm(10, 1, 2, x, 10, x, 1, x, 10), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(gemm(10, 1, 1, x, 10, x, 1, x, 9), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(gemm(-1, 1, 1, x, 10, x, 1, x, 10), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(gemm(0, 1, 1, x, 0, x, 1, x, 1), CUBLAS_STATUS_INVALID_VALUE) << "lda >= max(1, rows)";
  EXPECT_EQ(gemm(0, 1, 1, x, 1, x, 1, x, 1), CUBLAS_STATUS_SUCCESS);
  const float one = 1.0f;
  EXPECT_EQ(cublasSgemm(nullptr, CUBLAS_OP_N, CUBLAS_OP_N, 1, 1, 1, &one, x, 1, x, 1, &one, x, 1),
            CUBLAS_STATUS_NOT_INITIALIZED);
  EXPECT_EQ(
      cublasSgemm(handle_, CUBLAS_OP_N, CUBLAS_OP_N, 1, 1, 1, nullptr, x, 1, x, 1, &one, x, 1),
      CUBLAS_STATUS_INVALID_VALUE);
}

TEST_F(CublasTest, LeadingDimensionPastTheAllocation) {
  float* a = upload(std::vector<float>(100, 1.0f));
  float* c = allocate<float>(100);
  SIMCUDA_EXPECT_VIOLATION(gemm(10, 10, 10, a, 11, a, 10, c, 10),
                           "operand A: .* leaves allocation #1 of 400 bytes by 36 bytes");
}

TEST_F(CublasTest, ResultsThatOverlap) {
  float* a = upload(std::vector<float>(100, 1.0f));
  float* c = allocate<float>(100);
  const float one = 1.0f;
  SIMCUDA_EXPECT_VIOLATION(cublasSgemmStridedBatched(handle_, CUBLAS_OP_N, CUBLAS_OP_N, 4, 4, 4,
                                                     &one, a, 4, 0, a, 4, 0, &one, c, 4, 8, 2),
                           "matrices C of the batch overlap");
  SIMCUDA_EXPECT_VIOLATION(
      {
        gemm(4, 4, 4, a, 4, a, 4, a, 4);
        cudaStreamSynchronize(stream_);
      },
      "C overlaps A");
}

TEST_F(CublasTest, ZeroBetaNeverReadsC) {
  const float* a = upload(std::vector<float>{1, 2, 3, 4});
  float* c = allocate<float>(4);
  SIMCUDA_ASSERT_OK(gemm(2, 2, 2, a, 2, a, 2, c, 2));
  EXPECT_EQ(download(c, 4), (std::vector<float>{7, 10, 15, 22}));
  float* d = allocate<float>(4);
  SIMCUDA_ASSERT_OK(gemm(2, 2, 2, a, 2, a, 2, d, 2, 1.0f));
  EXPECT_TRUE(std::isnan(download(d, 4)[0]));
}

TEST_F(CublasTest, Tf32RoundsTheFactors) {
  const float x = 1.0f + std::ldexp(1.0f, -20);
  const float* a = upload(std::vector<float>{x});
  float* c = allocate<float>(1);
  SIMCUDA_ASSERT_OK(gemm(1, 1, 1, a, 1, a, 1, c, 1));
  EXPECT_GT(download(c, 1)[0], 1.0f);
  SIMCUDA_ASSERT_OK(cublasSetMathMode(handle_, CUBLAS_TF32_TENSOR_OP_MATH));
  SIMCUDA_ASSERT_OK(gemm(1, 1, 1, a, 1, a, 1, c, 1));
  EXPECT_EQ(download(c, 1)[0], 1.0f);
}

TEST_F(CublasTest, SetStreamTakesTheWorkspaceBack) {
  const float* a = upload(std::vector<float>{1, 2, 3, 4});
  float* c = allocate<float>(4);
  void* workspace = allocate<char>(1 << 16);
  SIMCUDA_ASSERT_OK(gemm(2, 2, 2, a, 2, a, 2, c, 2));  // loads the library's kernel
  const auto captured = [&] {
    SIMCUDA_EXPECT_OK(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeGlobal));
    SIMCUDA_EXPECT_OK(gemm(2, 2, 2, a, 2, a, 2, c, 2));
    cudaGraph_t graph = nullptr;
    SIMCUDA_EXPECT_OK(cudaStreamEndCapture(stream_, &graph));
    SIMCUDA_EXPECT_OK(cudaGraphDestroy(graph));
    return simcuda::counters().captured_without_workspace;
  };
  SIMCUDA_ASSERT_OK(cublasSetWorkspace(handle_, workspace, 1 << 16));
  EXPECT_EQ(captured(), 0u);
  SIMCUDA_ASSERT_OK(cublasSetStream(handle_, stream_));
  SIMCUDA_ASSERT_OK(gemm(2, 2, 2, a, 2, a, 2, c, 2));
  EXPECT_EQ(simcuda::counters().captured_without_workspace, 0u) << "that was no capture";
  SIMCUDA_ASSERT_OK(cublasSetStream(handle_, stream_));
  EXPECT_EQ(captured(), 1u);
}

TEST_F(CublasTest, TrafficOfANamedRange) {
  float* arena = allocate<float>(100);
  SIMCUDA_ASSERT_OK(cudaMemsetAsync(arena, 0, 400, stream_));
  // W is 4 x 3 inside rows of 5; only its own elements count, not the padding.
  simcuda::name_range(arena, 5 * 3 * sizeof(float), "W");
  SIMCUDA_ASSERT_OK(cudaStreamSynchronize(stream_));
  simcuda::reset_counters();
  SIMCUDA_ASSERT_OK(gemm(4, 2, 3, arena, 5, arena + 20, 3, arena + 40, 4));
  SIMCUDA_ASSERT_OK(gemm(4, 3, 2, arena + 50, 4, arena + 60, 2, arena, 5, 1.0f));
  SIMCUDA_ASSERT_OK(cudaStreamSynchronize(stream_));
  const simcuda::Traffic w = simcuda::counters().traffic.at("W");
  EXPECT_EQ(w.bytes_read, 2 * 12 * sizeof(float));
  EXPECT_EQ(w.bytes_written, 12 * sizeof(float));
}

TEST_F(CublasTest, TilesAreReadAgainForEachTileOfTheOtherOperand) {
  simcuda::Config config;
  config.gemm_tile = 4;
  start(config);
  SIMCUDA_ASSERT_OK(cublasCreate(&handle_));
  SIMCUDA_ASSERT_OK(cublasSetStream(handle_, stream_));
  float* a = upload(std::vector<float>(9 * 3, 1.0f));
  float* b = upload(std::vector<float>(3 * 5, 1.0f));
  float* c = allocate<float>(9 * 5);
  simcuda::name_range(a, sizeof(float) * 9 * 3, "A");
  simcuda::name_range(b, sizeof(float) * 3 * 5, "B");
  SIMCUDA_ASSERT_OK(gemm(9, 5, 3, a, 9, b, 3, c, 9));  // 3 tiles down, 2 across
  SIMCUDA_ASSERT_OK(cudaStreamSynchronize(stream_));
  EXPECT_EQ(simcuda::counters().traffic.at("A").bytes_read, sizeof(float) * 2 * 9 * 3);
  EXPECT_EQ(simcuda::counters().traffic.at("B").bytes_read, sizeof(float) * 3 * 3 * 5);
  EXPECT_EQ(simcuda::counters().gemm_bytes, sizeof(float) * (2 * 9 * 3 + 3 * 3 * 5 + 9 * 5));
}

TEST_F(CublasTest, SplitProductsAreThreeNodesAndWriteTheWorkspace) {
  simcuda::Config config;
  config.split_k = true;
  start(config);
  SIMCUDA_ASSERT_OK(cublasCreate(&handle_));
  SIMCUDA_ASSERT_OK(cublasSetStream(handle_, stream_));
  void* workspace = allocate<char>(64);
  SIMCUDA_ASSERT_OK(cublasSetWorkspace(handle_, workspace, 64));
  const float* a = upload(std::vector<float>{1, 2, 3, 4});
  float* c = allocate<float>(4);
  SIMCUDA_ASSERT_OK(gemm(2, 2, 2, a, 2, a, 2, c, 2));
  EXPECT_EQ(download(c, 4), (std::vector<float>{7, 10, 15, 22}));
  SIMCUDA_ASSERT_OK(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeGlobal));
  SIMCUDA_ASSERT_OK(gemm(2, 2, 2, a, 2, a, 2, c, 2));
  cudaGraph_t graph = nullptr;
  SIMCUDA_ASSERT_OK(cudaStreamEndCapture(stream_, &graph));
  std::size_t nodes = 0;
  SIMCUDA_ASSERT_OK(cudaGraphGetNodes(graph, nullptr, &nodes));
  EXPECT_EQ(nodes, 3u);
  cudaGraphExec_t executable = nullptr;
  SIMCUDA_ASSERT_OK(cudaGraphInstantiate(&executable, graph, 0));
  SIMCUDA_EXPECT_VIOLATION(
      {
        cudaFree(workspace);
        cudaGraphLaunch(executable, stream_);
        cudaStreamSynchronize(stream_);
      },
      "workspace of cuBLAS: .* freed");
}

TEST_F(CublasTest, FirstUseOfAShapeInACaptureIsRefused) {
  const float* a = upload(std::vector<float>{1, 2, 3, 4});
  float* c = allocate<float>(4);
  SIMCUDA_ASSERT_OK(gemm(2, 2, 2, a, 2, a, 2, c, 2));
  SIMCUDA_ASSERT_OK(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal));
  SIMCUDA_EXPECT_OK(gemm(2, 2, 2, a, 2, a, 2, c, 2));
  EXPECT_EQ(gemm(1, 2, 2, a, 2, a, 2, c, 2), CUBLAS_STATUS_EXECUTION_FAILED);
  cudaGraph_t graph = nullptr;
  EXPECT_EQ(cudaStreamEndCapture(stream_, &graph), cudaErrorStreamCaptureInvalidated);
}

// A variable of the environment as long as the object lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

TEST_F(CublasTest, TheEnvironmentLoosensAllButPedanticMode) {
  const float x = 1.0f + std::ldexp(1.0f, -20);
  const float* a = upload(std::vector<float>{x});
  float* c = allocate<float>(1);
  const auto square = [&](cublasMath_t mode) {
    EXPECT_EQ(cublasCreate(&handle_), CUBLAS_STATUS_SUCCESS);
    EXPECT_EQ(cublasSetStream(handle_, stream_), CUBLAS_STATUS_SUCCESS);
    EXPECT_EQ(cublasSetMathMode(handle_, mode), CUBLAS_STATUS_SUCCESS);
    EXPECT_EQ(gemm(1, 1, 1, a, 1, a, 1, c, 1), CUBLAS_STATUS_SUCCESS);
    return download(c, 1)[0];
  };
  EXPECT_EQ(square(CUBLAS_PEDANTIC_MATH), x * x);
  {
    const Variable set("NVIDIA_TF32_OVERRIDE", "1");
    EXPECT_EQ(square(CUBLAS_DEFAULT_MATH), 1.0f);
    EXPECT_EQ(square(CUBLAS_PEDANTIC_MATH), x * x);
  }
  {
    const Variable set("NVIDIA_TF32_OVERRIDE", "0");
    EXPECT_EQ(square(CUBLAS_TF32_TENSOR_OP_MATH), x * x);
  }
  const Variable set("CUBLAS_EMULATE_SINGLE_PRECISION", "1");
  simcuda::reset_counters();
  square(CUBLAS_PEDANTIC_MATH);
  EXPECT_EQ(simcuda::counters().reduced_products, 0u);
  square(CUBLAS_DEFAULT_MATH);
  EXPECT_EQ(simcuda::counters().reduced_products, 1u);
}

TEST_F(CublasTest, DeclaredTrafficOfAKernel) {
  float* y = upload(std::vector<float>(64, 1.0f));
  simcuda::name_range(y, 256, "y");
  SIMCUDA_ASSERT_OK(cudaStreamSynchronize(stream_));
  simcuda::reset_counters();
  const auto model = [](const simcuda::LaunchShape&, void* const* args) {
    const auto* address = *static_cast<float* const*>(args[0]);
    const auto bytes = static_cast<std::size_t>(*static_cast<const int*>(args[3])) * 4;
    return std::vector<simcuda::Access>{{address, bytes, false}, {address, bytes, true}};
  };
  simcuda::declare_kernel_traffic("test_kernels::axpy", model);
  SIMCUDA_ASSERT_OK(
      test_kernels::launch_axpy(stream_, y, upload(std::vector<float>(64, 2.0f)), 1.0f, 64));
  SIMCUDA_ASSERT_OK(cudaStreamSynchronize(stream_));
  const simcuda::Traffic traffic = simcuda::counters().traffic.at("y");
  EXPECT_EQ(traffic.bytes_read, 256u);
  EXPECT_EQ(traffic.bytes_written, 256u);
}

}  // namespace
