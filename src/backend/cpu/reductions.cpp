#include "src/backend/cpu/reductions.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace polypath::cpu {
namespace {

/// Columns worked on at a time, so that partial rows have a fixed place on the stack; clearing more
/// would be felt in small networks.
constexpr Index residual_chunk = 64;

/// sums[c] += factor * row[c].
template <class T>
void add_scaled(double factor, const T* row, Index count, double* sums) {
  for (Index c = 0; c < count; ++c) {
    sums[c] += factor * static_cast<double>(row[c]);
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

template void residual_and_loss(std::span<const BatchView<const float>>, BatchView<const float>,
                                double, BatchView<float>, const LossWatch&);
template void residual_and_loss(std::span<const BatchView<const double>>, BatchView<const double>,
                                double, BatchView<double>, const LossWatch&);

}  // namespace polypath::cpu
