#pragma once

#include <array>

namespace polypath::theory {

inline constexpr double hierarchy_gain = 0.316;
/// sqrt(15), sqrt(7) and 1: modes 1, 2 and 8 of the paper's data.
inline constexpr std::array<double, 3> hierarchy_S{3.8729833462074170, 2.6457513110645907, 1};

/// The epoch at a theory time: t = c eta epoch, learning rate eta = 0.01, c = 2 (sum_squares).
constexpr double hierarchy_epoch(double time) { return time / (2 * 0.01); }

/// Escape epochs (learning rate 0.01, c = 2, two equal pathways from K = 0) as found by another
/// program with other integrators, which reported the first point after the escape on a grid of
/// T/40000 epochs, T = 500, 1500, 3000, 9000 (four times that for the reduced equation), rounded
/// to the digits below: the tolerance is that grid step plus half a unit of the last digit.
struct EscapeRow {
  int depth;
  std::array<double, 3> product_flow;
  double product_tolerance;
  std::array<double, 3> reduced;
  double reduced_tolerance;
};

inline constexpr std::array<EscapeRow, 4> hierarchy_escapes{{
    {2, {23.3, 30.3, 53.7}, 0.0125 + 0.05, {28.0, 37.2, 72.6}, 0.05 + 0.05},
    {3, {39.9, 56.4, 131}, 0.0375 + 0.05, {55.2, 78.9, 192}, 0.15 + 0.5},
    {4, {79.9, 115.9, 295.8}, 0.075 + 0.05, {126.6, 184.5, 478.5}, 0.3 + 0.05},
    {7, {1118, 1636, 4332}, 0.225 + 0.5, {2415, 3535, 9356}, 0.9 + 0.5},
}};

}  // namespace polypath::theory
