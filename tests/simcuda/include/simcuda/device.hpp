// Device vocabulary for .cu files compiled as plain C++: force-included before every one of them.
#pragma once

#include "simcuda/builtins.hpp"

#include <algorithm>
#include <cmath>

#include <cuda_runtime.h>
#include <math.h>

#undef __shared__
#undef __launch_bounds__
#undef __constant__
#undef __device__
#undef __global__
#undef __host__
#undef __forceinline__
#undef __noinline__
#undef __grid_constant__
#define __shared__ static_assert(false, "use DEV_SHARED or DEV_DYN_SHARED");
#define __constant__ static_assert(false, "pass small structs by value instead");
#define __launch_bounds__(...)
#define __device__
#define __global__
#define __host__
#define __forceinline__ inline
#define __noinline__
#define __grid_constant__

constexpr int warpSize = 32;

inline void __syncthreads(int line = __builtin_LINE()) { simcuda::block_barrier(line); }

inline void __syncwarp(unsigned mask = 0xffffffffu, int line = __builtin_LINE()) {
  simcuda::warp_collective(simcuda::WarpOp::sync, mask, 0, 0, 32, line);
}

inline void __threadfence() {}
inline void __threadfence_block() {}

template <class T>
inline T __shfl_sync(unsigned mask, T value, int lane, int width = 32,
                     int line = __builtin_LINE()) {
  return simcuda::from_bits<T>(simcuda::warp_collective(
      simcuda::WarpOp::shfl, mask, simcuda::to_bits(value), lane, width, line));
}

template <class T>
inline T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32,
                        int line = __builtin_LINE()) {
  return simcuda::from_bits<T>(simcuda::warp_collective(
      simcuda::WarpOp::shfl_up, mask, simcuda::to_bits(value), int(delta), width, line));
}

template <class T>
inline T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32,
                          int line = __builtin_LINE()) {
  return simcuda::from_bits<T>(simcuda::warp_collective(
      simcuda::WarpOp::shfl_down, mask, simcuda::to_bits(value), int(delta), width, line));
}

template <class T>
inline T __shfl_xor_sync(unsigned mask, T value, int lane_mask, int width = 32,
                         int line = __builtin_LINE()) {
  return simcuda::from_bits<T>(simcuda::warp_collective(
      simcuda::WarpOp::shfl_xor, mask, simcuda::to_bits(value), lane_mask, width, line));
}

inline unsigned __ballot_sync(unsigned mask, int predicate, int line = __builtin_LINE()) {
  return unsigned(
      simcuda::warp_collective(simcuda::WarpOp::ballot, mask, predicate != 0, 0, 32, line));
}

inline int __all_sync(unsigned mask, int predicate, int line = __builtin_LINE()) {
  return int(simcuda::warp_collective(simcuda::WarpOp::all, mask, predicate != 0, 0, 32, line));
}

inline int __any_sync(unsigned mask, int predicate, int line = __builtin_LINE()) {
  return int(simcuda::warp_collective(simcuda::WarpOp::any, mask, predicate != 0, 0, 32, line));
}

// Integers only: a sum of floats in an order that nobody controls has no reproducible bits.
template <class T>
inline T atomicAdd(T* address, T value) {
  static_assert(std::is_integral_v<T>, "no float atomics: reduce in two stages");
  return __atomic_fetch_add(address, value, __ATOMIC_RELAXED);
}

template <class T>
inline T atomicOr(T* address, T value) {
  static_assert(std::is_integral_v<T>, "integers only");
  return __atomic_fetch_or(address, value, __ATOMIC_RELAXED);
}

template <class T>
inline T atomicExch(T* address, T value) {
  static_assert(std::is_integral_v<T>, "integers only");
  return __atomic_exchange_n(address, value, __ATOMIC_RELAXED);
}

template <class T>
inline T atomicCAS(T* address, T expected, T value) {
  static_assert(std::is_integral_v<T>, "integers only");
  __atomic_compare_exchange_n(address, &expected, value, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  return expected;
}

template <class T>
inline T atomicMax(T* address, T value) {
  static_assert(std::is_integral_v<T>, "integers only");
  T old = __atomic_load_n(address, __ATOMIC_RELAXED);
  while (old < value && !__atomic_compare_exchange_n(address, &old, value, false, __ATOMIC_RELAXED,
                                                     __ATOMIC_RELAXED)) {
  }
  return old;
}

template <class T>
inline T __ldg(const T* address) {
  return *address;
}

#include "simcuda/device_math.hpp"
