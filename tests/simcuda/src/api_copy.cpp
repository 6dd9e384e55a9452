// Asynchronous copies and memset. The synchronous ones do not exist here, so a program that uses
// them does not link.
#include "kernel.hpp"
#include "memory.hpp"
#include "report.hpp"
#include "runtime.hpp"
#include "stream.hpp"

#include <cstring>
#include <memory>

namespace simcuda {
namespace {

// `rows` runs of `width` bytes, `*_pitch` apart.
struct Copy {
  char* target = nullptr;
  const char* source = nullptr;
  std::size_t target_pitch = 0;
  std::size_t source_pitch = 0;
  std::size_t width = 0;
  std::size_t rows = 0;
  bool target_on_device = false;
  bool source_on_device = false;
};

std::size_t extent(std::size_t pitch, const Copy& copy) {
  return pitch * (copy.rows - 1) + copy.width;
}

void move_rows(const Copy& copy) {
  if (copy.source_on_device) {
    check_range_now(copy.source, extent(copy.source_pitch, copy), "source of a copy");
  }
  if (copy.target_on_device) {
    check_range_now(copy.target, extent(copy.target_pitch, copy), "target of a copy");
  }
  for (std::size_t row = 0; row < copy.rows; ++row) {
    char* to = copy.target + row * copy.target_pitch;
    const char* from = copy.source + row * copy.source_pitch;
    std::memmove(to, from, copy.width);
    if (copy.source_on_device) {
      count_traffic(from, copy.width, false);
    }
    if (copy.target_on_device) {
      count_traffic(to, copy.width, true);
    }
  }
}

void count_bytes(const Copy& copy) {
  Counters& count = mutable_counters();
  std::uint64_t& bytes = copy.target_on_device && copy.source_on_device
                             ? count.device_to_device_bytes
                         : copy.target_on_device ? count.host_to_device_bytes
                                                 : count.device_to_host_bytes;
  bytes += copy.width * copy.rows;
}

void refuse_pageable_in_capture(cudaStream_t stream, const char* what) {
  if (stream->capture != nullptr) {
    violation("%s: pageable host memory in a captured copy (project rule: pinned memory)", what);
  }
}

// CUDA stages pageable memory: what was there at the call is what arrives.
Copy staged(const Copy& copy, const std::shared_ptr<std::vector<char>>& stage) {
  stage->assign(copy.source, copy.source + extent(copy.source_pitch, copy));
  Copy result = copy;
  result.source = stage->data();
  return result;
}

void queue_copy(const Copy& copy, cudaStream_t stream, const char* name) {
  const auto run = [copy] {
    count_bytes(copy);
    move_rows(copy);
  };
  const bool from_host = !copy.source_on_device;
  const char* host = from_host ? copy.source : copy.target;
  const std::size_t host_extent = extent(from_host ? copy.source_pitch : copy.target_pitch, copy);
  const bool on_device_only = copy.source_on_device && copy.target_on_device;
  if (on_device_only || classify_host_range(host, host_extent, name) == HostMemory::pinned) {
    enqueue(stream, {name, run});
    return;
  }
  refuse_pageable_in_capture(stream, name);
  ++mutable_counters().pageable_copies;
  if (from_host) {
    const auto stage = std::make_shared<std::vector<char>>();
    const Copy from_stage = staged(copy, stage);
    enqueue(stream, {name, [from_stage, stage] {
                       count_bytes(from_stage);
                       move_rows(from_stage);
                     }});
    return;
  }
  ++mutable_counters().implicit_synchronisations;
  enqueue(stream, {name, run});
  run_stream(stream);
}

// Fills in the sides of the copy; false if `kind` contradicts the pointers.
bool set_sides(Copy& copy, cudaMemcpyKind kind) {
  copy.source_on_device = in_device(copy.source);
  copy.target_on_device = in_device(copy.target);
  switch (kind) {
    case cudaMemcpyHostToDevice:
      return !copy.source_on_device && copy.target_on_device;
    case cudaMemcpyDeviceToHost:
      return copy.source_on_device && !copy.target_on_device;
    case cudaMemcpyDeviceToDevice:
      return copy.source_on_device && copy.target_on_device;
    default:
      return kind == cudaMemcpyDefault && (copy.source_on_device || copy.target_on_device);
  }
}

cudaError_t start_copy(Copy copy, cudaMemcpyKind kind, cudaStream_t stream, const char* name) {
  require_stream(stream, name);
  if (copy.width == 0 || copy.rows == 0) {
    return cudaSuccess;
  }
  if (!set_sides(copy, kind)) {
    violation("%s: the kind %d of the copy contradicts its pointers (to %p, from %p)", name, kind,
              static_cast<const void*>(copy.target), static_cast<const void*>(copy.source));
  }
  if (copy.source_on_device) {
    check_range(copy.source, extent(copy.source_pitch, copy), "source of a copy");
  }
  if (copy.target_on_device) {
    check_range(copy.target, extent(copy.target_pitch, copy), "target of a copy");
  }
  queue_copy(copy, stream, name);
  return cudaSuccess;
}

}  // namespace
}  // namespace simcuda

using simcuda::ApiCall;

extern "C" {

cudaError_t cudaMemcpyAsync(void* target, const void* source, std::size_t bytes,
                            cudaMemcpyKind kind, cudaStream_t stream) {
  const ApiCall call("cudaMemcpyAsync");
  if (call.failed()) {
    return call.error();
  }
  simcuda::Copy copy;
  copy.target = static_cast<char*>(target);
  copy.source = static_cast<const char*>(source);
  copy.width = copy.target_pitch = copy.source_pitch = bytes;
  copy.rows = 1;
  return simcuda::start_copy(copy, kind, stream, "cudaMemcpyAsync");
}

cudaError_t cudaMemcpy2DAsync(void* target, std::size_t target_pitch, const void* source,
                              std::size_t source_pitch, std::size_t width, std::size_t height,
                              cudaMemcpyKind kind, cudaStream_t stream) {
  const ApiCall call("cudaMemcpy2DAsync");
  if (call.failed()) {
    return call.error();
  }
  if (width > target_pitch || width > source_pitch) {
    return simcuda::record_error(cudaErrorInvalidPitchValue);
  }
  simcuda::Copy copy;
  copy.target = static_cast<char*>(target);
  copy.source = static_cast<const char*>(source);
  copy.target_pitch = target_pitch;
  copy.source_pitch = source_pitch;
  copy.width = width;
  copy.rows = height;
  return simcuda::start_copy(copy, kind, stream, "cudaMemcpy2DAsync");
}

cudaError_t cudaMemsetAsync(void* target, int value, std::size_t bytes, cudaStream_t stream) {
  const ApiCall call("cudaMemsetAsync");
  if (call.failed()) {
    return call.error();
  }
  simcuda::require_stream(stream, "cudaMemsetAsync");
  if (bytes == 0) {
    return cudaSuccess;
  }
  simcuda::check_range(target, bytes, "cudaMemsetAsync");
  simcuda::enqueue(stream, {"cudaMemsetAsync", [=] {
                              simcuda::check_range_now(target, bytes, "cudaMemsetAsync");
                              simcuda::mutable_counters().memset_bytes += bytes;
                              simcuda::count_traffic(target, bytes, true);
                              std::memset(target, value, bytes);
                            }});
  return cudaSuccess;
}

}  // extern "C"
