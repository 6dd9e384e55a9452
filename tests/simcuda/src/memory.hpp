// Simulated device memory: allocations that end at a guard page, start as NaN, and never reuse an
// address.
#pragma once

#include <cstddef>

namespace simcuda {

// stranded: given back to a dead device; the program may not touch it, and it takes memory still.
enum class AllocationState { pending, live, freed, stranded };

struct Allocation {
  char* begin = nullptr;  // what the program sees
  std::size_t bytes = 0;
  std::size_t padded = 0;  // bytes rounded up to the granule; the rest holds canaries
  char* base = nullptr;    // whole pages
  std::size_t span = 0;
  AllocationState state = AllocationState::live;
  bool free_queued = false;  // cudaFreeAsync was called; no later work may name it
  int id = 0;
};

// nullptr when the device has not enough memory left. A pending allocation cannot be touched
// before activate().
Allocation* allocate(std::size_t bytes, AllocationState state);
void activate(Allocation& allocation);
void release(Allocation& allocation);

// The program gives it back to a device that frees nothing any more.
void strand(Allocation& allocation);

bool in_device(const void* address);
// The allocation that holds `address` or ends before it, live or not; nullptr if none.
Allocation* find_allocation(const void* address);
// [address, address + bytes) lies inside one allocation that work queued now may use.
void check_range(const void* address, std::size_t bytes, const char* what);
// The same for work that executes now, when stream-ordered frees queued later do not matter.
void check_range_now(const void* address, std::size_t bytes, const char* what);
// Nothing was written around any live allocation; `after` names the operation just done.
void check_canaries(const char* after);
std::size_t free_device_bytes();

// Device memory is open to this thread while the object lives.
class DeviceAccess {
 public:
  DeviceAccess();
  ~DeviceAccess();
  DeviceAccess(const DeviceAccess&) = delete;
  DeviceAccess& operator=(const DeviceAccess&) = delete;
};

// Device memory is closed again, for a host function that the device calls.
class HostAccess {
 public:
  HostAccess();
  ~HostAccess();
  HostAccess(const HostAccess&) = delete;
  HostAccess& operator=(const HostAccess&) = delete;

 private:
  int depth_;
};

// Pinned host memory.
enum class HostMemory { pageable, pinned };
// Where `address` lies; a range that starts in pinned memory and leaves it is a violation.
HostMemory classify_host_range(const void* address, std::size_t bytes, const char* what);

}  // namespace simcuda
