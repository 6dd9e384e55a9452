#pragma once

#include "source.hpp"

#include <cstddef>
#include <vector>

namespace polypath::config {

/// Reads `"key, key" = [[value, value], ...]` of [sweep]; throws BadData with its place.
[[nodiscard]] Axis read_axis(const Entry& entry);

/// The axis as TOML: `"network.depth, train.epochs" = [[2, 1000], [3, 10000]]`, every value in its
/// one spelling.
[[nodiscard]] std::string axis_to_toml(const Axis& axis);

/// The rows that one cell takes, one per axis.
using GridPoint = std::vector<std::size_t>;

/// All points of the grid, the last axis varying fastest; one empty point without axes. Throws
/// BadData when there are more than a sweep can have.
[[nodiscard]] std::vector<GridPoint> grid_of(const std::vector<Axis>& axes);

}  // namespace polypath::config
