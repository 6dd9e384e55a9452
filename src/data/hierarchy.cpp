#include "polypath/core/error.hpp"
#include "polypath/data/dataset.hpp"

#include <fmt/format.h>

namespace polypath {
namespace {

constexpr Index most_entries = 1'000'000;

struct TreeSize {
  Index leaves = 1;
  Index nodes = 1;
};

TreeSize checked_tree_size(Index levels, Index branching) {
  if (levels < 1 || branching < 1) {
    throw BadData(
        fmt::format("data.levels = {} with data.branching = {} describes no tree: a hierarchy "
                    "needs at least one level and one child a node; set both to 1 or more",
                    levels, branching));
  }
  TreeSize size;
  bool fits = levels <= most_entries && branching <= most_entries;
  for (Index level = 1; fits && level < levels; ++level) {
    size.leaves *= branching;
    size.nodes += size.leaves;
    // Both factors are below 10^12 here, so the product is compared by division.
    fits = size.nodes <= most_entries / size.leaves;
  }
  if (!fits) {
    throw BadData(
        fmt::format("data.levels = {} with data.branching = {} makes a tree of more than {} "
                    "entries (leaves x nodes), too large to be meant; use fewer levels or children",
                    levels, branching, most_entries));
  }
  return size;
}

}  // namespace

Dataset hierarchy_dataset(Index levels, Index branching) {
  const TreeSize size = checked_tree_size(levels, branching);
  Dataset data{Matrix<double>(size.leaves, size.leaves), Matrix<double>(size.leaves, size.nodes)};
  for (Index leaf = 0; leaf < size.leaves; ++leaf) {
    data.x(leaf, leaf) = 1.0;
  }
  Index first_column = 0;
  Index nodes_in_level = 1;
  for (Index level = 0; level < levels; ++level) {
    const Index leaves_per_node = size.leaves / nodes_in_level;
    for (Index leaf = 0; leaf < size.leaves; ++leaf) {
      data.y(leaf, first_column + leaf / leaves_per_node) = 1.0;
    }
    first_column += nodes_in_level;
    nodes_in_level *= branching;
  }
  return data;
}

}  // namespace polypath
