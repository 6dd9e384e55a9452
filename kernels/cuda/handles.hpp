#pragma once

#include "kernels/cuda/check.hpp"
#include "polypath/core/types.hpp"

#include <cstddef>
#include <utility>

namespace polypath::cuda {

/// Owns one vendor object (stream, event, handle, memory), which `destroy` gives back. Errors while
/// giving back are forgotten: they belong to earlier work and have been or will be reported there.
template <class Handle, auto destroy>
class Owned {
 public:
  Owned() = default;
  explicit Owned(Handle handle) : handle_(handle) {}
  ~Owned() {
    if (handle_ != nullptr) {
      ignore(destroy(handle_));
    }
  }
  Owned(Owned&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;

  [[nodiscard]] Handle get() const { return handle_; }
  /// Gives up ownership.
  [[nodiscard]] Handle release() { return std::exchange(handle_, nullptr); }

 private:
  Handle handle_ = nullptr;
};

using Stream = Owned<cudaStream_t, &cudaStreamDestroy>;
using Event = Owned<cudaEvent_t, &cudaEventDestroy>;
using Graph = Owned<cudaGraph_t, &cudaGraphDestroy>;
using GraphExecutable = Owned<cudaGraphExec_t, &cudaGraphExecDestroy>;
using BlasHandle = Owned<cublasHandle_t, &cublasDestroy>;
using DeviceMemory = Owned<void*, &cudaFree>;
using PinnedMemory = Owned<void*, &cudaFreeHost>;

inline Stream make_stream() {
  cudaStream_t stream = nullptr;
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
  return Stream(stream);
}

inline Event make_event() {
  cudaEvent_t event = nullptr;
  check(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "cudaEventCreateWithFlags");
  return Event(event);
}

inline DeviceMemory make_device_memory(Index bytes) {
  void* data = nullptr;
  check(cudaMalloc(&data, static_cast<std::size_t>(bytes)), "cudaMalloc");
  return DeviceMemory(data);
}

inline PinnedMemory make_pinned_memory(Index bytes) {
  void* data = nullptr;
  check_pinned(cudaMallocHost(&data, static_cast<std::size_t>(bytes)), bytes);
  return PinnedMemory(data);
}

}  // namespace polypath::cuda
