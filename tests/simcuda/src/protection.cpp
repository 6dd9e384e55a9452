#include "protection.hpp"

#include "memory.hpp"
#include "report.hpp"
#include "runtime.hpp"
#include "shared_memory.hpp"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>

#include <signal.h>
#include <sys/mman.h>

namespace simcuda {
namespace {

constexpr std::size_t kLargestArena = std::size_t{1} << 38;
constexpr int kNoKey = -1;

char* arena = nullptr;
std::size_t arena_size = 0;
int protection_key = kNoKey;
bool is_open = false;
// Mapped pages by base, for the page-permission variant, which has to visit each of them.
std::map<char*, std::size_t> mapped_pages;

#if defined(__x86_64__)
int allocate_key() { return pkey_alloc(0, 0); }
void set_key_rights(bool open) { pkey_set(protection_key, open ? 0 : PKEY_DISABLE_ACCESS); }
void assign_key(char* base, std::size_t span) {
  pkey_mprotect(base, span, PROT_READ | PROT_WRITE, protection_key);
}
#else
int allocate_key() { return kNoKey; }
void set_key_rights(bool) {}
void assign_key(char*, std::size_t) {}
#endif

bool uses_key() { return protection_key != kNoKey && config().protection == Protection::automatic; }

std::string describe_allocation(const char* address) {
  const Allocation* allocation = find_allocation(address);
  if (allocation == nullptr) {
    return "outside every allocation";
  }
  const char* state = allocation->state == AllocationState::freed     ? ", freed"
                      : allocation->state == AllocationState::pending ? ", not yet allocated"
                                                                      : "";
  char text[160];
  std::snprintf(text, sizeof text, "allocation #%d of %zu bytes%s, at offset %+td", allocation->id,
                allocation->bytes, state, address - allocation->begin);
  return text;
}

void on_segmentation_fault(int, siginfo_t* info, void*) {
  const char* address = static_cast<const char*>(info->si_addr);
  if (in_device(address)) {
    const std::string where = describe_allocation(address);
    if (running_operation() != nullptr) {
      violation("illegal device access at %p (%s)", static_cast<const void*>(address),
                where.c_str());
    }
    violation("host code dereferenced device memory at %p (%s)", static_cast<const void*>(address),
              where.c_str());
  }
  if (shared_memory().is_guard(address)) {
    violation("access past the end of dynamic shared memory at %p",
              static_cast<const void*>(address));
  }
  signal(SIGSEGV, SIG_DFL);
}

void install_handler() {
  struct sigaction action {};
  action.sa_sigaction = on_segmentation_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGSEGV, &action, nullptr);
}

}  // namespace

void install_signal_stack() {
  constexpr std::size_t kBytes = 1 << 16;
  thread_local std::unique_ptr<char[]> memory;
  if (memory != nullptr) {
    return;
  }
  memory = std::make_unique<char[]>(kBytes);
  stack_t stack{};
  stack.ss_sp = memory.get();
  stack.ss_size = kBytes;
  sigaltstack(&stack, nullptr);
}

void reserve_arena() {
  if (arena != nullptr) {
    return;
  }
  for (arena_size = kLargestArena; arena_size >= (std::size_t{1} << 32); arena_size /= 2) {
    void* memory =
        mmap(nullptr, arena_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory != MAP_FAILED) {
      arena = static_cast<char*>(memory);
      break;
    }
  }
  if (arena == nullptr) {
    violation("cannot reserve the address range of the simulated device");
  }
  protection_key = allocate_key();
  install_handler();
  install_signal_stack();
}

char* arena_begin() { return arena; }
std::size_t arena_bytes() { return arena_size; }

void map_pages(char* base, std::size_t span) {
  mapped_pages[base] = span;
  if (uses_key()) {
    assign_key(base, span);
    return;
  }
  const bool reachable = is_open || config().protection == Protection::off;
  mprotect(base, span, reachable ? PROT_READ | PROT_WRITE : PROT_NONE);
}

void unmap_pages(char* base, std::size_t span) {
  mapped_pages.erase(base);
  madvise(base, span, MADV_DONTNEED);
  mprotect(base, span, PROT_NONE);
}

void unmap_arena(std::size_t used) {
  mapped_pages.clear();
  is_open = false;
  if (used > 0) {
    madvise(arena, used, MADV_DONTNEED);
    mprotect(arena, used, PROT_NONE);
  }
}

void open_pages(bool open) {
  is_open = open;
  if (config().protection == Protection::off) {
    return;
  }
  if (uses_key()) {
    set_key_rights(open);
    return;
  }
  for (const auto& [base, span] : mapped_pages) {
    mprotect(base, span, open ? PROT_READ | PROT_WRITE : PROT_NONE);
  }
}

bool pages_open() { return is_open; }

}  // namespace simcuda
