// Streams, events and graphs as queues of operations that run only when somebody waits for them.
#pragma once

#include "handles.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <cuda_runtime.h>

namespace simcuda {

struct Operation {
  std::string name;
  std::function<void()> run;
  bool is_host_function = false;
};

struct GraphNode {
  Operation operation;
  std::vector<int> dependencies;  // nodes before it in the same graph
};

// A capture that is going on, shared by the streams that take part.
struct CaptureSession {
  std::vector<GraphNode> nodes;
  cudaStream_t origin = nullptr;
  cudaStreamCaptureMode mode = cudaStreamCaptureModeGlobal;
  std::thread::id thread;
  bool invalidated = false;
};

struct EventState {
  std::uint64_t recorded = 0;   // generations queued
  std::uint64_t completed = 0;  // generations reached
  cudaStream_t stream = nullptr;
  bool timing = true;
  std::chrono::steady_clock::time_point time;
  // Set when the last record was captured: the nodes that a waiting stream depends on.
  std::shared_ptr<CaptureSession> capture;
  std::vector<int> captured_nodes;
};

struct QueueItem {
  enum class Kind { operation, record, wait };
  Kind kind = Kind::operation;
  Operation operation;
  std::shared_ptr<EventState> event;
  std::uint64_t generation = 0;
};

}  // namespace simcuda

// The opaque types of the toolkit's headers.
struct CUstream_st {
  std::deque<simcuda::QueueItem> queue;
  bool destroyed = false;  // the handle is gone; what was queued still runs
  std::shared_ptr<simcuda::CaptureSession> capture;
  std::vector<int> frontier;  // in the capture: what the next node depends on
};
struct CUevent_st {
  std::shared_ptr<simcuda::EventState> state;
};
struct CUgraph_st {
  std::vector<simcuda::GraphNode> nodes;
};
struct CUgraphExec_st {
  std::shared_ptr<std::vector<simcuda::GraphNode>> nodes;
};

namespace simcuda {

HandleSet<CUevent_st>& events();
HandleSet<CUgraph_st>& graphs();
HandleSet<CUgraphExec_st>& graph_executables();

cudaStream_t create_stream();
void destroy_stream(cudaStream_t stream);
// Ends the process unless `stream` is one that the program created and still has.
void require_stream(cudaStream_t stream, const char* what);

// Queues the operation, or adds it to the graph that the stream captures.
void enqueue(cudaStream_t stream, Operation operation);
void enqueue_item(cudaStream_t stream, QueueItem item);

// Runs queued work until `finished`; of other streams only what `wanted` depends on, if given.
void run_until(const std::function<bool()>& finished, cudaStream_t wanted);
void run_stream(cudaStream_t stream);
void run_everything();
// One ready operation, if there is one: what a program that polls is owed.
void make_progress();
// Runs queued work from a thread of its own when the program makes no CUDA call for a while: a
// host function may be what the program waits for.
void start_background_progress();

void run_operation(const Operation& operation);
void run_graph(const std::vector<GraphNode>& nodes);

// cudaSuccess, or the error of a call that a capture forbids, which also invalidates it.
cudaError_t refuse_in_capture();
// The same for code that would be loaded by a call on `stream`.
cudaError_t refuse_loading_in_capture(cudaStream_t stream);
// The same for a call that waits for `stream`.
cudaError_t refuse_wait_in_capture(cudaStream_t stream);
void reset_captures();

}  // namespace simcuda
