// The primitives that device code compiled by g++ is made of, and the launch-time registration.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include <cuda_runtime.h>

inline uint3 threadIdx;
inline uint3 blockIdx;
inline dim3 blockDim;
inline dim3 gridDim;

namespace simcuda {

enum class WarpOp : std::uint8_t { sync, shfl, shfl_up, shfl_down, shfl_xor, ballot, all, any };

// `site` identifies the program point: the source line, or the instruction of a PTX kernel.
void block_barrier(std::intptr_t site);
std::uint64_t warp_collective(WarpOp op, unsigned mask, std::uint64_t value, int argument,
                              int width, std::intptr_t site);
// Lane of this warp whose value the last shuffle of the calling thread delivered, or -1 where the
// source was outside the segment and the thread kept its own value.
int last_shuffle_source();
void* dynamic_shared();
void* static_shared(const void* key, std::size_t bytes, std::size_t align);

// Changes with every block of every launch.
extern std::uint64_t block_epoch;

// One shared array per program point: each closure type `Key` has its own statics here.
template <class Array, class Key>
__attribute__((no_sanitize("thread"))) inline Array& shared_array(Key) {
  static std::uint64_t epoch = 0;
  static void* address = nullptr;
  if (epoch != block_epoch) {
    address = static_shared(&address, sizeof(Array), alignof(Array));
    epoch = block_epoch;
  }
  return *static_cast<Array*>(address);
}

template <class T>
inline std::uint64_t to_bits(T value) {
  static_assert(sizeof(T) <= 8 && std::is_trivially_copyable_v<T>, "up to 8 plain bytes");
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  return bits;
}

template <class T>
inline T from_bits(std::uint64_t bits) {
  T value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

using Invoke = void (*)(const void* function, void* const* args);
void register_kernel(const void* function, Invoke invoke, const std::size_t* sizes, int count);

template <class... P, std::size_t... I>
inline void call_kernel(const void* function, void* const* args, std::index_sequence<I...>) {
  const auto kernel = reinterpret_cast<void (*)(P...)>(const_cast<void*>(function));
  kernel(*static_cast<std::remove_reference_t<P>*>(args[I])...);
}

// Tells the simulator the parameter types of a kernel; harmless when repeated.
template <class... P>
inline void enroll(void (*kernel)(P...)) {
  static_assert((std::is_trivially_copyable_v<P> && ...),
                "kernel parameters must be trivially copyable");
  static const std::size_t sizes[] = {sizeof(P)..., 0};
  const Invoke invoke = [](const void* function, void* const* args) {
    call_kernel<P...>(function, args, std::index_sequence_for<P...>{});
  };
  register_kernel(reinterpret_cast<const void*>(kernel), invoke, sizes, int(sizeof...(P)));
}

// Queues `function(argument)` as device work of library code, such as a Thrust algorithm.
cudaError_t enqueue_device_task(cudaStream_t stream, void (*function)(void*),
                                void (*destroy)(void*), void* argument);

}  // namespace simcuda
