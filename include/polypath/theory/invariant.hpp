#pragma once

#include "polypath/core/types.hpp"

namespace polypath::theory {

/// Equation (22), in closed form for every integer depth D >= 1 (n = D - 1):
///   F_D(p) = p 2F1(1/2, n/2; 3/2; -p^2) = integral_0^p (1 + s^2)^{-n/2} ds,
/// odd and increasing in the dimensionless p = p_unscaled / g. F_a - F_b is conserved by (20) for
/// two pathways of equal depth and gain; for others w_a F_a - w_b F_b with w = `invariant_weight`.
/// Relative error below 1e-13 for D to 100 at every p. Throws UsageError for D < 1, here and below.
[[nodiscard]] double invariant(double p, Index depth);

/// g^{2-D}: what F_D is multiplied by so that pathways of different depth or gain have the same
/// internal time y = integral (T - sum_b K_b) dt, that is w F_D(p(t)) = w F_D(p(0)) + y.
[[nodiscard]] double invariant_weight(Index depth, double gain);

/// F_D(infinity) = sqrt(pi)/2 Gamma((D-2)/2) / Gamma((D-1)/2); infinite for D <= 2.
[[nodiscard]] double invariant_limit(Index depth);

/// F_D(infinity) - F_D(p) = integral_p^infinity (1 + s^2)^{-n/2} ds without cancellation: relative
/// error below 1e-12 down to underflow. Infinite for D <= 2.
[[nodiscard]] double invariant_tail(double p, Index depth);

/// The p with F_D(p) = value. D >= 3: |value| >= F_D(infinity) throws UsageError. Close to the
/// limit the problem itself is ill-conditioned (relative error of p = eps F / (p F')): use
/// `invariant_tail_inverse` there.
[[nodiscard]] double invariant_inverse(double value, Index depth);

/// The p with F_D(infinity) - F_D(p) = tail, 0 < tail < 2 F_D(infinity), D >= 3; UsageError else.
[[nodiscard]] double invariant_tail_inverse(double tail, Index depth);

}  // namespace polypath::theory
