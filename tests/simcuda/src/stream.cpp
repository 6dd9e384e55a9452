#include "stream.hpp"

#include "memory.hpp"
#include "protection.hpp"
#include "report.hpp"
#include "runtime.hpp"

#include <algorithm>

namespace simcuda {
namespace {

std::vector<std::unique_ptr<CUstream_st>> streams;

bool is_ready(const CUstream_st& stream) {
  if (stream.queue.empty()) {
    return false;
  }
  const QueueItem& front = stream.queue.front();
  return front.kind != QueueItem::Kind::wait || front.event->completed >= front.generation;
}

void run_front(CUstream_st& stream) {
  const QueueItem item = std::move(stream.queue.front());
  stream.queue.pop_front();
  if (item.kind == QueueItem::Kind::operation) {
    run_operation(item.operation);
  } else if (item.kind == QueueItem::Kind::record) {
    item.event->completed = item.generation;
    item.event->time = std::chrono::steady_clock::now();
  }
}

// Follows the event that holds `stream` up to a stream that can go on, or nullptr.
CUstream_st* unblocking_stream(CUstream_st* stream) {
  for (std::size_t hops = 0; stream != nullptr && hops <= streams.size(); ++hops) {
    if (is_ready(*stream)) {
      return stream;
    }
    stream = stream->queue.empty() ? nullptr : stream->queue.front().event->stream;
  }
  return nullptr;
}

CUstream_st* choose_stream(CUstream_st* wanted) {
  std::vector<CUstream_st*> ready;
  for (const auto& stream : streams) {
    if (is_ready(*stream)) {
      ready.push_back(stream.get());
    }
  }
  if (ready.empty()) {
    return nullptr;
  }
  if (config().order == Order::random) {
    return ready[random_below(ready.size())];
  }
  CUstream_st* needed = unblocking_stream(wanted);
  if (needed != nullptr) {
    return needed;
  }
  return config().order == Order::reverse ? ready.back() : ready.front();
}

void forget_finished_streams() {
  const auto gone = [](const auto& stream) { return stream->destroyed && stream->queue.empty(); };
  streams.erase(std::remove_if(streams.begin(), streams.end(), gone), streams.end());
}

}  // namespace

void reset_streams() {
  streams.clear();
  reset_captures();
}

cudaStream_t create_stream() {
  streams.push_back(std::make_unique<CUstream_st>());
  ++mutable_live_objects().streams;
  return streams.back().get();
}

void destroy_stream(cudaStream_t stream) {
  stream->destroyed = true;
  if (device_is_dead()) {
    stream->queue.clear();
  }
  --mutable_live_objects().streams;
  forget_finished_streams();
}

void require_stream(cudaStream_t stream, const char* what) {
  if (stream == nullptr || stream == cudaStreamLegacy || stream == cudaStreamPerThread) {
    violation("%s on a default stream (project rule: explicit non-blocking streams only)", what);
  }
  const auto same = [stream](const auto& s) { return s.get() == stream && !s->destroyed; };
  if (std::none_of(streams.begin(), streams.end(), same)) {
    violation("%s: %p is not a stream, or was destroyed", what, static_cast<void*>(stream));
  }
}

void enqueue(cudaStream_t stream, Operation operation) {
  require_stream(stream, operation.name.c_str());
  if (stream->capture != nullptr) {
    auto& nodes = stream->capture->nodes;
    nodes.push_back({std::move(operation), stream->frontier});
    stream->frontier = {static_cast<int>(nodes.size()) - 1};
    return;
  }
  QueueItem item;
  item.operation = std::move(operation);
  enqueue_item(stream, std::move(item));
}

void enqueue_item(cudaStream_t stream, QueueItem item) {
  stream->queue.push_back(std::move(item));
  if (config().mode == Mode::eager) {
    run_stream(stream);
  }
}

void run_until(const std::function<bool()>& finished, cudaStream_t wanted) {
  if (finished() || device_is_dead()) {
    return;
  }
  install_signal_stack();
  const DeviceAccess access;
  while (!finished()) {
    CUstream_st* next = choose_stream(wanted);
    if (next == nullptr) {
      violation("streams deadlock: each waits for an event that another has yet to record");
    }
    run_front(*next);
  }
  forget_finished_streams();
}

void run_stream(cudaStream_t stream) {
  run_until([stream] { return stream->queue.empty(); }, stream);
}

void run_everything() {
  const auto idle = [] {
    return std::all_of(streams.begin(), streams.end(),
                       [](const auto& stream) { return stream->queue.empty(); });
  };
  run_until(idle, nullptr);
}

void make_progress() {
  CUstream_st* next = device_is_dead() ? nullptr : choose_stream(nullptr);
  if (next != nullptr) {
    install_signal_stack();
    const DeviceAccess access;
    run_front(*next);
  }
}

void run_operation(const Operation& operation) {
  if (operation.is_host_function) {
    const HostAccess host;
    const HostFunctionScope scope;
    ++mutable_counters().host_functions;
    operation.run();
    return;
  }
  {
    const RunningOperation running(operation.name.c_str(), false);
    operation.run();
  }
  check_canaries(operation.name.c_str());
}

void start_background_progress() {
  static bool started = false;
  if (started || config().mode == Mode::eager) {
    return;
  }
  started = true;
  keep_lock_across_fork(&started);
  std::thread([] {
    std::uint64_t calls_seen = 0;
    for (;;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      const auto lock = lock_device();
      const std::uint64_t calls = counters().api_calls;
      if (calls == calls_seen) {
        run_everything();
      }
      calls_seen = calls;
    }
  }).detach();
}

}  // namespace simcuda
