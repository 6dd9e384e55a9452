// Allocation calls of the runtime API.
#include "memory.hpp"
#include "report.hpp"
#include "runtime.hpp"
#include "stream.hpp"

#include <cstring>
#include <map>
#include <vector>

#include <sys/mman.h>

namespace simcuda {
namespace {

constexpr std::size_t kPage = 4096;

struct PinnedBlock {
  char* begin;
  std::size_t bytes;
  char* base;
  std::size_t span;
};

std::map<char*, PinnedBlock> pinned_blocks;  // by begin
std::vector<PinnedBlock> stranded_blocks;    // given back to a dead device

// Ends at an unmapped page and starts as NaN, like device memory.
PinnedBlock map_pinned(std::size_t bytes) {
  const std::size_t span = (bytes + kPage - 1) / kPage * kPage;
  void* pages =
      mmap(nullptr, span + kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) {
    return {};
  }
  char* base = static_cast<char*>(pages);
  mprotect(base + span, kPage, PROT_NONE);
  std::memset(base, 0xFF, span);
  constexpr std::size_t kAlignment = 256;
  const std::size_t padded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  return {base + span - padded, bytes, base, span};
}

void unmap_pinned(const PinnedBlock& block) { munmap(block.base, block.span + kPage); }

// Work in flight may use what is about to be freed: CUDA waits for it.
void wait_before_free() {
  ++mutable_counters().implicit_synchronisations;
  run_everything();
}

cudaError_t allocate_pinned(const ApiCall& call, void** address, std::size_t bytes) {
  if (call.failed()) {
    return call.error();
  }
  if (const cudaError_t error = refuse_in_capture(); error != cudaSuccess) {
    return error;
  }
  *address = nullptr;
  if (bytes == 0) {
    return cudaSuccess;
  }
  const PinnedBlock block = map_pinned(bytes);
  if (block.base == nullptr) {
    return record_error(cudaErrorMemoryAllocation);
  }
  pinned_blocks[block.begin] = block;
  ++mutable_counters().allocations;
  ++mutable_live_objects().pinned_allocations;
  *address = block.begin;
  return cudaSuccess;
}

}  // namespace

void reset_pinned_memory() {
  for (const auto& entry : pinned_blocks) {
    unmap_pinned(entry.second);
  }
  for (const PinnedBlock& block : stranded_blocks) {
    unmap_pinned(block);
  }
  pinned_blocks.clear();
  stranded_blocks.clear();
}

HostMemory classify_host_range(const void* address, std::size_t bytes, const char* what) {
  if (in_device(address)) {
    violation("%s: %p is device memory where host memory is expected", what, address);
  }
  const char* begin = static_cast<const char*>(address);
  auto next = pinned_blocks.upper_bound(const_cast<char*>(begin));
  if (next == pinned_blocks.begin()) {
    return HostMemory::pageable;
  }
  const PinnedBlock& block = std::prev(next)->second;
  if (begin >= block.begin + block.bytes) {
    return HostMemory::pageable;
  }
  if (begin + bytes > block.begin + block.bytes) {
    violation("%s: %zu bytes at %p leave a pinned allocation of %zu bytes", what, bytes, address,
              block.bytes);
  }
  return HostMemory::pinned;
}

}  // namespace simcuda

using simcuda::ApiCall;
using simcuda::record_error;

