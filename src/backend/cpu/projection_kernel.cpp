#include "src/backend/cpu/kernels.hpp"
#include "src/backend/cpu/targets.hpp"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "src/backend/cpu/projection_kernel.cpp"
// foreach_target.h must stand before everything that it compiles again for each target.
// clang-format off
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// clang-format on
#include "src/backend/cpu/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace polypath::cpu::HWY_NAMESPACE {

/// Columns worked on at a time, so that partial rows have a fixed place on the stack.
inline constexpr Index projected_columns = 256;

/// Calls body(first, count) for vectors of columns, the last one perhaps short.
template <class Body>
HWY_INLINE void for_vectors(Index columns, const Body& body) {
  for (Index c = 0; c < columns; c += lanes<double>) {
    body(c, std::min(lanes<double>, columns - c));
  }
}

/// sums[c] = sum_e matrix(e, row) other(e, first + c): one row of matrix^T other.
template <class T>
void transposed_row(MatrixView<const T> matrix, Index row, MatrixView<const double> other,
                    Index first, Index columns, double* sums) {
  const Tag<double> tag;
  for_vectors(columns, [&](Index c, Index count) HWY_ATTR {
    auto sum = hn::Zero(tag);
    for (Index e = 0; e < matrix.rows; ++e) {
      const auto factor = hn::Set(tag, static_cast<double>(matrix(e, row)));
      sum = hn::MulAdd(factor, load_tail(other.row(e) + first + c, count), sum);
    }
    store_tail(sum, sums + c, count);
  });
}

/// target[c] += factor row[c].
HWY_INLINE void add_multiple(double factor, const double* row, Index columns, double* target) {
  const Tag<double> tag;
  const auto scale = hn::Set(tag, factor);
  for_vectors(columns, [&](Index c, Index count) HWY_ATTR {
    const auto sum = hn::MulAdd(scale, load_tail(row + c, count), load_tail(target + c, count));
    store_tail(sum, target + c, count);
  });
}

/// sum_c a[c] b[c].
HWY_INLINE double dot_product(const double* a, const double* b, Index columns) {
  const Tag<double> tag;
  auto sum = hn::Zero(tag);
  for_vectors(columns, [&](Index c, Index count) HWY_ATTR {
    sum = hn::MulAdd(load_tail(a + c, count), load_tail(b + c, count), sum);
  });
  return hn::GetLane(hn::SumOfLanes(tag, sum));
}

/// K = U^T (output^T Q), dense.
template <class T>
void project_modes(MatrixView<const T> output, const ProjectionOperator& projection, double* K) {
  const Index modes = projection.Q.columns;
  const Index rows = projection.U.columns;
  HWY_ALIGN double response[projected_columns];
  std::fill_n(K, rows * modes, 0.0);
  for (Index first = 0; first < modes; first += projected_columns) {
    const Index count = std::min(projected_columns, modes - first);
    for (Index o = 0; o < output.columns; ++o) {
      transposed_row(output, o, projection.Q, first, count, response);
      for (Index m = 0; m < rows; ++m) {
        add_multiple(projection.U(o, m), response, count, K + m * modes + first);
      }
    }
  }
}

/// sums[c] -= (U K V^T)(o, first + c).
void subtract_inside(const ProjectionOperator& projection, const double* K, Index o, Index first,
                     Index columns, double* sums) {
  const Index modes = projection.V.columns;
  HWY_ALIGN double gains[projected_columns];
  for (Index begin = 0; begin < modes; begin += projected_columns) {
    const Index part = std::min(projected_columns, modes - begin);
    std::fill_n(gains, part, 0.0);
    for (Index m = 0; m < projection.U.columns; ++m) {
      add_multiple(projection.U(o, m), K + m * modes + begin, part, gains);
    }
    for (Index c = 0; c < columns; ++c) {
      sums[c] -= dot_product(gains, projection.V.row(first + c) + begin, part);
    }
  }
}

template <class T>
double project(MatrixView<const T> output, const ProjectionOperator& projection, double* K) {
  project_modes(output, projection, K);
  double sum_of_squares = 0.0;
  HWY_ALIGN double row[projected_columns];
  for (Index o = 0; o < output.columns; ++o) {
    for (Index first = 0; first < projection.pseudo_x.columns; first += projected_columns) {
      const Index count = std::min(projected_columns, projection.pseudo_x.columns - first);
      transposed_row(output, o, projection.pseudo_x, first, count, row);
      subtract_inside(projection, K, o, first, count, row);
      sum_of_squares += dot_product(row, row, count);
    }
  }
  return std::sqrt(sum_of_squares);
}

void set_projection(SimdKernels& kernels) {
  kernels.float32.project = &project<float>;
  kernels.float64.project = &project<double>;
}

}  // namespace polypath::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace polypath::cpu {

void set_projection_kernels(std::int64_t target, SimdKernels& kernels) {
  POLYPATH_TARGET_TABLE(set_projection)[table_slot(target)](kernels);
}

}  // namespace polypath::cpu
#endif
