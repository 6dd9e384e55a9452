#include "kernels/cuda/graph_cache.hpp"

namespace polypath::cuda {
namespace {

/// Graphs of many launches hold memory on host and device: so many different blocks are kept.
constexpr std::size_t most_blocks = 256;

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

void run_all(Index count, const std::function<void(Index)>& body) {
  for (Index i = 0; i < count; ++i) {
    body(i);
  }
}

}  // namespace

void GraphCache::run(Index key, Index count, const std::function<void(Index)>& body) {
  const auto found = blocks_.find({key, count});
  if (found == blocks_.end()) {
    if (blocks_.size() >= most_blocks) {
      blocks_.clear();
    }
    run_all(count, body);
    blocks_.emplace(std::pair(key, count), GraphExecutable());
    return;
  }
  if (found->second.get() == nullptr) {
    found->second = capture(count, body);
  }
  check(cudaGraphLaunch(found->second.get(), stream_), "cudaGraphLaunch");
}

GraphExecutable GraphCache::capture(Index count, const std::function<void(Index)>& body) {
  Capture capture(stream_);
  run_all(count, body);
  const Graph graph = capture.end();
  cudaGraphExec_t executable = nullptr;
  check(cudaGraphInstantiate(&executable, graph.get(), 0), "cudaGraphInstantiate");
  return GraphExecutable(executable);
}

}  // namespace polypath::cuda
