// Correct kernels give the right values, and the same bits under every schedule.
#include "kernels.cuh"
#include "support.hpp"
#include "thrust_kernels.cuh"

#include <cmath>

namespace {

using simcuda_test::ramp;

class KernelTest : public simcuda_test::DeviceTest {};

TEST_F(KernelTest, TanhBias) {
  const std::vector<float> x = ramp(1000);
  const std::vector<float> bias = {0.1f, -0.2f, 0.3f};
  float* y = upload(x);
  float* derivative = allocate<float>(x.size());
  SIMCUDA_ASSERT_OK(
      test_kernels::launch_tanh_bias(stream_, y, derivative, upload(bias), 3, int(x.size())));
  const auto values = download(y, x.size());
  const auto slopes = download(derivative, x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float expected = std::tanh(x[i] + bias[i % 3]);
    EXPECT_NEAR(values[i], expected, 1e-6f);
    EXPECT_NEAR(slopes[i], 1.0f - expected * expected, 1e-6f);
  }
}

TEST_F(KernelTest, ReductionsAddUp) {
  std::vector<double> x(5000);
  double expected = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<double>(i % 17) - 3.0;
    expected += x[i];
  }
  double* sums = allocate<double>(6);
  SIMCUDA_ASSERT_OK(test_kernels::launch_block_sums(stream_, upload(x), sums, 6, 5000));
  double total = 0.0;
  for (const double sum : download(sums, 6)) {
    total += sum;
  }
  EXPECT_EQ(total, expected);
}

TEST_F(KernelTest, RowSums) {
  const std::vector<float> x = ramp(700);
  float* sums = allocate<float>(7);
  SIMCUDA_ASSERT_OK(test_kernels::launch_row_sums(stream_, upload(x), sums, 7, 100));
  const auto values = download(sums, 7);
  for (std::size_t row = 0; row < 7; ++row) {
    double expected = 0.0;
    for (std::size_t column = 0; column < 100; ++column) {
      expected += double{x[row * 100 + column]};
    }
    EXPECT_NEAR(values[row], expected, 1e-4);
  }
}

