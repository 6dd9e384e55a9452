#include "kernels/functor/normal.hpp"
#include "polypath/backend/backend.hpp"
#include "polypath/core/error.hpp"

#include "src/backend/cpu/cpu_backend.hpp"
#include "src/backend/cpu/kernels.hpp"
#include "src/backend/cpu/simd_target.hpp"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hwy/targets.h>

namespace polypath {
namespace {

using ::testing::HasSubstr;

/// One matrix of a test: rows of `columns` elements, `gap` canaries behind each, a row of canaries
/// before and after, and `shift` elements off the allocation's alignment.
template <class T>
class Guarded {
 public:
  static constexpr T canary = T(-777);

  Guarded(Index rows, Index columns, Index gap, Index shift)
      : rows_(rows),
        columns_(columns),
        leading_(columns + gap),
        first_(leading_ + shift),
        elements_(static_cast<std::size_t>(first_ + (rows + 1) * leading_), canary) {}

  Guarded& fill(std::mt19937& random) {
    std::uniform_real_distribution<T> uniform(T(-1), T(1));
    for (Index r = 0; r < rows_; ++r) {
      for (Index c = 0; c < columns_; ++c) {
        view().row(r)[c] = uniform(random);
      }
    }
    return *this;
  }
  [[nodiscard]] MatrixView<T> view() {
    return {elements_.data() + first_, rows_, columns_, leading_};
  }
  [[nodiscard]] BatchView<T> batch() {
    return {elements_.data() + first_, rows_, columns_, leading_, 1, 0};
  }
  /// Appends the elements; expects the canaries.
  void append_to(std::vector<T>& values) {
    Index next = first_;
    for (Index i = 0; i < static_cast<Index>(elements_.size()); ++i) {
      const Index column = (i - first_) % leading_;
      const bool inside = i >= first_ && (i - first_) / leading_ < rows_ && column < columns_;
      const T value = elements_[static_cast<std::size_t>(i)];
      if (inside) {
        values.push_back(value);
        next = i + 1;
      } else {
        ASSERT_EQ(value, canary) << "offset " << i << ", last element before it " << next - 1;
      }
    }
  }

