#pragma once

#include "kernels/cuda/handles.hpp"
#include "polypath/core/types.hpp"

#include <functional>
#include <map>
#include <utility>

namespace polypath::cuda {

/// Blocks of operations recorded as CUDA graphs. A block runs as plain launches the first time (so
/// that lazily loaded kernels and grown workspaces are there), is captured the second time, and
/// from then on is one graph launch.
class GraphCache {
 public:
  explicit GraphCache(cudaStream_t stream) : stream_(stream) {}

  /// Runs body(0), ..., body(count - 1) on the stream, as Backend::repeat.
  void run(Index key, Index count, const std::function<void(Index)>& body);

  /// Memory that a graph may refer to came or went.
  void forget() { blocks_.clear(); }

 private:
  [[nodiscard]] GraphExecutable capture(Index count, const std::function<void(Index)>& body);

  cudaStream_t stream_;
  /// (key, count) of the blocks seen; no graph yet after the first time.
  std::map<std::pair<Index, Index>, GraphExecutable> blocks_;
};

}  // namespace polypath::cuda
