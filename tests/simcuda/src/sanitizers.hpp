// What the simulator tells AddressSanitizer and ThreadSanitizer; nothing in a plain build.
#pragma once

#include <cstddef>

// SIMCUDA_TSAN is set by the build: the simulator itself is then compiled without
// -fsanitize=thread, so that only the kernels are watched.
#if !defined(SIMCUDA_TSAN)
#define SIMCUDA_TSAN 0
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SIMCUDA_ASAN 1
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#else
#define SIMCUDA_ASAN 0
#endif
#if SIMCUDA_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace simcuda {

inline void sanitizer_poison([[maybe_unused]] const void* address,
                             [[maybe_unused]] std::size_t bytes) {
#if SIMCUDA_ASAN
  __asan_poison_memory_region(address, bytes);
#endif
}

inline void sanitizer_unpoison([[maybe_unused]] const void* address,
                               [[maybe_unused]] std::size_t bytes) {
#if SIMCUDA_ASAN
  __asan_unpoison_memory_region(address, bytes);
#endif
}

// Everything before release(tag) happens before everything after acquire(tag).
inline void sanitizer_release([[maybe_unused]] void* tag) {
#if SIMCUDA_TSAN
  __tsan_release(tag);
#endif
}

inline void sanitizer_acquire([[maybe_unused]] void* tag) {
#if SIMCUDA_TSAN
  __tsan_acquire(tag);
#endif
}

}  // namespace simcuda