 private:
  Index rows_;
  Index columns_;
  Index leading_;
  Index first_;
  std::vector<T> elements_;
};

struct Shape {
  Index examples;
  Index outputs;
  Index inputs;
  Index rank;
  Index gap;
  Index shift;
};

/// Every operation that runs on vector kernels, once; what they wrote, one after the other.
template <class T>
std::vector<T> results_of(Backend& backend, const Shape& shape) {
  std::mt19937 random(7);
  const auto matrix = [&](Index rows, Index columns) {
    return Guarded<T>(rows, columns, shape.gap, shape.shift).fill(random);
  };
  Guarded<T> weights = matrix(shape.outputs, shape.inputs);
  Guarded<T> input = matrix(shape.examples, shape.inputs);
  Guarded<T> delta = matrix(shape.examples, shape.outputs);
  Guarded<T> bias = matrix(1, shape.outputs);
  Guarded<T> left = matrix(shape.rank, shape.outputs);
  Guarded<T> right = matrix(shape.rank, shape.inputs);
  Guarded<T> scratch = matrix(shape.examples, shape.rank);
  Guarded<T> output = matrix(shape.examples, shape.outputs);
  Guarded<T> input_delta = matrix(shape.examples, shape.inputs);
  Guarded<T> last_delta = matrix(shape.examples, shape.outputs);
  Guarded<T> normals = matrix(shape.outputs, shape.inputs);
  const LowRank<T> pending{left.batch(), right.batch(), T(-0.25), scratch.batch()};

  Operations<T>& operations = backend.operations(T(0));
  std::vector<T> values;
  operations.forward(weights.batch(), pending, input.batch(), bias.batch(), Activation::tanh,
                     output.batch());
  output.append_to(values);
  scratch.append_to(values);
  operations.backward(weights.batch(), pending, delta.batch(), input.batch(), Activation::relu,
                      input_delta.batch());
  input_delta.append_to(values);
  operations.backward_update(weights.batch(), delta.batch(), input.batch(), Activation::tanh,
                             T(-0.125), input_delta.batch());
  input_delta.append_to(values);
  operations.update(weights.batch(), pending);
  weights.append_to(values);
  operations.update_bias(bias.batch(), delta.batch(), T(0.5));
  bias.append_to(values);
  operations.output_delta(delta.batch(), output.batch(), Activation::tanh, T(2),
                          last_delta.batch());
  last_delta.append_to(values);
  operations.fill_normal(normals.view(), {3, 1, 2, 0}, T(0.5));
  normals.append_to(values);
  return values;
}

/// Both sums run over at most `length` terms of size 1 at most, in any order: each order is off by
/// at most length * epsilon / 2 times the sum of sizes; scales and activations add a few epsilon.
template <class T>
double tolerance_of(const Shape& shape) {
  const auto length =
      static_cast<double>(std::max({shape.outputs, shape.inputs, shape.examples}) + shape.rank);
  return (length * length + 16.0) * static_cast<double>(std::numeric_limits<T>::epsilon());
}

template <class T>
class CpuSimd : public ::testing::Test {};
using Reals = ::testing::Types<float, double>;
TYPED_TEST_SUITE(CpuSimd, Reals);

template <class T>
void expect_targets_agree(const Shape& shape) {
  const std::vector<cpu::SimdTarget> targets = cpu::usable_targets();
  const auto best = make_cpu_backend(1, targets.front().name);
  const std::vector<T> expected = results_of<T>(*best, shape);
  for (const cpu::SimdTarget& target : targets) {
    const auto backend = make_cpu_backend(1, target.name);
    const std::vector<T> found = results_of<T>(*backend, shape);
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      ASSERT_NEAR(found[i], expected[i], tolerance_of<T>(shape))
          << target.name << ", " << shape.examples << " examples, " << shape.outputs << " x "
          << shape.inputs << ", rank " << shape.rank << ", value " << i;
    }
  }
}

TYPED_TEST(CpuSimd, TargetsAgreeOnEverySizeFrom1To130) {
  for (Index size = 1; size <= 130; ++size) {
    expect_targets_agree<TypeParam>({1 + size % 17, 131 - size, size, size % 5, size % 4, 0});
  }
}

TYPED_TEST(CpuSimd, TargetsAgreeWhereBlocksOfExamplesColumnsAndRanksOverflow) {
  for (const Index examples : {64, 65, 130}) {
    expect_targets_agree<TypeParam>({examples, 100, 70, 3, 1, 0});
  }
  expect_targets_agree<TypeParam>({8, 5, 2051, 1, 0, 0});
  // No pending rank: the kernels for cached matrices, beyond the inputs that they pack at once.
  for (const Index examples : {1, 5, 8, 16, 21, 65}) {
    expect_targets_agree<TypeParam>({examples, 63, 259, 0, 1, 0});
    expect_targets_agree<TypeParam>({examples, 32, 770, 0, 0, 0});
  }
  expect_targets_agree<TypeParam>({3, 70, 50, 300, 0, 0});
}

TYPED_TEST(CpuSimd, NumberOfThreadsChangesNoBit) {
  for (const cpu::SimdTarget& target : cpu::usable_targets()) {
    for (const Index examples : {8, 70}) {
      const Shape shape{examples, 517, 613, 9, 3, 0};  // large enough for the pool to be used
      const auto alone = make_cpu_backend(1, target.name);
      const std::vector<TypeParam> expected = results_of<TypeParam>(*alone, shape);
      for (const Index threads : {2, 3}) {
        const auto team = make_cpu_backend(threads, target.name);
        ASSERT_EQ(results_of<TypeParam>(*team, shape), expected)
            << target.name << ", " << threads << " threads";
      }
    }
  }
}

TYPED_TEST(CpuSimd, AlignmentAndLeadingDimensionChangeNoBit) {
  for (const cpu::SimdTarget& target : cpu::usable_targets()) {
    const auto backend = make_cpu_backend(1, target.name);
    for (const Index rank : {0, 5}) {
      const Shape tight{11, 67, 93, rank, 0, 0};
      const std::vector<TypeParam> expected = results_of<TypeParam>(*backend, tight);
      for (const Index shift : {1, 3, 7}) {
        Shape moved = tight;
        moved.shift = shift;
        moved.gap = 2 * shift;
        ASSERT_EQ(results_of<TypeParam>(*backend, moved), expected) << target.name << ", " << shift;
      }
    }
  }
}

TYPED_TEST(CpuSimd, AnExamplesResultDoesNotDependOnItsNeighbours) {
  const auto backend = make_cpu_backend(1);
  Operations<TypeParam>& operations = backend->operations(TypeParam(0));
  std::mt19937 random(5);
  const Index examples = 15;
  Guarded<TypeParam> weights = Guarded<TypeParam>(40, 77, 0, 0).fill(random);
  Guarded<TypeParam> input = Guarded<TypeParam>(examples, 77, 0, 0).fill(random);
  Guarded<TypeParam> together(examples, 40, 0, 0);
  Guarded<TypeParam> alone(examples, 40, 0, 0);
  operations.forward(weights.batch(), {}, input.batch(), {}, Activation::tanh, together.batch());
  for (Index e = 0; e < examples; ++e) {
    operations.forward(weights.batch(), {}, input.batch().row_block(e, 1), {}, Activation::tanh,
                       alone.batch().row_block(e, 1));
  }
  std::vector<TypeParam> together_values;
  std::vector<TypeParam> alone_values;
  together.append_to(together_values);
  alone.append_to(alone_values);
  EXPECT_EQ(alone_values, together_values);
}

TYPED_TEST(CpuSimd, NormalsHaveTheBitsOfTheFunctorOnEveryTarget) {
  const NormalStream stream{0x123456789abcdefULL, 65535, 3, 1};
  const Index rows = 70;
  const Index columns = 515;
  for (const cpu::SimdTarget& target : cpu::usable_targets()) {
    const auto backend = make_cpu_backend(1, target.name);
    Guarded<TypeParam> normals(rows, columns, 1, 1);
    backend->operations(TypeParam(0)).fill_normal(normals.view(), stream, TypeParam(1));
    for (Index r = 0; r < rows; ++r) {
      for (Index c = 0; c < columns; ++c) {
        ASSERT_EQ(normals.view()(r, c), static_cast<TypeParam>(normal_at(stream, r, c)))
            << target.name << " at " << r << ", " << c;
      }
    }
  }
}

/// Arguments of every size: all signs and exponents, the subnormal ones and the limit included.
template <class T>
std::vector<T> tanh_arguments() {
  std::vector<T> arguments = {T(0), T(-0.0), std::numeric_limits<T>::infinity(),
                              -std::numeric_limits<T>::infinity(),
                              std::numeric_limits<T>::denorm_min()};
  std::mt19937_64 random(11);
  std::uniform_real_distribution<T> mantissa(T(1), T(2));
  const int lowest = std::numeric_limits<T>::min_exponent - std::numeric_limits<T>::digits;
  for (int exponent = lowest; exponent < std::numeric_limits<T>::max_exponent; ++exponent) {
    const int draws = exponent > -12 && exponent < 6 ? 4000 : 20;
    for (int i = 0; i < draws; ++i) {
      const T value = std::ldexp(mantissa(random), exponent);
      arguments.push_back(value);
      arguments.push_back(-value);
    }
  }
  return arguments;
}

template <class T>
std::vector<T> tanh_on(const cpu::SimdTarget& target, const std::vector<T>& arguments) {
  const cpu::SimdKernels kernels = cpu::kernels_of(target);
  std::vector<T> values(arguments.size());
  const auto size = static_cast<Index>(values.size());
  const MatrixView<const T> from{arguments.data(), 1, size, size};
  const MatrixView<T> to{values.data(), 1, size, size};
  if constexpr (sizeof(T) == 4) {
    kernels.float32.activate(from, nullptr, Activation::tanh, to);
  } else {
    kernels.float64.activate(from, nullptr, Activation::tanh, to);
  }
  return values;
}

TYPED_TEST(CpuSimd, TanhIsGoodTo4UnitsInTheLastPlaceAndOdd) {
  const std::vector<TypeParam> arguments = tanh_arguments<TypeParam>();
  for (const cpu::SimdTarget& target : cpu::usable_targets()) {
    const std::vector<TypeParam> values = tanh_on(target, arguments);
    long double worst = 0.0L;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto exact = std::tanh(static_cast<long double>(arguments[i]));
      const TypeParam rounded = std::abs(static_cast<TypeParam>(exact));
      const TypeParam unit =
          std::nextafter(rounded, std::numeric_limits<TypeParam>::infinity()) - rounded;
      const long double error = std::abs(values[i] - exact) / unit;
      ASSERT_LE(error, 4.0L) << target.name << ": tanh(" << arguments[i] << ") = " << values[i];
      ASSERT_LE(std::abs(values[i]), TypeParam(1));
      ASSERT_EQ(std::signbit(values[i]), std::signbit(arguments[i])) << target.name;
      worst = std::max(worst, error);
    }
    ::testing::Test::RecordProperty("units_" + target.name, std::to_string(worst));
    for (std::size_t i = 5; i < values.size(); i += 2) {
      ASSERT_EQ(values[i], -values[i + 1]) << target.name << ": " << arguments[i];
    }
  }
}

