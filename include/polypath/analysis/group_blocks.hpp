#pragma once

#include "polypath/core/matrix.hpp"

#include <vector>

namespace polypath::analysis {

/// A mode group of one member, direction by direction: which pathway holds which, that the traces
/// of their blocks do not see. Nothing here depends on the basis chosen within the group.
///
/// From the diagonal blocks K_a of the pathways, by their symmetric parts, on the span of the
/// directions that have been learned, as `shares` means it of a mode: the eigenvectors of
/// sum_a K_a with an eigenvalue of at least 0.05 T. In their basis sum_a K_a is a diagonal matrix
/// A.
class GroupBlocks {
 public:
  /// One square, finite block per pathway; `target`: T, the mean of the group's targets.
  GroupBlocks(const std::vector<MatrixView<const double>>& blocks, double target);

  /// How many directions have been learned; 0 for target <= 0.
  [[nodiscard]] Index learned() const { return static_cast<Index>(strengths_.size()); }
  /// sum_a K_a in the direction in which it is least, over T; NaN for target <= 0.
  [[nodiscard]] double least_learned() const { return least_learned_; }

  /// What a pathway holds of the learned directions, largest first: the eigenvalues of
  /// A^-1/2 K_a A^-1/2. Of two pathways both have the same eigenvectors, where their shares add up
  /// to 1; of more each has its own. For a block of one: K_a over the sum.
  [[nodiscard]] std::vector<double> shares(Index pathway) const;

  /// Dominance over directions. Let the learned directions be divided among the M pathways as well
  /// as can be: f = max sum_a tr(E_a K_a) / tr A over E_a >= 0 with sum_a E_a = 1 (projections on
  /// orthogonal subspaces, or, where that is better, mixed). Then it is (M f - 1)/(M - 1): 0 where
  /// every direction is shared evenly, 1 where each is in one pathway alone. Of two pathways it is
  /// the nuclear norm of K_1 - K_2 over tr A (as a measurement that tells two states apart,
  /// Helstrom 1969); for a block of one `dominance`. For more than two it is found by iteration to
  /// 1e-6, NaN should that not settle. NaN also without learned directions and of one pathway.
  [[nodiscard]] double split() const;

 private:
  double least_learned_;
  std::vector<double> strengths_;       ///< the diagonal of A
  std::vector<Matrix<double>> blocks_;  ///< of each pathway, on the learned directions, symmetric
};

}  // namespace polypath::analysis
