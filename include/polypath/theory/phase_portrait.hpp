#pragma once

#include "polypath/core/matrix.hpp"
#include "polypath/theory/mode_problem.hpp"

#include <cstdint>
#include <vector>

namespace polypath::theory {

/// One panel of figure 3: two pathways of equal depth and gain in the (K_1, K_2) plane. K and S
/// are not divided by gains (the figure has gain 1).
struct PortraitSettings {
  Index depth = 2;
  double gain = 1;
  double S = 10;
  double spread = 0.1;  ///< standard deviation of p_a(0), p as in (20)
  Index trajectories = 100;
  std::uint64_t seed = 1;
  Index grid = 21;          ///< field points per axis, >= 2
  double lowest = 0;        ///< of both axes, unit of K
  double highest = 11;      ///< of both axes
  double resolution = 0.1;  ///< largest step of a path in K
};

/// One trajectory, from its start to its steady state on the line K_1 + K_2 = S.
struct PortraitPath {
  std::vector<double> time;  ///< theory time
  Matrix<double> p;          ///< points x 2
  Matrix<double> K;          ///< points x 2; may leave the axes: clip when drawing
};

struct Portrait {
  std::vector<double> axis;  ///< grid: the values of K_1 and of K_2 at which the field is given
  Matrix<double> field_1;  ///< grid x grid, dK_1/dt by (20) at K_1 = axis[column], K_2 = axis[row]
  Matrix<double> field_2;  ///< grid x grid, dK_2/dt likewise
  std::vector<PortraitPath> paths;
};

/// trajectories x 2 standard normal numbers, a function of seed alone on every machine. A start is
/// p = spread times these, so that panels of one row of figure 3 share their starts.
[[nodiscard]] Matrix<double> portrait_normals(Index trajectories, std::uint64_t seed);

/// Throws BadData for settings that describe no panel.
[[nodiscard]] Portrait phase_portrait(const PortraitSettings& settings);

}  // namespace polypath::theory