TYPED_TEST(CpuSimd, NotANumberComesOutOfEveryActivation) {
  const auto nan = std::numeric_limits<TypeParam>::quiet_NaN();
  for (const cpu::SimdTarget& target : cpu::usable_targets()) {
    const auto backend = make_cpu_backend(1, target.name);
    for (const Activation f : {Activation::linear, Activation::tanh, Activation::relu}) {
      Guarded<TypeParam> weights(20, 1, 0, 0);
      for (Index r = 0; r < 20; ++r) {
        weights.view()(r, 0) = nan;
      }
      std::mt19937 random(1);
      Guarded<TypeParam> input = Guarded<TypeParam>(1, 1, 0, 0).fill(random);
      Guarded<TypeParam> output(1, 20, 0, 0);
      backend->operations(TypeParam(0))
          .forward(weights.batch(), {}, input.batch(), {}, f, output.batch());
      for (Index c = 0; c < 20; ++c) {
        ASSERT_TRUE(std::isnan(output.view()(0, c))) << target.name << ", column " << c;
      }
    }
  }
}

/// Sets POLYPATH_SIMD for the length of a test.
class ForcedTarget {
 public:
  explicit ForcedTarget(const std::string& name) { setenv("POLYPATH_SIMD", name.c_str(), 1); }
  ~ForcedTarget() { unsetenv("POLYPATH_SIMD"); }
  ForcedTarget(const ForcedTarget&) = delete;
  ForcedTarget& operator=(const ForcedTarget&) = delete;
};