extern "C" {

cudaError_t cudaMalloc(void** address, std::size_t bytes) {
  const ApiCall call("cudaMalloc");
  if (call.failed()) {
    return call.error();
  }
  if (const cudaError_t error = simcuda::refuse_in_capture(); error != cudaSuccess) {
    return error;
  }
  *address = nullptr;
  if (bytes == 0) {
    return cudaSuccess;
  }
  const auto* allocation = simcuda::allocate(bytes, simcuda::AllocationState::live);
  if (allocation == nullptr) {
    return record_error(cudaErrorMemoryAllocation);
  }
  *address = allocation->begin;
  return cudaSuccess;
}

cudaError_t cudaFree(void* address) {
  const ApiCall call("cudaFree");
  if (address == nullptr) {
    return call.error();
  }
  if (const cudaError_t error = simcuda::refuse_in_capture(); error != cudaSuccess) {
    return error;
  }
  simcuda::check_range(address, 1, "cudaFree");
  simcuda::Allocation* allocation = simcuda::find_allocation(address);
  if (allocation->begin != address) {
    return record_error(cudaErrorInvalidValue);
  }
  if (simcuda::device_is_dead()) {
    simcuda::strand(*allocation);
    return call.error();
  }
  simcuda::wait_before_free();
  simcuda::release(*allocation);
  return call.error();
}

cudaError_t cudaMallocAsync(void** address, std::size_t bytes, cudaStream_t stream) {
  const ApiCall call("cudaMallocAsync");
  if (call.failed()) {
    return call.error();
  }
  simcuda::require_stream(stream, "cudaMallocAsync");
  if (stream->capture != nullptr) {
    simcuda::violation("cudaMallocAsync in a capture (project rule: graphs do not allocate)");
  }
  *address = nullptr;
  if (bytes == 0) {
    return cudaSuccess;
  }
  auto* allocation = simcuda::allocate(bytes, simcuda::AllocationState::pending);
  if (allocation == nullptr) {
    return record_error(cudaErrorMemoryAllocation);
  }
  *address = allocation->begin;
  simcuda::enqueue(stream, {"cudaMallocAsync", [allocation] { simcuda::activate(*allocation); }});
  return cudaSuccess;
}

cudaError_t cudaFreeAsync(void* address, cudaStream_t stream) {
  const ApiCall call("cudaFreeAsync");
  simcuda::require_stream(stream, "cudaFreeAsync");
  if (stream->capture != nullptr) {
    simcuda::violation("cudaFreeAsync in a capture (project rule: graphs do not allocate)");
  }
  if (address == nullptr) {
    return call.error();
  }
  simcuda::check_range(address, 1, "cudaFreeAsync");
  simcuda::Allocation* allocation = simcuda::find_allocation(address);
  if (allocation->begin != address) {
    return record_error(cudaErrorInvalidValue);
  }
  if (simcuda::device_is_dead()) {
    simcuda::strand(*allocation);
    return call.error();
  }
  allocation->free_queued = true;
  simcuda::enqueue(stream, {"cudaFreeAsync", [allocation] { simcuda::release(*allocation); }});
  return call.error();
}

cudaError_t cudaHostAlloc(void** address, std::size_t bytes, unsigned flags) {
  const ApiCall call("cudaHostAlloc");
  if ((flags & ~unsigned{cudaHostAllocPortable | cudaHostAllocWriteCombined}) != 0) {
    simcuda::violation("cudaHostAlloc: memory mapped into the device is not modelled");
  }
  return simcuda::allocate_pinned(call, address, bytes);
}

cudaError_t cudaMallocHost(void** address, std::size_t bytes) {
  const ApiCall call("cudaMallocHost");
  return simcuda::allocate_pinned(call, address, bytes);
}

cudaError_t cudaFreeHost(void* address) {
  const ApiCall call("cudaFreeHost");
  if (address == nullptr) {
    return call.error();
  }
  if (const cudaError_t error = simcuda::refuse_in_capture(); error != cudaSuccess) {
    return error;
  }
  const auto found = simcuda::pinned_blocks.find(static_cast<char*>(address));
  if (found == simcuda::pinned_blocks.end()) {
    simcuda::violation("cudaFreeHost: %p was not allocated as pinned memory, or is freed", address);
  }
  if (simcuda::device_is_dead()) {
    simcuda::stranded_blocks.push_back(found->second);
  } else {
    simcuda::wait_before_free();
    simcuda::unmap_pinned(found->second);
    ++simcuda::mutable_counters().frees;
  }
  simcuda::pinned_blocks.erase(found);
  --simcuda::mutable_live_objects().pinned_allocations;
  return call.error();
}

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  const ApiCall call("cudaMemGetInfo");
  if (call.failed()) {
    return call.error();
  }
  *total = simcuda::config().device_bytes;
  *free = simcuda::free_device_bytes();
  return cudaSuccess;
}

}  // extern "C"
