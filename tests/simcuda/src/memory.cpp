#include "memory.hpp"

#include "protection.hpp"
#include "report.hpp"
#include "runtime.hpp"
#include "sanitizers.hpp"

#include <algorithm>
#include <cstring>
#include <map>

namespace simcuda {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kGranule = 256;
constexpr std::size_t kFrontCanary = 64;
constexpr unsigned char kCanary = 0xC5;
constexpr unsigned char kPoison = 0xFF;  // NaN in every floating-point format

std::map<char*, Allocation> allocations;  // by base
std::size_t arena_used = 0;
int last_id = 0;
int device_depth = 0;

std::size_t round_up(std::size_t value, std::size_t unit) {
  return (value + unit - 1) / unit * unit;
}

std::size_t front_canary(const Allocation& a) {
  return std::min(kFrontCanary, static_cast<std::size_t>(a.begin - a.base));
}

void fill(const Allocation& a) {
  const DeviceAccess access;
  const std::size_t front = front_canary(a);
  std::memset(a.begin - front, kCanary, front);
  std::memset(a.begin, kPoison, a.bytes);
  std::memset(a.begin + a.bytes, kCanary, a.padded - a.bytes);
  sanitizer_poison(a.base, static_cast<std::size_t>(a.begin - a.base));
  sanitizer_poison(a.begin + a.bytes, a.padded - a.bytes);
}

// Nothing to do under AddressSanitizer: it watches the same bytes, and stops at the write.
void check_canary(const Allocation& a, const char* after) {
  if (SIMCUDA_ASAN) {
    return;
  }
  const auto intact = [](const char* from, const char* to) {
    return std::find_if(from, to, [](char c) { return c != static_cast<char>(kCanary); });
  };
  const char* end = a.begin + a.padded;
  const char* past = intact(a.begin + a.bytes, end);
  if (past != end) {
    violation("write past the end of allocation #%d of %zu bytes, at offset +%td, found after %s",
              a.id, a.bytes, past - a.begin, after);
  }
  const char* before = intact(a.begin - front_canary(a), a.begin);
  if (before != a.begin) {
    violation("write before allocation #%d of %zu bytes, at offset %td, found after %s", a.id,
              a.bytes, before - a.begin, after);
  }
}

const Allocation& checked_allocation(const void* address, std::size_t bytes, const char* what) {
  if (!in_device(address)) {
    violation("%s: %p is not device memory", what, address);
  }
  const Allocation* a = find_allocation(address);
  const bool given_back =
      a != nullptr && (a->state == AllocationState::freed || a->state == AllocationState::stranded);
  if (a == nullptr || given_back) {
    violation("%s: %p is not in a live allocation%s", what, address,
              given_back ? " (it was freed)" : "");
  }
  const char* first = static_cast<const char*>(address);
  const char* limit = a->begin + a->bytes;
  if (first < a->begin || first + bytes > limit) {
    violation("%s: the range [%p, +%zu) leaves allocation #%d of %zu bytes by %td bytes", what,
              address, bytes, a->id, a->bytes,
              first < a->begin ? a->begin - first : first + bytes - limit);
  }
  return *a;
}

}  // namespace

void reset_memory() {
  reserve_arena();
  sanitizer_unpoison(arena_begin(), arena_used);
  unmap_arena(arena_used);
  allocations.clear();
  arena_used = 0;
  last_id = 0;
  device_depth = 0;
  open_pages(false);
}

Allocation* allocate(std::size_t bytes, AllocationState state) {
  if (bytes > free_device_bytes()) {
    return nullptr;
  }
  Allocation a;
  a.bytes = bytes;
  a.padded = round_up(bytes, kGranule);
  a.span = round_up(a.padded, kPage);
  a.base = arena_begin() + arena_used;
  a.begin = a.base + (a.span - a.padded);
  a.id = ++last_id;
  a.state = AllocationState::pending;
  arena_used += a.span + kPage;
  if (arena_used > arena_bytes()) {
    violation("the simulated device has run out of addresses (it never reuses one)");
  }
  Allocation& stored = allocations[a.base] = a;
  if (state == AllocationState::live) {
    activate(stored);
  }
  Counters& count = mutable_counters();
  ++count.allocations;
  count.live_bytes += bytes;
  count.peak_bytes = std::max(count.peak_bytes, count.live_bytes);
  ++mutable_live_objects().device_allocations;
  return &stored;
}

void activate(Allocation& allocation) {
  allocation.state = AllocationState::live;
  map_pages(allocation.base, allocation.span);
  fill(allocation);
}

void release(Allocation& allocation) {
  {
    const DeviceAccess access;
    check_canary(allocation, "its last use");
  }
  sanitizer_unpoison(allocation.base, allocation.span);
  unmap_pages(allocation.base, allocation.span);
  allocation.state = AllocationState::freed;
  mutable_counters().live_bytes -= allocation.bytes;
  ++mutable_counters().frees;
  --mutable_live_objects().device_allocations;
}

void strand(Allocation& allocation) {
  allocation.state = AllocationState::stranded;
  mutable_counters().stranded_bytes += allocation.bytes;
  --mutable_live_objects().device_allocations;
}

bool in_device(const void* address) {
  const char* p = static_cast<const char*>(address);
  return p >= arena_begin() && p < arena_begin() + arena_bytes();
}

Allocation* find_allocation(const void* address) {
  auto next = allocations.upper_bound(static_cast<char*>(const_cast<void*>(address)));
  return next == allocations.begin() ? nullptr : &std::prev(next)->second;
}

void check_range(const void* address, std::size_t bytes, const char* what) {
  if (checked_allocation(address, bytes, what).free_queued) {
    violation("%s: %p is named by work queued after its cudaFreeAsync", what, address);
  }
}

void check_range_now(const void* address, std::size_t bytes, const char* what) {
  if (checked_allocation(address, bytes, what).state == AllocationState::pending) {
    violation("%s: %p is used before its cudaMallocAsync, which another stream runs", what,
              address);
  }
}

void check_canaries(const char* after) {
  for (const auto& entry : allocations) {
    if (entry.second.state == AllocationState::live) {
      check_canary(entry.second, after);
    }
  }
}

std::size_t free_device_bytes() {
  const std::size_t live = mutable_counters().live_bytes;
  return config().device_bytes > live ? config().device_bytes - live : 0;
}

DeviceAccess::DeviceAccess() {
  if (device_depth++ == 0) {
    open_pages(true);
  }
}

DeviceAccess::~DeviceAccess() {
  if (--device_depth == 0) {
    open_pages(false);
  }
}

HostAccess::HostAccess() : depth_(device_depth) {
  device_depth = 0;
  open_pages(false);
}

HostAccess::~HostAccess() {
  device_depth = depth_;
  open_pages(depth_ > 0);
}

}  // namespace simcuda
