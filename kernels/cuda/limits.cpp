#include "kernels/cuda/limits.hpp"

#include "kernels/cuda/device.hpp"
#include "kernels/cuda/handles.hpp"
#include "kernels/cuda/probe.cuh"
#include "kernels/cuda/staging.hpp"
#include "polypath/core/error.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace polypath::cuda {
namespace {

constexpr Index element_bytes = sizeof(float4);

/// Seconds until the stream has done `work`.
double seconds_of(cudaStream_t stream, const std::function<void()>& work) {
  check(cudaStreamSynchronize(stream), "cudaStreamSynchronize");
  const auto start = std::chrono::steady_clock::now();
  work();
  check(cudaStreamSynchronize(stream), "cudaStreamSynchronize");
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// `rounds` values of measure(), after one that warms up.
Spread repeated(Index rounds, const std::function<double()>& measure) {
  static_cast<void>(measure());
  std::vector<double> values;
  for (Index round = 0; round < std::max<Index>(1, rounds); ++round) {
    values.push_back(measure());
  }
  return spread_of(std::move(values));
}

/// Two buffers, and the proof that one came into the other.
class CopyBuffers {
 public:
  CopyBuffers(cudaStream_t stream, Index elements)
      : stream_(stream),
        elements_(elements),
        from_(make_device_memory(elements * element_bytes)),
        to_(make_device_memory(elements * element_bytes)) {
    check(cudaMemsetAsync(from_.get(), pattern, bytes(), stream_), "cudaMemsetAsync");
  }

  [[nodiscard]] const float4* from() const { return static_cast<const float4*>(from_.get()); }
  [[nodiscard]] float4* to() const { return static_cast<float4*>(to_.get()); }
  [[nodiscard]] std::size_t bytes() const {
    return static_cast<std::size_t>(elements_ * element_bytes);
  }
  void clear() const { check(cudaMemsetAsync(to(), 0, bytes(), stream_), "cudaMemsetAsync"); }

  /// Looks at both ends and the middle. Throws InternalError.
  void expect_copied(const char* how) const {
    Staging staging(stream_);
    for (const Index element : {Index{0}, elements_ / 2, elements_ - 1}) {
      std::array<unsigned char, element_bytes> found{};
      staging.download(found.data(), to() + element, element_bytes);
      if (found.front() != pattern || found.back() != pattern) {
        throw InternalError(
            std::string("the GPU did not copy (") + how + ", element " + std::to_string(element) +
            "), so its bandwidth is unknown; look at nvidia-smi and the kernel log");
      }
    }
  }

 private:
  static constexpr int pattern = 0x5A;

  cudaStream_t stream_;
  Index elements_;
  DeviceMemory from_;
  DeviceMemory to_;
};

/// Whether the cache that all multiprocessors share holds both buffers of a copy.
bool fits_cache(Index bytes) {
  int cache = 0;
  check(cudaDeviceGetAttribute(&cache, cudaDevAttrL2CacheSize, 0), "cudaDeviceGetAttribute");
  return 2 * bytes <= cache;
}

/// Copies the buffer `passes` times. In one kernel where the cache holds it, so that launches do
/// not count. Elsewhere a kernel for each pass: in one kernel the blocks that run at a time would
/// write the same few megabytes in every pass while those are still in the cache, and most of
/// these writes would never reach the memory that is to be measured.
void copy_by_kernel(cudaStream_t stream, const CopyBuffers& buffers, Index elements, Index passes) {
  // The golden section: multiples of it stay far from whole numbers longest, so that no
  // multiprocessor soon meets what it has read before.
  const auto shift = static_cast<Index>(0.381966 * static_cast<double>(elements));
  const Index together = fits_cache(elements * element_bytes) ? passes : 1;
  for (Index done = 0; done < passes; done += together) {
    check(launch_copy(stream, buffers.from(), buffers.to(), elements, static_cast<int>(together),
                      shift),
          "copy");
  }
}

DeviceLimits::Copy measure_copy(cudaStream_t stream, const DeviceLimitsRequest& request,
                                Index bytes) {
  const Index elements = std::max<Index>(1, bytes / element_bytes);
  const CopyBuffers buffers(stream, elements);
  const Index passes = std::clamp<Index>(request.traffic / (elements * element_bytes), 1, 1 << 20);
  const double moved = 2.0 * static_cast<double>(elements * element_bytes * passes);
  DeviceLimits::Copy found;
  found.bytes = elements * element_bytes;
  buffers.clear();
  found.kernel = repeated(request.rounds, [&] {
    return moved / seconds_of(stream, [&] { copy_by_kernel(stream, buffers, elements, passes); });
  });
  buffers.expect_copied("by a kernel");
  buffers.clear();
  found.library = repeated(request.rounds, [&] {
    return moved / seconds_of(stream, [&] {
             for (Index pass = 0; pass < passes; ++pass) {
               check(cudaMemcpyAsync(buffers.to(), buffers.from(), buffers.bytes(),
                                     cudaMemcpyDeviceToDevice, stream),
                     "cudaMemcpyAsync");
             }
           });
  });
  buffers.expect_copied("by cudaMemcpyAsync");
  return found;
}

Graph record(cudaStream_t stream, Index nodes) {
  check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
  cudaError_t launched = cudaSuccess;
  for (Index node = 0; node < nodes && launched == cudaSuccess; ++node) {
    launched = launch_probe(stream);
  }
  cudaGraph_t graph = nullptr;
  const cudaError_t ended = cudaStreamEndCapture(stream, &graph);
  Graph owned(graph);
  check(launched, "probe");
  check(ended, "cudaStreamEndCapture");
  return owned;
}

/// Seconds per node: of recording, of making ready, of every replay.
void measure_graph(cudaStream_t stream, const DeviceLimitsRequest& request, DeviceLimits& found) {
  const auto nodes = static_cast<double>(request.nodes);
  std::vector<double> captured;
  std::vector<double> instantiated;
  GraphExecutable executable;
  for (Index round = 0; round < std::max<Index>(1, request.rounds); ++round) {
    Graph graph;
    captured.push_back(seconds_of(stream, [&] { graph = record(stream, request.nodes); }) / nodes);
    instantiated.push_back(seconds_of(stream,
                                      [&] {
                                        cudaGraphExec_t made = nullptr;
                                        check(cudaGraphInstantiate(&made, graph.get(), 0),
                                              "cudaGraphInstantiate");
                                        executable = GraphExecutable(made);
                                      }) /
                           nodes);
  }
  found.nodes = request.nodes;
  found.capture_seconds = spread_of(std::move(captured));
  found.instantiate_seconds = spread_of(std::move(instantiated));
  found.node_seconds = repeated(request.rounds, [&] {
    return seconds_of(
               stream,
               [&] { check(cudaGraphLaunch(executable.get(), stream), "cudaGraphLaunch"); }) /
           nodes;
  });
}

}  // namespace

DeviceLimits measure_limits(const DeviceLimitsRequest& request) {
  if (request.nodes < 1) {
    throw UsageError("a graph of " + std::to_string(request.nodes) +
                     " nodes shows nothing; ask for at least 1");
  }
  static_cast<void>(open_device());
  const Stream stream = make_stream();
  DeviceLimits found;
  for (const Index bytes : request.copy_bytes) {
    found.copies.push_back(measure_copy(stream.get(), request, bytes));
  }
  found.launch_seconds = repeated(request.rounds, [&] {
    return seconds_of(stream.get(), [&] { check(launch_probe(stream.get()), "probe"); });
  });
  measure_graph(stream.get(), request, found);
  return found;
}

}  // namespace polypath::cuda
