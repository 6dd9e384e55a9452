#pragma once

#include "polypath/theory/mode_problem.hpp"

#include <vector>

namespace polypath::theory {

/// Where a mode ends: T = sum_a K_a on the curve through the start.
struct SteadyState {
  std::vector<double> K;     ///< per pathway, not divided by gains, with its sign
  std::vector<double> p;     ///< per pathway, as in (20); empty from the product flow
  double internal_time = 0;  ///< y = integral_0^infinity (T - sum_b K_b) dt
  Index winner = 0;          ///< `winner_of` K
};

/// Final state of (20) without integration: the invariant (22) leaves one unknown, and
/// sum_a K_a = T has one root in it, found by bracketing. Any number of pathways, depths, gains
/// and signs. Relative error about 1e-13 times the condition of the problem, at every T.
[[nodiscard]] SteadyState reduced_steady_state(const ModeProblem& problem);

/// The pathway with the largest K_a / T; the first one when tied.
[[nodiscard]] Index winner_of(const std::vector<double>& K, double target);

}  // namespace polypath::theory
