// Stream capture and graphs.
#include "report.hpp"
#include "runtime.hpp"
#include "stream.hpp"

#include <algorithm>

namespace simcuda {
namespace {

std::vector<std::shared_ptr<CaptureSession>> sessions;
std::vector<cudaStream_t> captured_streams;  // all streams of all sessions

// Whether a capture in `mode` forbids an unsafe call of this thread.
bool forbids(const CaptureSession& session) {
  return session.mode == cudaStreamCaptureModeGlobal ||
         (session.mode == cudaStreamCaptureModeThreadLocal &&
          session.thread == std::this_thread::get_id());
}

void join_capture(cudaStream_t stream, const EventState& event) {
  if (stream->capture == nullptr) {
    stream->capture = event.capture;
    captured_streams.push_back(stream);
    stream->frontier.clear();
  }
  auto& frontier = stream->frontier;
  frontier.insert(frontier.end(), event.captured_nodes.begin(), event.captured_nodes.end());
}

// Every node that the frontier of the origin stream depends on, itself included.
std::vector<bool> ancestors(const std::vector<GraphNode>& nodes, std::vector<int> open) {
  std::vector<bool> reached(nodes.size(), false);
  while (!open.empty()) {
    const auto node = static_cast<std::size_t>(open.back());
    open.pop_back();
    if (!reached[node]) {
      reached[node] = true;
      const auto& dependencies = nodes[node].dependencies;
      open.insert(open.end(), dependencies.begin(), dependencies.end());
    }
  }
  return reached;
}

bool all_streams_joined(const CaptureSession& session) {
  const std::vector<bool> joined = ancestors(session.nodes, session.origin->frontier);
  for (const cudaStream_t stream : captured_streams) {
    if (stream->capture.get() != &session) {
      continue;
    }
    for (const int node : stream->frontier) {
      if (!joined[static_cast<std::size_t>(node)]) {
        return false;
      }
    }
  }
  return true;
}

void leave_capture(const std::shared_ptr<CaptureSession>& session) {
  for (const cudaStream_t stream : captured_streams) {
    if (stream->capture == session) {
      stream->capture = nullptr;
      stream->frontier.clear();
    }
  }
  const auto outside = [](cudaStream_t stream) { return stream->capture == nullptr; };
  captured_streams.erase(std::remove_if(captured_streams.begin(), captured_streams.end(), outside),
                         captured_streams.end());
  sessions.erase(std::find(sessions.begin(), sessions.end(), session));
}

}  // namespace

void reset_captures() {
  sessions.clear();
  captured_streams.clear();
  events().clear();
  graphs().clear();
  graph_executables().clear();
}

HandleSet<CUevent_st>& events() {
  static HandleSet<CUevent_st> set("n event");
  return set;
}

HandleSet<CUgraph_st>& graphs() {
  static HandleSet<CUgraph_st> set(" graph");
  return set;
}

HandleSet<CUgraphExec_st>& graph_executables() {
  static HandleSet<CUgraphExec_st> set("n executable graph");
  return set;
}

cudaError_t refuse_in_capture() {
  cudaError_t result = cudaSuccess;
  for (const auto& session : sessions) {
    if (forbids(*session)) {
      session->invalidated = true;
      result = record_error(cudaErrorStreamCaptureUnsupported);
    }
  }
  return result;
}

cudaError_t refuse_loading_in_capture(cudaStream_t stream) {
  if (stream->capture == nullptr) {
    return cudaSuccess;
  }
  stream->capture->invalidated = true;
  return record_error(cudaErrorStreamCaptureUnsupported);
}

cudaError_t refuse_wait_in_capture(cudaStream_t stream) {
  const cudaError_t error = refuse_loading_in_capture(stream);
  return error != cudaSuccess ? error : refuse_in_capture();
}

void run_graph(const std::vector<GraphNode>& nodes) {
  std::vector<bool> done(nodes.size(), false);
  for (std::size_t left = nodes.size(); left > 0; --left) {
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const auto& dependencies = nodes[i].dependencies;
      const auto reached = [&done](int node) { return done[static_cast<std::size_t>(node)]; };
      if (!done[i] && std::all_of(dependencies.begin(), dependencies.end(), reached)) {
        ready.push_back(i);
      }
    }
    const Order order = config().order;
    const std::size_t next = order == Order::forward   ? ready.front()
                             : order == Order::reverse ? ready.back()
                                                       : ready[random_below(ready.size())];
    ++mutable_counters().nodes_by_name[nodes[next].operation.name];
    run_operation(nodes[next].operation);
    done[next] = true;
  }
}

}  // namespace simcuda

using simcuda::ApiCall;
using simcuda::record_error;

