// The reduction looks at vectors column by column in bases of the end spaces, and stops at
// thresholds. Neither may hang on the last digits of what it starts from, which differ between the
// kernels of a BLAS.
#include "polypath/core/linalg.hpp"

#include "src/init/reduction/mode_basis.hpp"
#include "unit/init/reduction_cases.hpp"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath::testing {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

/// The same modes as another BLAS might find them: each entry off by up to two units in the last
/// place of 1.
Modes with_other_rounding(Modes modes) {
  int n = 0;
  for (Matrix<double>* matrix : {&modes.U, &modes.V}) {
    for (Index i = 0; i < matrix->rows() * matrix->columns(); ++i) {
      matrix->data()[i] += (n++ % 5 - 2) * epsilon;
    }
  }
  return modes;
}

double largest_difference(const Matrix<double>& a, const Matrix<double>& b) {
  Matrix<double> difference = a;
  for (Index i = 0; i < a.rows() * a.columns(); ++i) {
    difference.data()[i] -= b.data()[i];
  }
  return max_abs(difference.view());
}

/// Orthonormal, and of every column what the columns of `whole` span.
void expect_basis_of(const Matrix<double>& basis, const Matrix<double>& whole) {
  const Matrix<double> products = multiply_transposed_left(basis.view(), basis.view());
  Matrix<double> unit(basis.columns(), basis.columns());
  for (Index i = 0; i < basis.columns(); ++i) {
    unit(i, i) = 1.0;
  }
  const double allowed = 30.0 * epsilon * static_cast<double>(basis.rows());
  EXPECT_LE(largest_difference(products, unit), allowed);
  const Matrix<double> inside =
      multiply(basis.view(), multiply_transposed_left(basis.view(), whole.view()).view());
  EXPECT_LE(largest_difference(inside, whole), allowed * max_abs(whole.view()));
}

/// 12 examples of 9 features, two of which are sums of others, and 3 targets: 3 modes, 4 more
/// directions of the inputs.
Task wide_inputs() {
  Dataset data{Matrix<double>(12, 9), Matrix<double>(12, 3)};
  for (Index e = 0; e < 12; ++e) {
    for (Index c = 0; c < 7; ++c) {
      data.x(e, c) = std::sin(static_cast<double>(7 * e * e + 3 * c * c + 5 * c * e));
    }
    data.x(e, 7) = data.x(e, 0) + data.x(e, 1);
    data.x(e, 8) = data.x(e, 2) - data.x(e, 3);
    for (Index c = 0; c < 3; ++c) {
      data.y(e, c) = data.x(e, c) + 0.5 * data.x(e, c + 3);
    }
  }
  Modes modes = find_modes(data, CorrelationKind::sum);
  return {std::move(data), std::move(modes)};
}

TEST(ReductionRounding, ChoosesNoBasisOfTheEndSpaces) {
  for (const Task& task : {Task(), wide_inputs()}) {
    const auto basis = reduction::make_mode_basis(task.data, task.modes);
    const auto other = reduction::make_mode_basis(task.data, with_other_rounding(task.modes));
    EXPECT_GT(basis.outputs.columns() + basis.inputs.columns(), 2 * basis.modes);
    const double allowed = 200.0 * epsilon;
    EXPECT_LE(largest_difference(basis.outputs, other.outputs), allowed);
    EXPECT_LE(largest_difference(basis.inputs, other.inputs), allowed);
    expect_basis_of(basis.inputs, transpose(task.data.x.view()));
    expect_basis_of(basis.outputs, transpose(task.data.y.view()));
  }
}

TEST(ReductionRounding, LeavesDirectionsAndEstimateAsTheyAre) {
  Task task;
  const ReductionCase one = equal_widths({4, 4}, 100, 860);
  const ReducedNetwork network = reduce(one.problem(task, 1), tolerance_of(1e-4));
  task.modes = with_other_rounding(task.modes);
  const ReducedNetwork other = reduce(one.problem(task, 1), tolerance_of(1e-4));
  EXPECT_EQ(network.k, other.k);
  EXPECT_EQ(network.iterations, other.iterations);
  EXPECT_NEAR(other.estimate / network.estimate, 1.0, 1e-6);
}

}  // namespace
}  // namespace polypath::testing