TEST(CpuTarget, TheEnvironmentForcesOne) {
  for (const cpu::SimdTarget& target : cpu::usable_targets()) {
    const ForcedTarget forced(target.name);
    EXPECT_EQ(make_cpu_backend(1)->info().simd_target, target.name);
  }
}

TEST(CpuTarget, TheBestIsTakenUnlessForced) {
  EXPECT_EQ(make_cpu_backend(1)->info().simd_target, cpu::usable_targets().front().name);
  const ForcedTarget empty("");
  EXPECT_EQ(make_cpu_backend(1)->info().simd_target, cpu::usable_targets().front().name);
}

// A relocatable build has its own detection (tools/cmake/archives/highway.cpp).
TEST(CpuTarget, TheOnesDetectedAreThoseOfTheSystemsHighway) {
  void* library = dlopen("libhwy.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) {
    GTEST_SKIP() << "this system has no libhwy.so.1";
  }
  auto* const detect =
      reinterpret_cast<std::int64_t (*)()>(dlsym(library, "_ZN3hwy16SupportedTargetsEv"));
  ASSERT_NE(detect, nullptr);
  EXPECT_EQ(hwy::SupportedTargets(), detect());
}

TEST(CpuTarget, AnUnknownOneIsRefusedWithTheListOfPossibleOnes) {
  const ForcedTarget forced("MMX");
  try {
    static_cast<void>(make_cpu_backend(1));
    FAIL() << "MMX was accepted";
  } catch (const BackendUnavailable& error) {
    EXPECT_THAT(error.what(), HasSubstr("\"MMX\""));
    for (const cpu::SimdTarget& target : cpu::usable_targets()) {
      EXPECT_THAT(error.what(), HasSubstr(target.name));
    }
  }
}

TEST(CpuInfo, NamesProcessorAndLibraries) {
  const BackendInfo info = make_cpu_backend(1)->info();
  EXPECT_EQ(info.name, "cpu");
  EXPECT_FALSE(info.device.empty());
  EXPECT_THAT(info.libraries, HasSubstr("Highway "));
  EXPECT_THAT(info.libraries, HasSubstr("OpenBLAS "));
  EXPECT_THAT(info.libraries, HasSubstr("core "));
}

TEST(CpuMemory, IsZeroAndAligned) {
  const auto backend = make_cpu_backend(1);
  for (const Index bytes : {1, 63, 4096, (2 << 20) - 1, 2 << 20, (6 << 20) + 100}) {
    const Buffer buffer(*backend, bytes);
    const auto address = reinterpret_cast<std::uintptr_t>(buffer.data());
    EXPECT_EQ(address % (bytes >= (2 << 20) ? std::uintptr_t{2} << 20 : 64), 0U) << bytes;
    for (Index i = 0; i < bytes; ++i) {
      ASSERT_EQ(buffer.data()[i], std::byte{0}) << bytes << ", byte " << i;
    }
  }
  EXPECT_EQ(Buffer(*backend, 0).data(), nullptr);
}

TEST(CpuMemory, MoreThanThereIsIsRefused) {
  const auto backend = make_cpu_backend(1);
  EXPECT_THROW(Buffer(*backend, Index{1} << 60), OutOfMemory);
}

TEST(CpuFactory, KindsOfBackend) {
  EXPECT_EQ(make_backend({BackendKind::automatic, 1})->info().name, "cpu");
  EXPECT_EQ(make_backend({BackendKind::cpu, 2})->info().name, "cpu");
  EXPECT_EQ(make_backend({BackendKind::reference, 1})->info().name, "reference");
  EXPECT_THROW(static_cast<void>(make_backend({BackendKind::cuda, 1})), BackendUnavailable);
}

}  // namespace
}  // namespace polypath
