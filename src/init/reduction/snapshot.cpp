#include "src/init/reduction/snapshot.hpp"

#include "polypath/core/linalg.hpp"

#include "src/init/reduction/blocks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace polypath::reduction {
namespace {

/// Stored snapshots are thinned out to half above this number or this size.
constexpr std::size_t most_snapshots = 800;
constexpr Index most_bytes = Index{256} << 20U;

/// E in the mode bases, l_y x r.
Matrix<double> error_of(const std::vector<Factors>& pathways, const ModeBasis& basis) {
  Matrix<double> error = basis.correlation;
  for (const auto& factors : pathways) {
    const Matrix<double> learned = multiply(factors.forward.back().view(), basis.covariance.view());
    for (Index i = 0; i < error.rows() * error.columns(); ++i) {
      error.data()[i] -= learned.data()[i];
    }
  }
  return error;
}

std::vector<double> weights_of(const std::vector<double>& error_squares, const ModeBasis& basis) {
  std::vector<double> weights;
  for (std::size_t i = 0; i < error_squares.size(); ++i) {
    const bool is_mode = static_cast<Index>(i) < basis.modes;
    weights.push_back(is_mode ? 1.0 : std::min(1.0, std::sqrt(error_squares[i]) / basis.scale));
  }
  return weights;
}

Index bytes_of_snapshot(const Snapshot& snapshot) {
  Index elements = 0;
  for (const auto& factors : snapshot.pathways) {
    for (std::size_t s = 0; s < factors.forward.size(); ++s) {
      elements += static_cast<Index>(factors.forward[s].elements().size() +
                                     factors.backward[s].elements().size());
    }
  }
  return 8 * elements;
}

void append_log_norms(const Matrix<double>& vectors, Index count, std::vector<double>& to) {
  const std::vector<double> squares =
      column_squares(block(vectors, 0, vectors.rows(), 0, std::min(count, vectors.columns())));
  for (const double square : squares) {
    to.push_back(0.5 * std::log(square + std::numeric_limits<double>::min()));
  }
}

std::vector<double> coordinates_of(const std::vector<Factors>& pathways,
                                   const Matrix<double>& error, const ModeBasis& basis) {
  std::vector<double> coordinates;
  for (const auto& factors : pathways) {
    for (std::size_t s = 1; s + 1 < factors.forward.size(); ++s) {
      append_log_norms(factors.forward[s], basis.modes, coordinates);
      append_log_norms(factors.backward[s], basis.modes, coordinates);
    }
  }
  for (Index j = 0; j < basis.modes; ++j) {
    coordinates.push_back(3.0 * error(j, j) / basis.correlation(j, j));
  }
  return coordinates;
}

}  // namespace

Factors make_factors(const std::vector<MatrixView<const double>>& weights, const ModeBasis& basis) {
  const std::size_t depth = weights.size();
  Factors factors{std::vector<Matrix<double>>(depth + 1), std::vector<Matrix<double>>(depth + 1)};
  factors.forward[0] = identity(basis.input_dimension());
  factors.backward[depth] = identity(basis.output_dimension());
  for (std::size_t d = 1; d <= depth; ++d) {
    const auto& below = d > 1 ? factors.forward[d - 1] : basis.inputs;
    factors.forward[d] = multiply(weights[d - 1], below.view());
  }
  factors.forward[depth] =
      multiply_transposed_left(basis.outputs.view(), factors.forward[depth].view());
  for (std::size_t d = depth; d > 1; --d) {
    const auto& above = d < depth ? factors.backward[d] : basis.outputs;
    factors.backward[d - 1] = multiply_transposed_left(weights[d - 1], above.view());
  }
  factors.backward[0] = transpose(factors.forward[depth].view());
  return factors;
}

Snapshot make_snapshot(Index epoch, std::vector<Factors> pathways, const ModeBasis& basis) {
  Snapshot snapshot;
  snapshot.epoch = epoch;
  const Matrix<double> error = error_of(pathways, basis);
  snapshot.pathways = std::move(pathways);
  snapshot.input_weight = weights_of(column_squares(error.view()), basis);
  snapshot.output_weight = weights_of(column_squares(transpose(error.view()).view()), basis);
  snapshot.largest_error = max_abs(error.view()) / basis.scale;
  snapshot.arc_coordinates = coordinates_of(snapshot.pathways, error, basis);
  return snapshot;
}

double arc_between(const Snapshot& from, const Snapshot& to) {
  double step = 0.0;
  for (std::size_t i = 0; i < to.arc_coordinates.size(); ++i) {
    step = std::max(step, std::abs(to.arc_coordinates[i] - from.arc_coordinates[i]));
  }
  return step;
}

void SnapshotStore::add(Snapshot snapshot) {
  if (!stored_.empty()) {
    arc_ += arc_between(latest_, snapshot);
  }
  if (stored_.empty() || arc_ >= stored_.back().arc + spacing_) {
    stored_.push_back({arc_, snapshot});
    thin_out();
  }
  latest_ = std::move(snapshot);
}

void SnapshotStore::thin_out() {
  const Index bytes = bytes_of_snapshot(stored_.back().snapshot);
  while (stored_.size() > most_snapshots ||
         (stored_.size() > 64 && static_cast<Index>(stored_.size()) * bytes > most_bytes)) {
    spacing_ *= 2.0;
    std::vector<Stored> kept;
    for (auto& entry : stored_) {
      if (kept.empty() || entry.arc >= kept.back().arc + spacing_) {
        kept.push_back(std::move(entry));
      }
    }
    if (kept.size() == stored_.size()) {
      spacing_ *= 2.0;
    }
    stored_ = std::move(kept);
  }
}

std::vector<Snapshot> SnapshotStore::take() {
  std::vector<Snapshot> result;
  for (auto& entry : stored_) {
    result.push_back(std::move(entry.snapshot));
  }
  if (!result.empty() && result.back().epoch != latest_.epoch) {
    result.push_back(latest_);
  }
  return result;
}

}  // namespace polypath::reduction
