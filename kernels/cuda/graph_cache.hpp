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
/// `phase` of the period. Period 0: nothing is known of it, and `phase` only names the block.
struct Block {
  Index phase;
  Index period;
  Index count;
  auto operator<=>(const Block&) const = default;
};

/// Blocks of operations recorded as CUDA graphs. Every phase runs as plain launches once, so that
/// lazily loaded kernels and grown workspaces are there before anything is captured. A block that
/// never came before is put together from graphs of 1, 2, 4, ... calls up to whole periods, and of
/// 1, 2, 4, ... periods: few graph launches, of few different graphs. One that comes again is a
/// graph of its own, and so is one launch.
class GraphCache {
 public:
  explicit GraphCache(cudaStream_t stream) : stream_(stream) {}

  /// Runs body(0), ..., body(block.count - 1) on the stream, as Backend::repeat_cycle.
  void run(const Block& block, const std::function<void(Index)>& body);

  /// Memory that a graph may refer to came or went.
  void forget();

 private:
  using Body = std::function<void(Index)>;
  void run_in_pieces(const Block& block, const Body& body);
  /// Whether every phase of the block ran before.
  [[nodiscard]] bool warm(const Block& block) const;
  /// One graph launch; body(first), body(first + 1), ... are the block's calls.
  void launch(const Block& block, Index first, const Body& body);
  struct Captured {
    GraphExecutable executable;
    Index nodes;
  };
  void keep(const Block& block, Captured captured);
  [[nodiscard]] Captured capture(Index first, Index count, const Body& body);

  cudaStream_t stream_;
  std::map<Block, GraphExecutable> graphs_;
  Index nodes_ = 0;  ///< of all graphs
  std::set<Block> seen_;
  std::set<std::pair<Index, Index>> warm_phases_;  ///< (period, phase) that ran
};

}  // namespace polypath::cuda