extern "C" {

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  const ApiCall call("cudaStreamBeginCapture");
  if (call.failed()) {
    return call.error();
  }
  simcuda::require_stream(stream, "cudaStreamBeginCapture");
  if (stream->capture != nullptr) {
    return record_error(cudaErrorIllegalState);
  }
  auto session = std::make_shared<simcuda::CaptureSession>();
  session->origin = stream;
  session->mode = mode;
  session->thread = std::this_thread::get_id();
  simcuda::sessions.push_back(session);
  simcuda::captured_streams.push_back(stream);
  stream->capture = session;
  stream->frontier.clear();
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  const ApiCall call("cudaStreamEndCapture");
  simcuda::require_stream(stream, "cudaStreamEndCapture");
  *graph = nullptr;
  const auto session = stream->capture;
  if (session == nullptr) {
    return call.failed() ? call.error() : record_error(cudaErrorIllegalState);
  }
  if (session->origin != stream) {
    return record_error(cudaErrorStreamCaptureUnmatched);
  }
  if (session->mode != cudaStreamCaptureModeRelaxed &&
      session->thread != std::this_thread::get_id()) {
    return record_error(cudaErrorStreamCaptureWrongThread);
  }
  const bool joined = simcuda::all_streams_joined(*session);
  simcuda::leave_capture(session);
  if (call.failed()) {
    return call.error();
  }
  if (session->invalidated) {
    return record_error(cudaErrorStreamCaptureInvalidated);
  }
  if (!joined) {
    return record_error(cudaErrorStreamCaptureUnjoined);
  }
  *graph = simcuda::graphs().add({session->nodes});
  return cudaSuccess;
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
  const ApiCall call("cudaStreamIsCapturing");
  if (call.failed()) {
    return call.error();
  }
  simcuda::require_stream(stream, "cudaStreamIsCapturing");
  *status = stream->capture == nullptr     ? cudaStreamCaptureStatusNone
            : stream->capture->invalidated ? cudaStreamCaptureStatusInvalidated
                                           : cudaStreamCaptureStatusActive;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  const ApiCall call("cudaEventRecord");
  if (call.failed()) {
    return call.error();
  }
  simcuda::require_stream(stream, "cudaEventRecord");
  const auto& shared_state = simcuda::events().at(event, "cudaEventRecord").state;
  simcuda::EventState& state = *shared_state;
  state.stream = stream;
  if (stream->capture != nullptr) {
    state.capture = stream->capture;
    state.captured_nodes = stream->frontier;
    return cudaSuccess;
  }
  state.capture = nullptr;
  simcuda::QueueItem item;
  item.kind = simcuda::QueueItem::Kind::record;
  item.event = shared_state;
  item.generation = ++state.recorded;
  simcuda::enqueue_item(stream, std::move(item));
  return cudaSuccess;
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  const ApiCall call("cudaStreamWaitEvent");
  if (call.failed()) {
    return call.error();
  }
  simcuda::require_stream(stream, "cudaStreamWaitEvent");
  const auto& shared_state = simcuda::events().at(event, "cudaStreamWaitEvent").state;
  const simcuda::EventState& state = *shared_state;
  const bool into_capture = stream->capture != nullptr;
  const bool event_captured = state.capture != nullptr;
  if (into_capture && state.capture != stream->capture) {
    stream->capture->invalidated = true;  // a graph cannot wait for work outside of it
    return record_error(cudaErrorStreamCaptureIsolation);
  }
  if (event_captured) {
    if (std::find(simcuda::sessions.begin(), simcuda::sessions.end(), state.capture) ==
        simcuda::sessions.end()) {
      return record_error(cudaErrorCapturedEvent);
    }
    simcuda::join_capture(stream, state);
    return cudaSuccess;
  }
  simcuda::QueueItem item;
  item.kind = simcuda::QueueItem::Kind::wait;
  item.event = shared_state;
  item.generation = state.recorded;
  simcuda::enqueue_item(stream, std::move(item));
  return cudaSuccess;
}

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t* nodes, size_t* count) {
  const ApiCall call("cudaGraphGetNodes");
  if (call.failed()) {
    return call.error();
  }
  if (nodes != nullptr) {
    simcuda::violation("cudaGraphGetNodes with a place for nodes: only counting is modelled");
  }
  *count = simcuda::graphs().at(graph, "cudaGraphGetNodes").nodes.size();
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph,
                                 unsigned long long) {
  const ApiCall call("cudaGraphInstantiate");
  if (call.failed()) {
    return call.error();
  }
  const auto& nodes = simcuda::graphs().at(graph, "cudaGraphInstantiate").nodes;
  *executable =
      simcuda::graph_executables().add({std::make_shared<std::vector<simcuda::GraphNode>>(nodes)});
  return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  const ApiCall call("cudaGraphLaunch");
  if (call.failed()) {
    return call.error();
  }
  simcuda::require_stream(stream, "cudaGraphLaunch");
  if (stream->capture != nullptr) {
    simcuda::violation("cudaGraphLaunch into a capturing stream: child graphs are not modelled");
  }
  ++simcuda::mutable_counters().graph_launches;
  const auto nodes = simcuda::graph_executables().at(executable, "cudaGraphLaunch").nodes;
  simcuda::enqueue(stream, {"graph", [nodes] { simcuda::run_graph(*nodes); }});
  return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  const ApiCall call("cudaGraphDestroy");
  simcuda::graphs().remove(graph, "cudaGraphDestroy");
  return call.error();
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  const ApiCall call("cudaGraphExecDestroy");
  simcuda::graph_executables().remove(executable, "cudaGraphExecDestroy");
  return call.error();
}

}  // extern "C"
