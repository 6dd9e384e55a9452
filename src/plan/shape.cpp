#include "polypath/plan/shape.hpp"

#include "polypath/core/sizes.hpp"

#include <algorithm>

namespace polypath {

Index NetworkShape::weights() const {
  Index total = 0;
  for (const auto& pathway : pathways) {
    for (std::size_t d = 1; d < pathway.units.size(); ++d) {
      total = size_sum(total, size_product(pathway.units[d], pathway.units[d - 1]));
    }
  }
  return total;
}

std::vector<PathwayGroup> group_pathways(const NetworkShape& shape) {
  std::vector<PathwayGroup> groups;
  for (std::size_t a = 0; a < shape.pathways.size(); ++a) {
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const PathwayGroup& group) {
      return group.shape == shape.pathways[a];
    });
    if (same == groups.end()) {
      groups.push_back({shape.pathways[a], {static_cast<Index>(a)}});
    } else {
      same->pathways.push_back(static_cast<Index>(a));
    }
  }
  return groups;
}

NetworkShape network_shape(const NetworkConfig& network, Index inputs, Index outputs) {
  NetworkShape shape;
  for (const auto& pathway : network.pathways) {
    PathwayShape units;
    units.units.push_back(inputs);
    units.units.insert(units.units.end(), pathway.hidden.begin(), pathway.hidden.end());
    units.units.push_back(outputs);
    shape.pathways.push_back(std::move(units));
  }
  return shape;
}

}  // namespace polypath
