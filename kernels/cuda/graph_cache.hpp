#pragma once

#include "kernels/cuda/handles.hpp"
#include "polypath/core/types.hpp"

#include <array>
#include <compare>
#include <functional>
#include <map>
#include <set>

namespace polypath::cuda {

/// `count` calls of a body whose work depends on the owner and on (its number modulo `period`)
/// only, the first at `phase` of the period.
struct Block {
  Index owner;
  Index phase;
  Index period;
  Index count;
  auto operator<=>(const Block&) const = default;
};

/// Blocks of operations, recorded as CUDA graphs. Every phase of every owner runs as plain launches
/// once, so that lazily loaded kernels and grown workspaces are there before anything is captured;
/// from then on a block is one graph launch, whatever its length.
class GraphCache {
 public:
  explicit GraphCache(cudaStream_t stream) : stream_(stream) {}

  /// Runs body(0), ..., body(block.count - 1) on the stream, as Backend::repeat.
  void run(const Block& block, const std::function<void(Index)>& body);

  /// Memory that a body may refer to came or went: nothing is known of its work any more.
  void forget();
  /// Memory went that recorded work refers to, and that bodies ask for anew at each call.
  void forget_graphs();

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
  std::set<std::array<Index, 3>> warm_phases_;  ///< (owner, period, phase) that ran
};

/// Device memory that only grows. Growing waits for the device, forgets the content, and the
/// graphs, of whatever owner, that may use what goes.
class Workspace {
 public:
  Workspace(cudaStream_t stream, GraphCache& graphs) : stream_(stream), graphs_(graphs) {}
  template <class T>
  [[nodiscard]] T* get(Index elements) {
    const Index bytes = elements * static_cast<Index>(sizeof(T));
    if (bytes > bytes_) {
      check(cudaStreamSynchronize(stream_), "cudaStreamSynchronize");
      graphs_.forget_graphs();
      memory_ = DeviceMemory();
      bytes_ = 0;
      memory_ = make_device_memory(bytes);
      bytes_ = bytes;
    }
    return static_cast<T*>(memory_.get());
  }

 private:
  cudaStream_t stream_;
  GraphCache& graphs_;
  DeviceMemory memory_;
  Index bytes_ = 0;
};

}  // namespace polypath::cuda
