#include "kernels/cuda/graph_cache.hpp"

#include <algorithm>
#include <utility>

namespace polypath::cuda {
namespace {

/// Graphs hold memory on host and device, up to about a kilobyte a node: with more nodes than this
/// in all graphs together, all but the newest are dropped. The pieces of blocks up to 256 epochs of
/// 16 launches take about 10,000.
constexpr Index most_nodes = 50'000;

/// A stream in capture, which ends also when the body throws.
class Capture {
 public:
  explicit Capture(cudaStream_t stream) : stream_(stream) {
    // Other threads with backends of their own may allocate meanwhile.
    check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal),
          "cudaStreamBeginCapture");
    active_ = true;
  }
  ~Capture() {
    if (active_) {
      cudaGraph_t graph = nullptr;
      static_cast<void>(cudaStreamEndCapture(stream_, &graph));
      const Graph discarded(graph);
    }
  }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  [[nodiscard]] Graph end() {
    active_ = false;
    cudaGraph_t graph = nullptr;
    const cudaError_t error = cudaStreamEndCapture(stream_, &graph);
    Graph owned(graph);
    check(error, "cudaStreamEndCapture");
    return owned;
  }

 private:
  cudaStream_t stream_;
  bool active_ = false;
};

void run_all(Index first, Index count, const std::function<void(Index)>& body) {
  for (Index i = 0; i < count; ++i) {
    body(first + i);
  }
}

/// The longest 1, 2, 4, ... times `unit` that is at most `limit`.
Index doubled(Index unit, Index limit) {
  while (2 * unit <= limit) {
    unit *= 2;
  }
  return unit;
}

/// The first piece of a block that is cut where many blocks can be: whole periods from phase 0 on,
/// inside a period powers of two at multiples of themselves.
Block first_piece(const Block& block) {
  if (block.phase == 0 && block.count >= block.period) {
    return {0, block.period, doubled(block.period, block.count)};
  }
  Index count = doubled(1, std::min(block.count, block.period - block.phase));
  while (block.phase % count != 0) {
    count /= 2;
  }
  return {block.phase, block.period, count};
}

}  // namespace

void GraphCache::forget() {
  graphs_.clear();
  nodes_ = 0;
  seen_.clear();
  warm_phases_.clear();
}

void GraphCache::run(const Block& block, const Body& body) {
  if (seen_.count(block) != 0) {
    launch(block, 0, body);
  } else if (block.period == 0) {
    run_all(0, block.count, body);
  } else {
    run_in_pieces(block, body);
  }
  seen_.insert(block);
}

void GraphCache::run_in_pieces(const Block& block, const Body& body) {
  for (Index done = 0; done < block.count;) {
    const Index phase = (block.phase + done) % block.period;
    Block piece = first_piece({phase, block.period, block.count - done});
    while (piece.count > 1 && !warm(piece)) {
      piece.count /= 2;
    }
    if (warm(piece)) {
      launch(piece, done, body);
    } else {
      body(done);
      warm_phases_.emplace(block.period, phase);
    }
    done += piece.count;
  }
}

bool GraphCache::warm(const Block& block) const {
  for (Index i = 0; i < std::min(block.count, block.period); ++i) {
    if (warm_phases_.count({block.period, (block.phase + i) % block.period}) == 0) {
      return false;
    }
  }
  return true;
}

void GraphCache::launch(const Block& block, Index first, const Body& body) {
  if (graphs_.count(block) == 0) {
    keep(block, capture(first, block.count, body));
  }
  check(cudaGraphLaunch(graphs_.at(block).get(), stream_), "cudaGraphLaunch");
}

void GraphCache::keep(const Block& block, Captured captured) {
  if (nodes_ + captured.nodes > most_nodes) {
    graphs_.clear();
    nodes_ = 0;
  }
  graphs_.emplace(block, std::move(captured.executable));
  nodes_ += captured.nodes;
}

GraphCache::Captured GraphCache::capture(Index first, Index count, const Body& body) {
  Capture capture(stream_);
  run_all(first, count, body);
  const Graph graph = capture.end();
  std::size_t nodes = 0;
  check(cudaGraphGetNodes(graph.get(), nullptr, &nodes), "cudaGraphGetNodes");
  cudaGraphExec_t executable = nullptr;
  check(cudaGraphInstantiate(&executable, graph.get(), 0), "cudaGraphInstantiate");
  return {GraphExecutable(executable), static_cast<Index>(nodes)};
}

}  // namespace polypath::cuda
