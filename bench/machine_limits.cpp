#include "bench/machine_limits.hpp"

#include "polypath/backend/backend.hpp"

#include "src/backend/cpu/cpu_backend.hpp"
#include "src/backend/cpu/targets.hpp"

#include <algorithm>
#include <cstddef>
#include <ctime>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/machine_limits.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace polypath::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// 8 KiB ahead: from memory proper one core is faster with it, from the last cache without.
inline constexpr std::size_t prefetch_distance = 2048;

/// The sum of `count` floats, by four streams of vectors.
template <bool prefetched>
float stream_sum(const float* data, std::size_t count) {
  const hn::ScalableTag<float> tag;
  const std::size_t lanes = hn::Lanes(tag);
  auto a = hn::Zero(tag);
  auto b = hn::Zero(tag);
  auto c = hn::Zero(tag);
  auto d = hn::Zero(tag);
  for (std::size_t i = 0; i + 4 * lanes <= count; i += 4 * lanes) {
    if constexpr (prefetched) {
      for (std::size_t ahead = 0; ahead < 4 * lanes; ahead += 64 / sizeof(float)) {
        __builtin_prefetch(data + i + ahead + prefetch_distance, 0, 2);
      }
    }
    a = hn::Add(a, hn::LoadU(tag, data + i));
    b = hn::Add(b, hn::LoadU(tag, data + i + lanes));
    c = hn::Add(c, hn::LoadU(tag, data + i + 2 * lanes));
    d = hn::Add(d, hn::LoadU(tag, data + i + 3 * lanes));
  }
  return hn::GetLane(hn::SumOfLanes(tag, hn::Add(hn::Add(a, b), hn::Add(c, d))));
}

float plain_sum(const float* data, std::size_t count) { return stream_sum<false>(data, count); }
float prefetched_sum(const float* data, std::size_t count) { return stream_sum<true>(data, count); }

/// `rounds` of 12 independent multiply-adds, enough to hide their latency; returns the operations.
template <class T>
double multiply_add(std::size_t rounds, T seed, T* sink) {
  const hn::ScalableTag<T> tag;
  const auto factor = hn::Set(tag, T(0.5) + seed);
  hn::Vec<hn::ScalableTag<T>> x[12];
#pragma GCC unroll 12
  for (int i = 0; i < 12; ++i) {
    x[i] = hn::Set(tag, static_cast<T>(i));
  }
  for (std::size_t r = 0; r < rounds; ++r) {
#pragma GCC unroll 12
    for (int i = 0; i < 12; ++i) {
      x[i] = hn::MulAdd(x[i], factor, factor);
    }
  }
  auto sum = x[0];
#pragma GCC unroll 12
  for (int i = 1; i < 12; ++i) {
    sum = hn::Add(sum, x[i]);
  }
  *sink = hn::GetLane(sum);
  return 24.0 * static_cast<double>(hn::Lanes(tag)) * static_cast<double>(rounds);
}

double multiply_add_float(std::size_t rounds, float* sink) {
  return multiply_add<float>(rounds, *sink, sink);
}
double multiply_add_double(std::size_t rounds, double* sink) {
  return multiply_add<double>(rounds, *sink, sink);
}

}  // namespace polypath::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace polypath {
namespace {

HWY_EXPORT(plain_sum);
HWY_EXPORT(prefetched_sum);
HWY_EXPORT(multiply_add_float);
HWY_EXPORT(multiply_add_double);

/// The best of `rounds` runs of `work`, which returns an amount; amount per second.
template <class Work>
double best_rate(int rounds, const Work& work) {
  double best = 0.0;
  for (int i = 0; i < rounds; ++i) {
    const double start = thread_seconds();
    const double amount = work();
    best = std::max(best, amount / (thread_seconds() - start));
  }
  return best;
}

/// From memory as the backend allocates it, so with the same pages.
double read_bandwidth(Index bytes, int rounds) {
  const auto backend = make_cpu_backend(1);
  const Buffer buffer(*backend, bytes);
  auto* data = reinterpret_cast<float*>(buffer.data());
  const std::size_t count = static_cast<std::size_t>(bytes) / sizeof(float);
  std::fill_n(data, count, 1.0F);
  volatile float sink = 0.0F;
  const double plain = best_rate(rounds, [&] {
    sink = HWY_DYNAMIC_DISPATCH(plain_sum)(data, count);
    return static_cast<double>(bytes);
  });
  const double prefetched = best_rate(rounds, [&] {
    sink = HWY_DYNAMIC_DISPATCH(prefetched_sum)(data, count);
    return static_cast<double>(bytes);
  });
  return std::max(plain, prefetched);
}

MachineLimits measure() {
  MachineLimits limits;
  limits.small_bandwidth = read_bandwidth(40'000'000, 30);
  limits.large_bandwidth = read_bandwidth(400'000'000, 5);
  float sink32 = 0.0F;
  limits.float32_flops =
      best_rate(10, [&] { return HWY_DYNAMIC_DISPATCH(multiply_add_float)(4'000'000, &sink32); });
  double sink64 = 0.0;
  limits.float64_flops =
      best_rate(10, [&] { return HWY_DYNAMIC_DISPATCH(multiply_add_double)(4'000'000, &sink64); });
  return limits;
}

}  // namespace

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

const MachineLimits& machine_limits() {
  static const MachineLimits limits = measure();
  return limits;
}

}  // namespace polypath
#endif
