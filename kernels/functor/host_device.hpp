#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

// POLYPATH_HOST_DEVICE marks a function that host and device compilers both build. Device code is
// C++17 and may call only such functions. No other header in this folder asks who compiles it.
#if defined(__CUDACC__)
#define POLYPATH_HOST_DEVICE __host__ __device__
#else
#define POLYPATH_HOST_DEVICE
#endif

namespace polypath::exact {

// float32 operations with one IEEE rounding each, on every compiler and with any flags: device
// compilers otherwise contract a * b + c, and may replace a square root by an approximation.

/// a b + c with a single rounding.
POLYPATH_HOST_DEVICE inline float fused(float a, float b, float c) { return std::fma(a, b, c); }

/// a b, never contracted with what is done to it later.
POLYPATH_HOST_DEVICE inline float product(float a, float b) {
#if defined(__CUDA_ARCH__)
  return __fmul_rn(a, b);
#else
  return a * b;
#endif
}

/// The correctly rounded square root.
POLYPATH_HOST_DEVICE inline float square_root(float a) {
#if defined(__CUDA_ARCH__)
  return __fsqrt_rn(a);
#else
  return std::sqrt(a);
#endif
}

POLYPATH_HOST_DEVICE inline std::int32_t bits_of(float value) {
  std::int32_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

POLYPATH_HOST_DEVICE inline float from_bits(std::int32_t bits) {
  float value = 0.0F;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

}  // namespace polypath::exact
