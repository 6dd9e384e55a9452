#pragma once

#include "src/init/reduction/oracle.hpp"
#include "src/init/reduction/snapshot.hpp"

#include <vector>

namespace polypath::reduction {

/// Snapshots of one pathway side by side, columns in blocks of one snapshot: forward[s] (x_s x
/// r n), backward[s] (x_s x l_y n), and the factors that make a residual column relative to the
/// vector it perturbs.
struct Stacks {
  std::vector<Matrix<double>> forward;
  std::vector<Matrix<double>> backward;
  std::vector<std::vector<double>> forward_factor;  ///< per hidden space and column; 0 ignores it
  std::vector<std::vector<double>> backward_factor;
};

[[nodiscard]] Stacks stack(const std::vector<const Snapshot*>& snapshots, std::size_t pathway);

/// What W^s A^{s-1} and (W^{s+1})^T B^{s+1} have in the candidates of space s.
struct Residual {
  Matrix<double> forward;   ///< candidates x (r n)
  Matrix<double> backward;  ///< candidates x (l_y n)
};

[[nodiscard]] Residual find_residual(const Oracle& oracle, const Stacks& stacks, Index s);

/// Both parts side by side, columns multiplied by their factors.
[[nodiscard]] Matrix<double> relative_residual(const Residual& residual, const Stacks& stacks,
                                               Index s);

/// The largest relative residuals of all snapshots, and the snapshots on which a next sweep works.
struct WorkingSet {
  double eta = 0.0;
  std::vector<const Snapshot*> snapshots;  ///< ascending epochs
};

/// Snapshots equally spaced in arc length, and for every pathway, space and direction the one with
/// the largest residual.
[[nodiscard]] WorkingSet choose_snapshots(const std::vector<const Oracle*>& oracles,
                                          const std::vector<Snapshot>& snapshots);

}  // namespace polypath::reduction
