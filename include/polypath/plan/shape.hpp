#pragma once

#include "polypath/config/config.hpp"
#include "polypath/core/types.hpp"

#include <vector>

namespace polypath {

/// Units per layer of one pathway: N^0 = inputs, ..., N^D = outputs.
struct PathwayShape {
  std::vector<Index> units;

  [[nodiscard]] Index depth() const { return static_cast<Index>(units.size()) - 1; }
  bool operator==(const PathwayShape&) const = default;
};

/// The pathways of one network, which share input and output.
struct NetworkShape {
  std::vector<PathwayShape> pathways;

  [[nodiscard]] Index inputs() const { return pathways.front().units.front(); }
  [[nodiscard]] Index outputs() const { return pathways.front().units.back(); }
  /// The number of weights in all pathways (`largest_size` when it does not fit 64 bits).
  [[nodiscard]] Index weights() const;
  bool operator==(const NetworkShape&) const = default;
};

/// Pathways of equal shape, which are computed as one batch.
struct PathwayGroup {
  PathwayShape shape;
  std::vector<Index> pathways;  ///< their numbers in the network, ascending
};

/// Groups in the order of their first pathway.
[[nodiscard]] std::vector<PathwayGroup> group_pathways(const NetworkShape& shape);

[[nodiscard]] NetworkShape network_shape(const NetworkConfig& network, Index inputs, Index outputs);

}  // namespace polypath
