#pragma once

#include "polypath/theory/mode_problem.hpp"

namespace polypath::theory {

// The regime (23), p = q: p and K large against their gains. All functions take K > 0 and p > 0
// that are not divided by gains: p^{2-D} then carries the weight g^{2-D} by itself, so unequal
// depths and gains need nothing more. With p' = p/g the relative error of a term of (25) is
// (D-1)(D-2)/(2D p'^2) (1/(4 p'^2) in the logarithm at D = 2); in (26) that order cancels and
// about (D/p')^4/8 is left.

/// One side of (25), p^{2-D}/(2-D); log p at D = 2, p at D = 1.
[[nodiscard]] double power_term_of_p(double p, Index depth);
/// One side of (26), K^{2/D-1}/(2-D); log(K)/2 at D = 2, K at D = 1.
[[nodiscard]] double power_term_of_K(double K, Index depth);

/// C_ab of (25), (26) from the start: the value the left-hand sides tend to late, by matching to
/// the invariant (22), w_a F_a - w_b F_b with the limits of F taken off. (The starting p, K are
/// not large, so (25), (26) cannot be evaluated there.)
[[nodiscard]] double asymptotic_constant(const ModeProblem& problem, std::size_t a, std::size_t b);

/// K_b of K_a + K_b = S' and (26): the large-S split of two pathways at any depths, by bracketing.
/// S' > 0 is S minus the other pathways' K.
[[nodiscard]] double power_split(double constant, double total, Index depth_a, Index depth_b);

/// (27): C' = 1/K_a - 1/K_b.
[[nodiscard]] double reciprocal_constant(double K_a, double K_b);
/// C' of (27) that belongs to C_ab of (26) at equal large depth: (2 - D) g^{D-2} C_ab, for K
/// divided by g^D. What is dropped is K'^{2/D}, near 1 in those units only for D >> 2 log K'.
[[nodiscard]] double reciprocal_constant_of(double constant, const TheoryPathway& pathway);
/// (28) to (30): the root K_b in [0, S'] of C' K^2 + (2 - S' C') K - S' = 0, without the
/// cancellation of (30); S'/2 at C' = 0. Always the upper sign of (30).
[[nodiscard]] double reciprocal_split(double constant, double total);
/// (31), the limit |C'| -> infinity: S'/2 + sign(C') S'/2. Off by less than 1/|C'|.
[[nodiscard]] double dominant_split(double constant, double total);

}  // namespace polypath::theory
