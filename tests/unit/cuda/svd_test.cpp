// cuSOLVER's singular vectors differ from LAPACK's in signs and in bases of equal values; what is
// made of them must not.
#include "polypath/backend/backend.hpp"
#include "polypath/core/linalg.hpp"
#include "polypath/data/dataset.hpp"
#include "polypath/data/modes.hpp"

#include "unit/cuda/any_device.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace polypath::testing {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

SingularValues device_svd(const Matrix<double>& a) {
  const auto backend = make_backend({BackendKind::cuda, 1});
  ThinSvd svd = backend->thin_svd(a.view()).value();
  return {std::move(svd.U), std::move(svd.S), std::move(svd.V)};
}

Matrix<double> product(const SingularValues& svd) {
  Matrix<double> scaled = svd.U;
  for (Index r = 0; r < scaled.rows(); ++r) {
    for (Index c = 0; c < scaled.columns(); ++c) {
      scaled(r, c) *= svd.S[static_cast<std::size_t>(c)];
    }
  }
  return multiply_transposed_right(scaled.view(), svd.V.view());
}

double distance(const Matrix<double>& a, const Matrix<double>& b) {
  EXPECT_EQ(a.rows(), b.rows());
  EXPECT_EQ(a.columns(), b.columns());
  double largest = 0.0;
  for (std::size_t i = 0; i < a.elements().size(); ++i) {
    largest = std::max(largest, std::abs(a.elements()[i] - b.elements()[i]));
  }
  return largest;
}

class DeviceSvd : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  void SetUp() override {
    fresh_device(GetParam());  // a seed of the simulated device's random signs
  }
};

TEST_P(DeviceSvd, ReconstructsTallWideAndSquareMatrices) {
  for (const auto& [rows, columns] :
       {std::pair<Index, Index>{15, 8}, {8, 15}, {9, 9}, {1, 5}, {5, 1}, {1, 1}}) {
    Matrix<double> a(rows, columns);
    for (Index i = 0; i < rows * columns; ++i) {
      a.data()[i] = static_cast<double>((i * 37 + 11) % 101 - 50) / 16.0;
    }
    const SingularValues svd = device_svd(a);
    const double size = frobenius_norm(a.view());
    EXPECT_LT(distance(product(svd), a), 50 * epsilon * size);
    const ThinSvd lapack = thin_svd(a.view());
    for (std::size_t i = 0; i < svd.S.size(); ++i) {
      EXPECT_NEAR(svd.S[i], lapack.S[i], 50 * epsilon * size);
    }
  }
}

TEST_P(DeviceSvd, GivesTheModesAndGroupProjectorsOfLapack) {
  const Dataset data = hierarchy_dataset(4, 2);  // with groups of equal values
  const Modes host = find_modes(data, CorrelationKind::sum);
  const Modes device = find_modes(data, CorrelationKind::sum,
                                  device_svd(input_output_correlation(data, CorrelationKind::sum)));
  EXPECT_EQ(device.group, host.group);
  EXPECT_EQ(device.rank, host.rank);
  // The canonical basis removes what was arbitrary: then also each vector agrees.
  const double bound = 1e3 * epsilon;
  EXPECT_LT(distance(device.U, host.U), bound);
  EXPECT_LT(distance(device.V, host.V), bound);
  EXPECT_LT(distance(device.target, host.target), bound * host.S[0]);
  EXPECT_LT(distance(multiply_transposed_right(device.V.view(), device.V.view()),
                     multiply_transposed_right(host.V.view(), host.V.view())),
            bound);
}

INSTANTIATE_TEST_SUITE_P(Signs, DeviceSvd, ::testing::Values(1, 2, 3, 4));

TEST(DeviceSvdOfNothing, IsEmpty) {
  fresh_device();
  const SingularValues svd = device_svd(Matrix<double>(0, 3));
  EXPECT_TRUE(svd.S.empty());
  EXPECT_EQ(svd.V.rows(), 3);
}

}  // namespace
}  // namespace polypath::testing
