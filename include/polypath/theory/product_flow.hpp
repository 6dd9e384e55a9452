#pragma once

#include "polypath/theory/mode_problem.hpp"
#include "polypath/theory/steady_state.hpp"
#include "polypath/theory/trajectory.hpp"

#include <array>
#include <span>

namespace polypath::theory {

/// The product of a mode's layers divided by g^D, P: a 2 x 2 matrix, row-major, in the plane of the
/// mode's vector and its complement, K = g^D P[2] (row 2, column 1); and P[4] = log det P, which
/// the entries themselves lose to cancellation once the pathway has learned.
using Product = std::array<double, 5>;

/// Where P stands at the start. For isometric layers (g times orthogonal) the first layers carry v
/// to a vector of length g^{D-1} that meets the last layer's row, of length g, at the cosine
/// K(0)/g^D: P(0)/g^D is the rotation by arcsin(K(0)/g^D), the identity when K(0) = 0. In effect
/// a small K(0) is a lead of r_D K(0)/(D g^{2D-2}) in internal time y, r_2 = 1, r_3 = 0.916,
/// r_4 = 0.871, r_7 = 0.815, r_13 = 0.782; the paper's p_a(0) = K_a(0)/g^D makes it D/r_D times
/// larger. D = 1: P[2] = K(0)/g, any size.
/// Throws BadData when |K(0)| > g^D and D > 1: no isometric layers have that product.
[[nodiscard]] Product product_start(double K, const TheoryPathway& pathway);

/// d(P/g^D)/dy = g^{D-2} sum_{j=1..D} (P P^T)^{(D-j)/D} e_2 e_1^T (P^T P)^{(j-1)/D} of P/g^D,
/// where dy = (T - sum_b K_b) dt. Exact for isometric layers, in which every W^d stays balanced.
[[nodiscard]] Product product_growth(const Product& P, const TheoryPathway& pathway);

/// The rate dK/dy at which a mode leaves K = 0 in a pathway of any weights,
/// c = sum_d |B^d u|^2 |A^{d-1} v|^2 = sum_d b_D^2 ... b_{d+1}^2 f_{d-1}^2 ... f_1^2, from the
/// forward and backward gains f_1 .. f_D, b_1 .. b_D of its layers (LayerQuantities). UsageError
/// unless there are as many of the one as of the other.
[[nodiscard]] double plateau_rate(std::span<const double> forward_gains,
                                  std::span<const double> backward_gains);

/// The gain that gives isometric layers the plateau rate dK/dy of a measured pathway,
/// c = plateau_rate at t = 0: g = (c/D)^{1/(2D-2)}. Differences of c between
/// pathways break their symmetry as much as K(0) does. UsageError for D < 2 or c <= 0.
[[nodiscard]] double effective_gain(double plateau_rate, Index depth);

/// The product flow of all pathways of a mode, started by `product_start` from the measured
/// K_a(0) and gains. Trajectory::state holds the Products (times x 5 pathways). Escape is right to
/// 3 % for isometric layers, late by 1, 6, 20 % at D = 3, 4, 7 in mode 1 for square Gaussian ones.
[[nodiscard]] Trajectory integrate_product_flow(const ModeProblem& problem,
                                                const std::vector<double>& times,
                                                const IntegrationSettings& settings = {});

/// Where the product flow ends: final K_a and winner of any number of pathways. Each pathway runs
/// along its own curve of y alone, so the split is that of sum_a K_a(y) = T.
[[nodiscard]] SteadyState product_flow_steady_state(const ModeProblem& problem,
                                                    const IntegrationSettings& settings = {});

}  // namespace polypath::theory
