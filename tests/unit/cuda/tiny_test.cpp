// Every kernel at sizes of a few blocks: what ThreadSanitizer, for which a CUDA thread is a thread,
// can watch in seconds.
#include "kernels/functor/normal.hpp"

#include "unit/train/training.hpp"

#include <gtest/gtest.h>
#include <simcuda/simcuda.hpp>

namespace polypath::testing {
namespace {

Config tiny_network(Activation activation, Precision precision) {
  return training_with_biases(unequal_pathways({{5, 4}, {5, 4}, {3}}), activation, precision, 0.5,
                              4, 2);
}

class Tiny : public ::testing::TestWithParam<std::tuple<Activation, Precision, Index>> {};

TEST_P(Tiny, TrainingAgreesWithTheCpu) {
  const auto& [activation, precision, delay] = GetParam();
  const Config config = tiny_network(activation, precision);
  const Dataset data = hierarchy_dataset(3, 2);
  const Modes modes = find_modes(data, CorrelationKind::sum);
  simcuda::Config device;
  device.order = simcuda::Order::random;
  simcuda::reset(device);
  const auto cuda = train(config, data, modes, {BackendKind::cuda, 1, 0, 2, delay});
  const auto cpu = train(config, data, modes, {BackendKind::cpu, 1, 0, 2, 1});
  for (std::size_t m = 0; m < 2; ++m) {
    EXPECT_LT(largest_difference(cuda[m], cpu[m]), precision == Precision::float64 ? 1e-12 : 1e-4);
    EXPECT_GT(max_abs(cuda[m].K.back()), 1e-2);
  }
}

INSTANTIATE_TEST_SUITE_P(Everything, Tiny,
                         ::testing::Values(std::tuple(Activation::tanh, Precision::float32, 2),
                                           std::tuple(Activation::relu, Precision::float64, 1),
                                           std::tuple(Activation::linear, Precision::float64, 2)));

TEST(TinyProducts, AgreeWithTheNumbersThemselves) {
  simcuda::reset();
  const auto backend = make_backend({BackendKind::cuda, 1});
  // So high that a block goes through two tiles of the rows that it sums over.
  const NormalRows Z{{5, 0, 2, 0}, 3, 1040, 7};
  Matrix<double> right(2, Z.columns);
  Matrix<double> left(2, Z.rows);
  right(1, 6) = 1.0;
  left(0, 17) = 1.0;
  Matrix<double> times(2, Z.rows);
  Matrix<double> transposed(2, Z.columns);
  backend->normal_products()->times(Z, right.view(), times.view());
  backend->normal_products()->transposed_times(Z, left.view(), transposed.view());
  for (Index r = 0; r < Z.rows; ++r) {
    EXPECT_EQ(times(0, r), 0.0);
    EXPECT_EQ(times(1, r), normal_at(Z.stream, Z.first_row + r, 6));
  }
  for (Index c = 0; c < Z.columns; ++c) {
    EXPECT_EQ(transposed(0, c), normal_at(Z.stream, Z.first_row + 17, c));
    EXPECT_EQ(transposed(1, c), 0.0);
  }
}

}  // namespace
}  // namespace polypath::testing
