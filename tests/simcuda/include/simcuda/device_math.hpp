// Device arithmetic that <cmath> lacks: CUDA's own functions, roundings, and bit intrinsics.
#pragma once

#include "simcuda/builtins.hpp"

#include <cmath>
#include <cstdint>

using std::max;
using std::min;

inline float rsqrtf(float x) { return 1.0f / std::sqrt(x); }
inline double rsqrt(double x) { return 1.0 / std::sqrt(x); }

// sin and cos of pi * x, exact at multiples of a half because the argument is reduced first.
inline void sincospi(double x, double* sine, double* cosine) {
  constexpr double kPi = 3.14159265358979323846;
  const double reduced = std::remainder(x, 2.0);
  const double halves = std::nearbyint(2.0 * reduced);
  const double rest = (reduced - 0.5 * halves) * kPi;
  const double s = std::sin(rest);
  const double c = std::cos(rest);
  const int quadrant = static_cast<int>(halves) & 3;
  *sine = quadrant == 0 ? s : quadrant == 1 ? c : quadrant == 2 ? -s : -c;
  *cosine = quadrant == 0 ? c : quadrant == 1 ? -s : quadrant == 2 ? -c : s;
}

inline void sincospif(float x, float* sine, float* cosine) {
  double s = 0;
  double c = 0;
  sincospi(double{x}, &s, &c);
  *sine = static_cast<float>(s);
  *cosine = static_cast<float>(c);
}

inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fsqrt_rn(float a) { return std::sqrt(a); }
inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dsub_rn(double a, double b) { return a - b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __ddiv_rn(double a, double b) { return a / b; }
inline double __dsqrt_rn(double a) { return std::sqrt(a); }
inline double __fma_rn(double a, double b, double c) { return std::fma(a, b, c); }

inline unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>((std::uint64_t{a} * b) >> 32);
}
inline int __mulhi(int a, int b) { return static_cast<int>((std::int64_t{a} * b) >> 32); }
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<unsigned long long>((static_cast<Wide>(a) * b) >> 64);
}

inline int __float_as_int(float x) { return simcuda::from_bits<int>(simcuda::to_bits(x)); }
inline unsigned __float_as_uint(float x) {
  return simcuda::from_bits<unsigned>(simcuda::to_bits(x));
}
inline float __int_as_float(int x) { return simcuda::from_bits<float>(simcuda::to_bits(x)); }
inline float __uint_as_float(unsigned x) { return simcuda::from_bits<float>(simcuda::to_bits(x)); }
inline long long __double_as_longlong(double x) {
  return simcuda::from_bits<long long>(simcuda::to_bits(x));
}
inline double __longlong_as_double(long long x) {
  return simcuda::from_bits<double>(simcuda::to_bits(x));
}
inline float __double2float_rn(double x) { return static_cast<float>(x); }
inline float __uint2float_rn(unsigned x) { return static_cast<float>(x); }
inline float __int2float_rn(int x) { return static_cast<float>(x); }

inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
inline int __clz(int x) { return x != 0 ? __builtin_clz(static_cast<unsigned>(x)) : 32; }
inline int __clzll(long long x) {
  return x != 0 ? __builtin_clzll(static_cast<unsigned long long>(x)) : 64;
}
inline int __ffs(int x) { return __builtin_ffs(x); }
