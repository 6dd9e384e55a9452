#pragma once

#include "polypath/theory/mode_problem.hpp"
#include "polypath/theory/trajectory.hpp"

namespace polypath::theory {

/// The paper's reduced equation (20) in the units of a network with gain g per layer:
///   K_a = g_a^{D_a} p_a (1 + p_a^2)^{(D_a - 1)/2},
///   dp_a/dt = g_a^{D_a - 2} (1 + p_a^2)^{(D_a - 1)/2} (T - sum_b K_b),
/// for any number of pathways, depths and gains, started at p_a = strength_inverse(K_a(0)).
/// Trajectory::state is p (times x pathways). Holds late (p >> 1) and for one layer; early it is
/// too slow by the factor D, and p_a(0) = K_a(0)/(D g^D) would belong to it (src/theory/README.md).
[[nodiscard]] Trajectory integrate_reduced(const ModeProblem& problem,
                                           const std::vector<double>& times,
                                           const IntegrationSettings& settings = {});

/// Equation (16), of which (17) is the case of equal gains: every layer's gain on its own,
///   d Gamma_a^d / dt = prod_{i != d} Gamma_a^i (T - sum_b K_b),  K_a = prod_d Gamma_a^d.
/// `gains[a][d]` are the measured q_1 .. q_{D-1}, p of pathway a at t = 0, not divided by g.
/// Trajectory::state holds all gains, pathway after pathway (times x sum_a D_a).
/// A pathway with two gains of zero stays at rest; where no pathway can move this throws
/// InternalError. Gamma_d^2 - Gamma_1^2 is conserved within a pathway: (18), (19).
[[nodiscard]] Trajectory integrate_gains(const std::vector<std::vector<double>>& gains,
                                         double target, const std::vector<double>& times,
                                         const IntegrationSettings& settings = {});

}  // namespace polypath::theory
