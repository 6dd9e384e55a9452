#include "src/backend/cpu/memory.hpp"

#include "polypath/core/error.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>
#include <sys/mman.h>

namespace polypath::cpu {
namespace {

constexpr Index alignment = 64;
constexpr Index huge_page = Index{2} << 20;
constexpr Index page = 4096;

[[noreturn]] void throw_out_of_memory(Index bytes) {
  throw OutOfMemory(fmt::format(
      "{:.1f} MiB of memory could not be had (cpu backend), so the weights and activations have no "
      "place. Lower network.width, sweep.seeds or the number of threads, or free memory.",
      static_cast<double>(bytes) / 1048576.0));
}

/// Fresh pages from the system are zero; what the alignment leaves over at both ends goes back.
std::byte* map_huge(Index bytes) {
  const auto length = static_cast<std::size_t>(round_up(bytes, page));
  const auto padded = length + static_cast<std::size_t>(huge_page);
  void* mapped = mmap(nullptr, padded, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) {
    throw_out_of_memory(bytes);
  }
  auto* first = static_cast<std::byte*>(mapped);
  const auto address = static_cast<Index>(reinterpret_cast<std::uintptr_t>(first));
  const auto before = static_cast<std::size_t>(round_up(address, huge_page) - address);
  const std::size_t after = padded - before - length;
  if (before > 0) {
    munmap(first, before);
  }
  if (after > 0) {
    munmap(first + before + length, after);
  }
  madvise(first + before, length, MADV_HUGEPAGE);
  return first + before;
}

}  // namespace

std::byte* allocate_zeroed(Index bytes) {
  if (bytes <= 0) {
    return nullptr;
  }
  if (bytes >= huge_page) {
    return map_huge(bytes);
  }
  const auto length = static_cast<std::size_t>(round_up(bytes, alignment));
  void* data = std::aligned_alloc(static_cast<std::size_t>(alignment), length);
  if (data == nullptr) {
    throw_out_of_memory(bytes);
  }
  std::memset(data, 0, length);
  return static_cast<std::byte*>(data);
}

void release(std::byte* data, Index bytes) noexcept {
  if (bytes >= huge_page) {
    munmap(data, static_cast<std::size_t>(round_up(bytes, page)));
  } else {
    std::free(data);
  }
}

}  // namespace polypath::cpu
