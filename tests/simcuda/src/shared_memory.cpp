#include "shared_memory.hpp"

#include "report.hpp"
#include "sanitizers.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include <sys/mman.h>

namespace simcuda {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kCanaryBytes = 16;
constexpr unsigned char kCanary = 0xC5;

std::size_t round_up(std::size_t value, std::size_t unit) {
  return (value + unit - 1) / unit * unit;
}

}  // namespace

SharedMemory& shared_memory() {
  static SharedMemory memory;
  return memory;
}

void SharedMemory::map(std::size_t bytes) {
  if (memory_ != nullptr) {
    sanitizer_unpoison(memory_, capacity_);
    munmap(memory_, capacity_ + kPage);
  }
  capacity_ = round_up(bytes, kPage);
  void* pages =
      mmap(nullptr, capacity_ + kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) {
    violation("cannot map %zu bytes of simulated shared memory", capacity_);
  }
  memory_ = static_cast<char*>(pages);
  mprotect(memory_ + capacity_, kPage, PROT_NONE);
  dirty_ = capacity_;
}

void SharedMemory::poison(char* begin, std::size_t bytes) {
#if SIMCUDA_TSAN
  // Not memset: ThreadSanitizer would intercept it and see a write that races with the kernel.
  for (volatile char* byte = begin; byte < begin + bytes; ++byte) {
    *byte = static_cast<char>(0xFF);
  }
#else
  std::memset(begin, 0xFF, bytes);
#endif
}

void SharedMemory::begin_launch(std::size_t dynamic_bytes) {
  constexpr std::size_t kUsualArrays = 64;
  arrays_.reserve(kUsualArrays);  // not on a fiber, where ThreadSanitizer would watch it move
  dynamic_bytes_ = dynamic_bytes;
  dynamic_padded_ = round_up(dynamic_bytes, 16);
  const std::size_t needed = 2 * kStaticLimit + dynamic_padded_;
  if (memory_ == nullptr || needed > capacity_) {
    map(needed);
  }
  sanitizer_unpoison(memory_, capacity_);
  dirty_ = capacity_;
}

void SharedMemory::begin_block() {
#if SIMCUDA_TSAN
  map(capacity_);  // new addresses, or ThreadSanitizer would see one block race with the next
#endif
  sanitizer_unpoison(memory_, dirty_);
  poison(memory_, std::min(dirty_, capacity_ - dynamic_padded_));
  poison(dynamic(), dynamic_padded_);
  arrays_.clear();
  used_ = 0;
}

void* SharedMemory::static_array(const void* key, std::size_t bytes, std::size_t align) {
  const auto same = [key](const Array& array) { return array.key == key; };
  const auto found = std::find_if(arrays_.begin(), arrays_.end(), same);
  if (found != arrays_.end()) {
    return found->begin;
  }
  std::size_t declared_bytes = bytes;
  for (const Array& array : arrays_) {
    declared_bytes += array.bytes;
  }
  if (declared_bytes > kStaticLimit) {
    violation("%zu bytes of static shared memory, the limit is %zu", declared_bytes, kStaticLimit);
  }
  char* begin = memory_ + round_up(used_, std::max<std::size_t>(align, 16));
  std::memset(begin + bytes, kCanary, kCanaryBytes);
  sanitizer_poison(begin + round_up(bytes, 8), kCanaryBytes);
  used_ = static_cast<std::size_t>(begin - memory_) + bytes + 2 * kCanaryBytes;
  arrays_.push_back({key, begin, bytes});
  return begin;
}

void SharedMemory::end_block() {
  dirty_ = used_;
#if !SIMCUDA_ASAN
  for (const Array& array : arrays_) {
    const char* from = array.begin + array.bytes;
    const char* to = from + kCanaryBytes;
    const auto damaged = std::find_if(from, to, [](char c) { return c != char(kCanary); });
    if (damaged != to) {
      violation("write past the end of a shared array of %zu bytes, at offset +%td", array.bytes,
                damaged - array.begin);
    }
  }
#endif
}

bool SharedMemory::is_guard(const void* address) const {
  const char* p = static_cast<const char*>(address);
  return memory_ != nullptr && p >= memory_ + capacity_ && p < memory_ + capacity_ + kPage;
}

bool SharedMemory::declared(std::size_t offset, std::size_t bytes) const {
  const char* first = memory_ + offset;
  const char* end = first + bytes;
  if (first >= dynamic()) {
    return end <= dynamic() + dynamic_bytes_;
  }
  for (const Array& array : arrays_) {
    if (first >= array.begin && end <= array.begin + array.bytes) {
      return true;
    }
  }
  return false;
}

}  // namespace simcuda