// The known answers of Random123 for philox4x32-10.
TEST_F(KernelTest, PhiloxKnownAnswers) {
  struct Case {
    test_kernels::PhiloxInput input;
    std::vector<std::uint32_t> expected;
  };
  const Case cases[] = {
      {{{0, 0, 0, 0}, {0, 0}}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {{{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}},
       {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}},
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (const Case& known : cases) {
    auto* out = allocate<std::uint32_t>(4);
    SIMCUDA_ASSERT_OK(test_kernels::launch_philox(stream_, out, known.input, 1));
    EXPECT_EQ(download(out, 4), known.expected);
  }
}

TEST_F(KernelTest, IntegerAtomics) {
  std::vector<int> x(1000);
  std::vector<unsigned> expected(7, 0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<int>(i * i % 7);
    ++expected[static_cast<std::size_t>(x[i])];
  }
  unsigned* bins = upload(std::vector<unsigned>(7, 0));
  SIMCUDA_ASSERT_OK(test_kernels::launch_histogram(stream_, upload(x), bins, 1000));
  EXPECT_EQ(download(bins, 7), expected);
}

TEST_F(KernelTest, Votes) {
  std::vector<int> x(32);
  for (int i = 0; i < 32; ++i) {
    x[static_cast<std::size_t>(i)] = i + 1;
  }
  constexpr unsigned kVotes = test_kernels::kVotes;
  auto* out = allocate<unsigned>(32 * kVotes);
  SIMCUDA_ASSERT_OK(test_kernels::launch_votes(stream_, upload(x), out));
  const auto votes = download(out, 32 * kVotes);
  for (unsigned lane = 0; lane < 32; ++lane) {
    const unsigned* vote = &votes[kVotes * lane];
    EXPECT_EQ(vote[0], 0x55555555u);
    EXPECT_EQ(vote[1], 1u);
    EXPECT_EQ(vote[2], 1u);
    EXPECT_EQ(vote[3], (lane ^ 5u) + 1);
    EXPECT_EQ(vote[4], (lane % 8 < 3 ? lane : lane - 3) + 1);
    EXPECT_EQ(vote[5], lane / 16 * 16 + 2 + 1);
  }
}

TEST_F(KernelTest, TransposeWithOddSizes) {
  std::vector<double> x(13 * 21);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<double>(i);
  }
  double* out = allocate<double>(x.size());
  SIMCUDA_ASSERT_OK(test_kernels::launch_transpose(stream_, upload(x), out, 13, 21));
  const auto transposed = download(out, x.size());
  for (std::size_t row = 0; row < 13; ++row) {
    for (std::size_t column = 0; column < 21; ++column) {
      EXPECT_EQ(transposed[column * 13 + row], x[row * 21 + column]);
    }
  }
}

TEST_F(KernelTest, LibraryFunctions) {
  const std::vector<double> x = {-2.75, -1.0, -0.125, 0.0, 0.3, 0.5, 1.0, 2.25, 7.5};
  double* out = allocate<double>(x.size() * test_kernels::kFunctions);
  SIMCUDA_ASSERT_OK(test_kernels::launch_functions(stream_, upload(x), out, int(x.size())));
  const auto values = download(out, x.size() * test_kernels::kFunctions);
  constexpr double kPi = 3.14159265358979323846;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double* got = &values[i * test_kernels::kFunctions];
    const double v = x[i];
    EXPECT_NEAR(got[0], std::tanh(v), 1e-15);
    EXPECT_NEAR(got[1], std::tanh(v), 1e-6);
    EXPECT_DOUBLE_EQ(got[2], std::sqrt(std::fabs(v)));
    EXPECT_NEAR(got[3], std::log(1 + v * v), 1e-15 * 8);
    EXPECT_NEAR(got[4], std::exp(-v), 1e-15 * 32);
    EXPECT_NEAR(got[5], std::sin(kPi * v), 1e-14);
    EXPECT_NEAR(got[6], std::cos(kPi * v), 1e-14);
    EXPECT_EQ(got[7], static_cast<double>(static_cast<int>(std::floor(v * 3)) % 5));
    const unsigned index = static_cast<unsigned>(i);
    EXPECT_EQ(got[8], __builtin_clz(index + 1) + __builtin_popcount(index));
    EXPECT_DOUBLE_EQ(got[9], static_cast<unsigned>(v * v) / 7.0);
    EXPECT_DOUBLE_EQ(got[10], std::fmax(v, 0.0) + std::fmin(v, 0.5));
    EXPECT_DOUBLE_EQ(got[11], static_cast<double>(static_cast<long long>(v * 1e6)));
  }
}

TEST_F(KernelTest, ThrustRunsInStreamOrder) {
  double* x = allocate<double>(1000);
  SIMCUDA_ASSERT_OK(thrust_kernels::fill_squares(stream_, x, 1000));
  const auto values = download(x, 1000);
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(values[i], static_cast<double>(i * i));
  }
}

TEST_F(KernelTest, SameBitsUnderEverySchedule) {
  std::vector<float> first;
  for (const auto order :
       {simcuda::Order::forward, simcuda::Order::reverse, simcuda::Order::random}) {
    for (const auto mode : {simcuda::Mode::eager, simcuda::Mode::deferred}) {
      simcuda::Config config;
      config.order = order;
      config.mode = mode;
      config.seed = 7;
      start(config);
      float* x = upload(ramp(5000));
      float* slopes = allocate<float>(5000);
      float* sums = allocate<float>(20);
      const float* bias = upload(std::vector<float>{0.1f, 0.2f});
      SIMCUDA_ASSERT_OK(test_kernels::launch_tanh_bias(stream_, x, slopes, bias, 2, 5000));
      SIMCUDA_ASSERT_OK(test_kernels::launch_axpy(stream_, x, slopes, 0.25f, 5000));
      SIMCUDA_ASSERT_OK(test_kernels::launch_row_sums(stream_, x, sums, 20, 250));
      std::vector<float> result = download(x, 5000);
      const auto tail = download(sums, 20);
      result.insert(result.end(), tail.begin(), tail.end());
      if (first.empty()) {
        first = result;
      }
      EXPECT_EQ(0, std::memcmp(first.data(), result.data(), first.size() * sizeof(float)));
    }
  }
}

}  // namespace
