#include "kernels/cuda/graph_cache.hpp"

#include <algorithm>
#include <utility>

namespace polypath::cuda {
namespace {

/// Graphs hold memory on host and device, up to about a kilobyte a node; all together have no more
/// nodes than this. A block of 256 epochs of 16 launches has 4096.
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
      ignore(cudaStreamEndCapture(stream_, &graph));  // what broke it is on its way already
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

}  // namespace

void GraphCache::forget() {
  forget_graphs();
  warm_phases_.clear();
}

void GraphCache::forget_graphs() {
  graphs_.clear();
  nodes_ = 0;
}

void GraphCache::run(const Block& block, const Body& body) {
  Block rest = block;
  for (; rest.count > 0 && !warm(rest); --rest.count) {
    body(block.count - rest.count);
    warm_phases_.insert({rest.owner, rest.period, rest.phase});
    rest.phase = (rest.phase + 1) % rest.period;
  }
  if (rest.count > 0) {
    launch(rest, block.count - rest.count, body);
  }
}

bool GraphCache::warm(const Block& block) const {
  for (Index i = 0; i < std::min(block.count, block.period); ++i) {
    if (warm_phases_.count({block.owner, block.period, (block.phase + i) % block.period}) == 0) {
      return false;
    }
  }
  return true;
}

void GraphCache::launch(const Block& block, Index first, const Body& body) {
  auto found = graphs_.find(block);
  if (found == graphs_.end()) {
    Recorded recorded = capture(first, block.count, body);
    make_room(recorded.nodes);
    nodes_ += recorded.nodes;
    found = graphs_.emplace(block, std::move(recorded)).first;
  }
  found->second.last_launch = ++launches_;
  check(cudaGraphLaunch(found->second.executable.get(), stream_), "cudaGraphLaunch");
}

void GraphCache::make_room(Index nodes) {
  while (!graphs_.empty() && nodes_ + nodes > most_nodes) {
    const auto oldest = std::min_element(
        graphs_.begin(), graphs_.end(),
        [](const auto& a, const auto& b) { return a.second.last_launch < b.second.last_launch; });
    nodes_ -= oldest->second.nodes;
    graphs_.erase(oldest);  // one that still runs goes when it is done
  }
}

GraphCache::Recorded GraphCache::capture(Index first, Index count, const Body& body) {
  Capture capture(stream_);
  for (Index i = 0; i < count; ++i) {
    body(first + i);
  }
  const Graph graph = capture.end();
  std::size_t nodes = 0;
  check(cudaGraphGetNodes(graph.get(), nullptr, &nodes), "cudaGraphGetNodes");
  cudaGraphExec_t executable = nullptr;
  check(cudaGraphInstantiate(&executable, graph.get(), 0), "cudaGraphInstantiate");
  return {GraphExecutable(executable), static_cast<Index>(nodes), 0};
}

}  // namespace polypath::cuda
