#pragma once

#include "polypath/core/matrix.hpp"

#include <optional>
#include <vector>

namespace polypath::theory {

/// How a reduced equation is integrated (Runge-Kutta-Fehlberg 7(8) with error control).
struct IntegrationSettings {
  /// Local error per step relative to each dimensionless coordinate; the absolute part is 1e-3 of
  /// it, which is small against any starting asymmetry that matters.
  double tolerance = 1e-12;
  /// A mode has settled when |T - sum_a K_a| <= settled max(|T|, |sum_a K_a(0)|). All pathways
  /// then stand still, and later times are given the state of rest.
  double settled = 1e-10;
  /// Escape: sum_a K_a / T first reaches this.
  double escape_share = 0.5;
  /// Steps after which the integration is given up (InternalError).
  Index step_limit = 1000000;
};

/// Solution of a reduced equation for one mode. Times are theory times t = c eta epoch.
struct Trajectory {
  std::vector<double> times;          ///< as requested
  Matrix<double> K;                   ///< times x pathways, not divided by gains
  Matrix<double> state;               ///< times x coordinates of the equation, see where it is made
  std::optional<double> escape_time;  ///< empty when not reached before the last time
  std::optional<double> settled_time;  ///< likewise
};

}  // namespace polypath::theory
