#include "src/init/reduction/sweep.hpp"

#include "polypath/core/linalg.hpp"

#include "src/init/reduction/blocks.hpp"

#include <algorithm>
#include <cmath>

namespace polypath::reduction {
namespace {

/// Relative residuals that count as rounding when the first directions are chosen.
constexpr double start_tau = 1e-7;

/// The principal directions of relative residuals among the candidates of a space.
struct Candidates {
  Matrix<double> H;  ///< orthogonal, most important first
  Index needed = 0;  ///< so many leave no column above tau
};

Candidates rank_candidates(const Matrix<double>& relative, double tau) {
  const Index count = relative.rows();
  Candidates result;
  result.H =
      symmetric_eigen(multiply_transposed_right(relative.view(), relative.view()).view()).vectors;
  const Matrix<double> turned = multiply_transposed_left(result.H.view(), relative.view());
  std::vector<double> tail(static_cast<std::size_t>(turned.columns()), 0.0);
  for (Index i = count - 1; i >= 0; --i) {
    for (Index c = 0; c < turned.columns(); ++c) {
      tail[static_cast<std::size_t>(c)] += turned(i, c) * turned(i, c);
    }
    if (!tail.empty() && *std::max_element(tail.begin(), tail.end()) > tau * tau) {
      result.needed = i + 1;
      break;
    }
  }
  return result;
}

/// The first `count` rows of H^T X.
Matrix<double> turned_rows(const Matrix<double>& H, Index count, MatrixView<const double> X) {
  return multiply_transposed_left(block(H, 0, H.rows(), 0, count), X);
}

Matrix<double> columns_to_unit_length(Matrix<double> X) {
  const std::vector<double> squares = column_squares(X.view());
  for (Index r = 0; r < X.rows(); ++r) {
    for (Index c = 0; c < X.columns(); ++c) {
      const double square = squares[static_cast<std::size_t>(c)];
      X(r, c) = square > 0.0 ? X(r, c) / std::sqrt(square) : 0.0;
    }
  }
  return X;
}

Matrix<double> leading_identity(Index rows, Index columns) {
  Matrix<double> result(rows, columns);
  for (Index i = 0; i < std::min(rows, columns); ++i) {
    result(i, i) = 1.0;
  }
  return result;
}

Index largest_need(const std::vector<Candidates>& candidates) {
  Index needed = 0;
  for (const auto& one : candidates) {
    needed = std::max(needed, one.needed);
  }
  return needed;
}

/// One hidden space of all pathways in a sweep; the stacks get the coordinates of the vectors
/// along the new directions, right to first order, as W - R never acts on the complement.
void enrich(const LockStep& group, std::vector<Stacks>& stacks, Index s, double tau) {
  std::vector<Residual> residuals;
  std::vector<Candidates> candidates;
  for (std::size_t a = 0; a < group.oracles.size(); ++a) {
    residuals.push_back(find_residual(*group.oracles[a], stacks[a], s));
    candidates.push_back(rank_candidates(relative_residual(residuals.back(), stacks[a], s), tau));
  }
  const Index wanted = largest_need(candidates);
  const auto i = static_cast<std::size_t>(s);
  for (std::size_t a = 0; a < group.oracles.size(); ++a) {
    Oracle& oracle = *group.oracles[a];
    const Index count = std::min(wanted, oracle.candidates(s));
    if (count > 0) {
      const Matrix<double>& H = candidates[a].H;
      oracle.rotate(s, H);
      oracle.expand(s, count);
      stacks[a].forward[i] =
          stacked(stacks[a].forward[i], turned_rows(H, count, residuals[a].forward.view()).view());
      stacks[a].backward[i] = stacked(stacks[a].backward[i],
                                      turned_rows(H, count, residuals[a].backward.view()).view());
    }
  }
}

void visit_forward(const LockStep& group, Index d) {
  for (Oracle* oracle : group.oracles) {
    oracle->visit_forward(d);
  }
}

void visit_backward(const LockStep& group, Index d) {
  for (Oracle* oracle : group.oracles) {
    oracle->visit_backward(d);
  }
}

/// Expands what vectors X (named x columns) of space s have in its candidates, and replaces X by
/// their coordinates along the expanded directions.
void expand_span(const LockStep& group, Index s, std::vector<Matrix<double>>& vectors) {
  std::vector<Candidates> candidates;
  for (std::size_t a = 0; a < group.oracles.size(); ++a) {
    const Oracle& oracle = *group.oracles[a];
    const Matrix<double> unit = columns_to_unit_length(vectors[a]);
    const Index first = oracle.expanded(s);
    const auto outside = block(unit, first, oracle.candidates(s), 0, unit.columns());
    candidates.push_back(
        rank_candidates(padded(outside, outside.rows, outside.columns), start_tau));
  }
  const Index wanted = largest_need(candidates);
  for (std::size_t a = 0; a < group.oracles.size(); ++a) {
    Oracle& oracle = *group.oracles[a];
    const Index first = oracle.expanded(s);
    const Index count = std::min(wanted, oracle.candidates(s));
    const Matrix<double>& X = vectors[a];
    const auto outside = block(X, first, oracle.candidates(s), 0, X.columns());
    const Matrix<double> added = turned_rows(candidates[a].H, count, outside);
    const Matrix<double> inside = padded(block(X, 0, first, 0, X.columns()), first, X.columns());
    oracle.rotate(s, candidates[a].H);
    oracle.expand(s, count);
    vectors[a] = stacked(inside, added.view());
  }
}

}  // namespace

void start_basis(const LockStep& group, Index modes) {
  const Index depth = group.depth();
  if (depth == 2) {
    for (Oracle* oracle : group.oracles) {
      oracle->expand(1, oracle->candidates(1));
    }
    return;
  }
  std::vector<Matrix<double>> vectors;
  for (const Oracle* oracle : group.oracles) {
    vectors.push_back(leading_identity(oracle->named(0), std::min(modes, oracle->named(0))));
  }
  for (Index s = 1; s < depth; ++s) {
    for (std::size_t a = 0; a < vectors.size(); ++a) {
      const Matrix<double>& core = group.oracles[a]->core(s);
      vectors[a] = multiply(block(core, 0, core.rows(), 0, vectors[a].rows()), vectors[a].view());
    }
    expand_span(group, s, vectors);
    visit_forward(group, s + 1);
  }
  for (std::size_t a = 0; a < vectors.size(); ++a) {
    vectors[a] = leading_identity(group.oracles[a]->named(depth), modes);
  }
  for (Index s = depth - 1; s > 0; --s) {
    for (std::size_t a = 0; a < vectors.size(); ++a) {
      const Matrix<double>& core = group.oracles[a]->core(s + 1);
      vectors[a] = multiply_transposed_left(block(core, 0, vectors[a].rows(), 0, core.columns()),
                                            vectors[a].view());
    }
    expand_span(group, s, vectors);
    visit_backward(group, s);
  }
}

void sweep(const LockStep& group, const std::vector<const Snapshot*>& snapshots, double tau) {
  std::vector<Stacks> stacks;
  for (const std::size_t pathway : group.pathways) {
    stacks.push_back(stack(snapshots, pathway));
  }
  for (Index s = 1; s < group.depth(); ++s) {
    enrich(group, stacks, s, tau);
    visit_forward(group, s + 1);
  }
  for (Index s = group.depth() - 1; s > 0; --s) {
    enrich(group, stacks, s, tau);
    visit_backward(group, s);
  }
}

}  // namespace polypath::reduction
