#include "src/init/reduction/residuals.hpp"

#include "polypath/core/linalg.hpp"

#include "src/init/reduction/blocks.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace polypath::reduction {
namespace {

/// Snapshots of a working set that are spread evenly.
constexpr Index even_snapshots = 48;

using FactorsMember = std::vector<Matrix<double>> Factors::*;
using WeightsMember = std::vector<double> Snapshot::*;

Matrix<double> side_by_side(const std::vector<const Snapshot*>& snapshots, std::size_t pathway,
                            FactorsMember member, std::size_t s) {
  const Matrix<double>& first = (snapshots.front()->pathways[pathway].*member)[s];
  Matrix<double> result(first.rows(), first.columns() * static_cast<Index>(snapshots.size()));
  Index column = 0;
  for (const Snapshot* snapshot : snapshots) {
    paste((snapshot->pathways[pathway].*member)[s].view(), result, 0, column);
    column += first.columns();
  }
  return result;
}

std::vector<double> column_factors(const Matrix<double>& vectors,
                                   const std::vector<const Snapshot*>& snapshots,
                                   WeightsMember weights) {
  std::vector<double> factors = column_squares(vectors.view());
  std::size_t column = 0;
  for (const Snapshot* snapshot : snapshots) {
    for (const double weight : snapshot->*weights) {
      const double length = std::sqrt(factors[column]);
      factors[column] = length > 0.0 ? weight / length : 0.0;
      ++column;
    }
  }
  return factors;
}

/// Mean squares of what the pending directions of space s - 1 will add to the forward residuals.
std::vector<double> unseen_squares(const Oracle& oracle, const Stacks& stacks, Index s) {
  const auto below = static_cast<std::size_t>(s - 1);
  const Matrix<double>& forward = stacks.forward[below];
  const Index first = oracle.first_pending(s - 1);
  const Index count = oracle.expanded(s - 1) - first;
  std::vector<double> squares = column_squares(block(forward, first, count, 0, forward.columns()));
  const double variance = oracle.unseen_variance(s);
  for (double& square : squares) {
    square *= variance;
  }
  return squares;
}

/// The snapshot with the largest relative residual column.
struct Worst {
  double size = 0.0;
  std::size_t snapshot = 0;
};

Worst find_worst(const Matrix<double>& residual, const std::vector<double>& unseen,
                 const std::vector<double>& factors, std::size_t snapshots) {
  const std::vector<double> squares = column_squares(residual.view());
  const std::size_t block_columns = factors.size() / snapshots;
  Worst worst;
  for (std::size_t c = 0; c < factors.size(); ++c) {
    const double added = unseen.empty() ? 0.0 : unseen[c];
    const double size = std::sqrt(squares[c] + added) * factors[c];
    if (size > worst.size) {
      worst = {size, c / block_columns};
    }
  }
  return worst;
}

/// The indices of snapshots equally spaced in arc length, first and last included.
std::set<std::size_t> evenly_spaced(const std::vector<Snapshot>& snapshots) {
  std::vector<double> arc(1, 0.0);
  for (std::size_t n = 1; n < snapshots.size(); ++n) {
    arc.push_back(arc.back() + arc_between(snapshots[n - 1], snapshots[n]));
  }
  std::set<std::size_t> chosen{0, snapshots.size() - 1};
  for (Index i = 0; i < even_snapshots; ++i) {
    const double wanted = arc.back() * static_cast<double>(i) / (even_snapshots - 1);
    const auto found = std::lower_bound(arc.begin(), arc.end(), wanted);
    chosen.insert(std::min(static_cast<std::size_t>(found - arc.begin()), arc.size() - 1));
  }
  return chosen;
}

/// Adds the worst snapshots of one pathway and returns its largest residual.
double add_worst(const Oracle& oracle, const Stacks& stacks, std::size_t snapshots,
                 std::set<std::size_t>& chosen) {
  double eta = 0.0;
  for (Index s = 1; s < oracle.depth(); ++s) {
    const auto i = static_cast<std::size_t>(s);
    const Residual residual = find_residual(oracle, stacks, s);
    const Worst worst[] = {find_worst(residual.forward, unseen_squares(oracle, stacks, s),
                                      stacks.forward_factor[i], snapshots),
                           find_worst(residual.backward, {}, stacks.backward_factor[i], snapshots)};
    for (const Worst& found : worst) {
      if (found.size > 0.0) {
        chosen.insert(found.snapshot);
        eta = std::max(eta, found.size);
      }
    }
  }
  return eta;
}

}  // namespace

Stacks stack(const std::vector<const Snapshot*>& snapshots, std::size_t pathway) {
  const std::size_t spaces = snapshots.front()->pathways[pathway].forward.size();
  Stacks stacks{std::vector<Matrix<double>>(spaces), std::vector<Matrix<double>>(spaces),
                std::vector<std::vector<double>>(spaces), std::vector<std::vector<double>>(spaces)};
  for (std::size_t s = 0; s < spaces; ++s) {
    stacks.forward[s] = side_by_side(snapshots, pathway, &Factors::forward, s);
    stacks.backward[s] = side_by_side(snapshots, pathway, &Factors::backward, s);
    stacks.forward_factor[s] =
        column_factors(stacks.forward[s], snapshots, &Snapshot::input_weight);
    stacks.backward_factor[s] =
        column_factors(stacks.backward[s], snapshots, &Snapshot::output_weight);
  }
  return stacks;
}

Residual find_residual(const Oracle& oracle, const Stacks& stacks, Index s) {
  const Index first = oracle.expanded(s);
  const Index count = oracle.candidates(s);
  const Matrix<double>& forward = stacks.forward[static_cast<std::size_t>(s - 1)];
  const Matrix<double>& backward = stacks.backward[static_cast<std::size_t>(s + 1)];
  return {multiply(block(oracle.core(s), first, count, 0, forward.rows()), forward.view()),
          multiply_transposed_left(block(oracle.core(s + 1), 0, backward.rows(), first, count),
                                   backward.view())};
}

Matrix<double> relative_residual(const Residual& residual, const Stacks& stacks, Index s) {
  const auto& forward_factor = stacks.forward_factor[static_cast<std::size_t>(s)];
  const auto& backward_factor = stacks.backward_factor[static_cast<std::size_t>(s)];
  const Index split = residual.forward.columns();
  Matrix<double> result(residual.forward.rows(), split + residual.backward.columns());
  for (Index r = 0; r < result.rows(); ++r) {
    for (Index c = 0; c < split; ++c) {
      result(r, c) = residual.forward(r, c) * forward_factor[static_cast<std::size_t>(c)];
    }
    for (Index c = split; c < result.columns(); ++c) {
      result(r, c) =
          residual.backward(r, c - split) * backward_factor[static_cast<std::size_t>(c - split)];
    }
  }
  return result;
}

WorkingSet choose_snapshots(const std::vector<const Oracle*>& oracles,
                            const std::vector<Snapshot>& snapshots) {
  std::vector<const Snapshot*> all;
  all.reserve(snapshots.size());
  for (const auto& snapshot : snapshots) {
    all.push_back(&snapshot);
  }
  std::set<std::size_t> chosen = evenly_spaced(snapshots);
  WorkingSet result;
  for (std::size_t a = 0; a < oracles.size(); ++a) {
    const Stacks stacks = stack(all, a);
    result.eta = std::max(result.eta, add_worst(*oracles[a], stacks, all.size(), chosen));
  }
  for (const std::size_t n : chosen) {
    result.snapshots.push_back(all[n]);
  }
  return result;
}

}  // namespace polypath::reduction
