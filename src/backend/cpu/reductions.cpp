#include "src/backend/cpu/reductions.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace polypath::cpu {
namespace {

/// Columns worked on at a time, so that partial rows have a fixed place on the stack.
constexpr Index chunk = 256;
using Chunk = std::array<double, chunk>;
/// The same for residuals, once an epoch: clearing more would be felt in small networks.
constexpr Index residual_chunk = 64;

/// sums[c] += factor * row[c].
template <class T>
void add_scaled(double factor, const T* row, Index count, double* sums) {
  for (Index c = 0; c < count; ++c) {
    sums[c] += factor * static_cast<double>(row[c]);
  }
}

/// sums[c] = sum_e matrix(e, row) other(e, first + c): one row of matrix^T other.
template <class T>
void transposed_row(MatrixView<const T> matrix, Index row, MatrixView<const double> other,
                    Index first, Index count, double* sums) {
  std::fill_n(sums, count, 0.0);
  for (Index e = 0; e < matrix.rows; ++e) {
    add_scaled(static_cast<double>(matrix(e, row)), other.row(e) + first, count, sums);
  }
}

/// K = U^T (output^T Q).
template <class T>
void project_modes(MatrixView<const T> output, const ProjectionOperator& projection, double* K) {
  const Index modes = projection.Q.columns;
  const Index rows = projection.U.columns;
  Chunk response{};
  std::fill_n(K, rows * modes, 0.0);
  for (Index first = 0; first < modes; first += chunk) {
    const Index count = std::min(chunk, modes - first);
    for (Index o = 0; o < output.columns; ++o) {
      transposed_row(output, o, projection.Q, first, count, response.data());
      for (Index m = 0; m < rows; ++m) {
        add_scaled(projection.U(o, m), response.data(), count, K + m * modes + first);
      }
    }
  }
}

/// sums[c] -= (U K V^T)(o, first + c).
void subtract_inside(const ProjectionOperator& projection, const double* K, Index o, Index first,
                     Index count, double* sums) {
  const Index modes = projection.V.columns;
  Chunk gains{};
  for (Index begin = 0; begin < modes; begin += chunk) {
    const Index part = std::min(chunk, modes - begin);
    std::fill_n(gains.data(), part, 0.0);
    for (Index m = 0; m < projection.U.columns; ++m) {
      add_scaled(projection.U(o, m), K + m * modes + begin, part, gains.data());
    }
    for (Index c = 0; c < count; ++c) {
      const double* v = projection.V.row(first + c) + begin;
      double inside = 0.0;
      for (Index m = 0; m < part; ++m) {
        inside += gains[static_cast<std::size_t>(m)] * v[m];
      }
      sums[c] -= inside;
    }
  }
}

/// residual[c] = sums[c] - target[c], and its square is added to squares[c].
template <class T>
void subtract_target(const T* __restrict target, Index count, const double* __restrict sums,
                     T* __restrict residual, double* __restrict squares) {
  for (Index c = 0; c < count; ++c) {
    const double difference = sums[c] - static_cast<double>(target[c]);
    residual[c] = static_cast<T>(difference);
    squares[c] += difference * difference;
  }
}

template <class T>
double member_residual(std::span<const BatchView<const T>> outputs, Index member, Index members,
                       MatrixView<const T> target, MatrixView<T> residual) {
  double sum_of_squares = 0.0;
  std::array<double, residual_chunk> sums{};
  std::array<double, residual_chunk> squares{};  // one a column: they need not wait for each other
  for (Index first = 0; first < residual.columns; first += residual_chunk) {
    const Index count = std::min(residual_chunk, residual.columns - first);
    std::fill_n(squares.data(), count, 0.0);
    for (Index e = 0; e < residual.rows; ++e) {
      std::fill_n(sums.data(), count, 0.0);
      for (const BatchView<const T>& group : outputs) {
        const Index pathways = group.count / members;
        for (Index a = 0; a < pathways; ++a) {
          add_scaled(1.0, group[member * pathways + a].row(e) + first, count, sums.data());
        }
      }
      subtract_target(target.row(e) + first, count, sums.data(), residual.row(e) + first,
                      squares.data());
    }
    sum_of_squares = std::accumulate(squares.data(), squares.data() + count, sum_of_squares);
  }
  return sum_of_squares;
}

}  // namespace

template <class T>
void residual_and_loss(std::span<const BatchView<const T>> outputs, BatchView<const T> target,
                       double loss_scale, BatchView<T> residual, const LossWatch& watch) {
  if (residual.empty()) {
    return;
  }
  for (Index m = 0; m < residual.count; ++m) {
    watch.loss[m] =
        loss_scale * member_residual(outputs, m, residual.count, target[m], residual[m]);
    // Written so that a loss that is not a number counts as divergence.
    const bool within = watch.loss[m] <= watch.limit[m];
    if (!within && watch.stopped_epoch[m] < 0) {
      watch.stopped_epoch[m] = *watch.epoch;
    }
  }
  ++*watch.epoch;
}

template <class T>
double project_output(MatrixView<const T> output, const ProjectionOperator& projection, double* K) {
  project_modes(output, projection, K);
  double sum_of_squares = 0.0;
  Chunk row{};
  for (Index o = 0; o < output.columns; ++o) {
    for (Index first = 0; first < projection.pseudo_x.columns; first += chunk) {
      const Index count = std::min(chunk, projection.pseudo_x.columns - first);
      transposed_row(output, o, projection.pseudo_x, first, count, row.data());
      subtract_inside(projection, K, o, first, count, row.data());
      for (Index c = 0; c < count; ++c) {
        sum_of_squares += row[static_cast<std::size_t>(c)] * row[static_cast<std::size_t>(c)];
      }
    }
  }
  return std::sqrt(sum_of_squares);
}

template void residual_and_loss(std::span<const BatchView<const float>>, BatchView<const float>,
                                double, BatchView<float>, const LossWatch&);
template void residual_and_loss(std::span<const BatchView<const double>>, BatchView<const double>,
                                double, BatchView<double>, const LossWatch&);
template double project_output(MatrixView<const float>, const ProjectionOperator&, double*);
template double project_output(MatrixView<const double>, const ProjectionOperator&, double*);

}  // namespace polypath::cpu
