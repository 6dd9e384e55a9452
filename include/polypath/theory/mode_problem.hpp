#pragma once

#include "polypath/core/types.hpp"

#include <vector>

namespace polypath::theory {

/// One pathway as the theory sees it. `gain` is g = sigma sqrt(N) > 0, the factor by which each
/// of its `depth` >= 1 layers stretches the mode's vector at the start (2.1, 3.1). At depth 1 it is
/// a unit of p alone: dK/dt = T - sum K, and any value will do.
struct TheoryPathway {
  Index depth = 2;
  double gain = 1;
};

/// One singular mode shared by several pathways. K is U^T Omega V of section 2 (not divided by
/// gains), `target` the diagonal element T of the target it converges to, `start` the measured
/// K_a(0), one per pathway.
struct ModeProblem {
  double target = 1;
  std::vector<TheoryPathway> pathways;
  std::vector<double> start;

  /// Throws BadData unless there is a pathway, every depth is >= 1, every gain positive and
  /// finite, and start is as long as pathways with finite values.
  void check() const;
};

/// K = g^D p (1 + p^2)^{(D-1)/2}, the product below (17) with q^2 = 1 + p^2 (19); p and q are
/// gains divided by g.
[[nodiscard]] double strength(double p, const TheoryPathway& pathway);
/// The p at a given K: the inverse of `strength`, at full relative precision for every finite K.
[[nodiscard]] double strength_inverse(double K, const TheoryPathway& pathway);
/// dp/dy = g^{D-2} (1 + p^2)^{(D-1)/2}, right-hand side of (20) without the error T - sum_b K_b.
[[nodiscard]] double growth(double p, const TheoryPathway& pathway);
/// dK/dy = g^{2D-2} (1 + p^2)^{D-2} (1 + D p^2): the same for K.
[[nodiscard]] double strength_growth(double p, const TheoryPathway& pathway);

}  // namespace polypath::theory
