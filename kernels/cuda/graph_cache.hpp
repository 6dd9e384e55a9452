#pragma once

#include "kernels/cuda/handles.hpp"
#include "polypath/core/types.hpp"

#include <compare>
#include <functional>
#include <map>
#include <set>
#include <utility>

namespace polypath::cuda {

/// `count` calls of a body whose work depends on (its number modulo `period`) only, the first at
/// `phase` of the period.
struct Block {
  Index phase;
  Index period;
  Index count;
  auto operator<=>(const Block&) const = default;
};

/// Blocks of operations, recorded as CUDA graphs. Every phase runs as plain launches once, so that
/// lazily loaded kernels and grown workspaces are there before anything is captured; from then on a
/// block is one graph launch, whatever its length.
class GraphCache {
 public:
  explicit GraphCache(cudaStream_t stream) : stream_(stream) {}

  /// Runs body(0), ..., body(block.count - 1) on the stream, as Backend::repeat.
  void run(const Block& block, const std::function<void(Index)>& body);

  /// Memory that a graph may refer to came or went.
  void forget();

 private:
  using Body = std::function<void(Index)>;
  struct Recorded {
    GraphExecutable executable;
    Index nodes;
    Index last_launch;  ///< its number among all launches
  };
  /// Whether every phase of the block ran before.
  [[nodiscard]] bool warm(const Block& block) const;
  /// One graph launch; body(first), body(first + 1), ... are the block's calls.
  void launch(const Block& block, Index first, const Body& body);
  [[nodiscard]] Recorded capture(Index first, Index count, const Body& body);
  /// Drops what was not launched for longest.
  void make_room(Index nodes);

  cudaStream_t stream_;
  std::map<Block, Recorded> graphs_;
  Index nodes_ = 0;  ///< of all graphs
  Index launches_ = 0;
  std::set<std::pair<Index, Index>> warm_phases_;  ///< (period, phase) that ran
};

}  // namespace polypath::cuda
