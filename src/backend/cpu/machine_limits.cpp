#include "polypath/backend/machine_limits.hpp"

#include "polypath/backend/backend.hpp"

#include "src/backend/cpu/cpu_backend.hpp"
#include "src/backend/cpu/targets.hpp"

#include <algorithm>
#include <barrier>
#include <cstddef>
#include <ctime>
#include <functional>
#include <thread>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "src/backend/cpu/machine_limits.cpp"
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

/// work(t) on `threads` threads at once, `rounds` times, each round begun together; work returns an
/// amount. Amount per second of processor time, the best round of each thread, averaged over them.
double best_rate(Index threads, int rounds, const std::function<double(std::size_t)>& work) {
  std::barrier start(threads);
  std::vector<double> best(static_cast<std::size_t>(threads), 0.0);
  const auto measure = [&](std::size_t thread) {
    for (int i = 0; i < rounds; ++i) {
      start.arrive_and_wait();
      const double begin = thread_seconds();
      const double amount = work(thread);
      best[thread] = std::max(best[thread], amount / (thread_seconds() - begin));
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t thread = 1; thread < best.size(); ++thread) {
      others.emplace_back(measure, thread);
    }
    measure(0);
  }
  double sum = 0.0;
  for (const double rate : best) {
    sum += rate;
  }
  return sum / static_cast<double>(threads);
}

/// Small buffers are read several times a round, so that the clock does not count.
constexpr std::size_t least_bytes_per_round = std::size_t{4} << 20;

using StreamSum = float (*)(const float*, std::size_t);

double read_rate(const std::vector<Buffer>& buffers, Index bytes, StreamSum sum) {
  const std::size_t count = static_cast<std::size_t>(bytes) / sizeof(float);
  const std::size_t repeats =
      std::max<std::size_t>(1, least_bytes_per_round / static_cast<std::size_t>(bytes));
  const int rounds = bytes > 100'000'000 ? 5 : 30;
  std::vector<float> sinks(buffers.size(), 0.0F);
  return best_rate(static_cast<Index>(buffers.size()), rounds, [&](std::size_t thread) {
    const auto* data = reinterpret_cast<const float*>(buffers[thread].data());
    float total = 0.0F;
    for (std::size_t i = 0; i < repeats; ++i) {
      total += sum(data, count);
    }
    sinks[thread] = total;
    return static_cast<double>(repeats * count * sizeof(float));
  });
}

MachineLimits measure() {
  MachineLimits limits;
  limits.small_bandwidth = read_bandwidth(40'000'000, 1);
  limits.large_bandwidth = read_bandwidth(400'000'000, 1);
  limits.float32_flops = multiply_add_peak(Precision::float32, 1);
  limits.float64_flops = multiply_add_peak(Precision::float64, 1);
  return limits;
}

}  // namespace

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double read_bandwidth(Index bytes, Index threads) {
  // From memory as the backend allocates it, so with the same pages.
  const auto backend = make_cpu_backend(1);
  const Index used = std::max<Index>(4096, round_up(bytes, 64));
  std::vector<Buffer> buffers;
  for (Index thread = 0; thread < threads; ++thread) {
    buffers.emplace_back(*backend, used);
    std::fill_n(reinterpret_cast<float*>(buffers.back().data()),
                static_cast<std::size_t>(used) / sizeof(float), 1.0F);
  }
  return std::max(read_rate(buffers, used, &HWY_DYNAMIC_DISPATCH(plain_sum)),
                  read_rate(buffers, used, &HWY_DYNAMIC_DISPATCH(prefetched_sum)));
}

double multiply_add_peak(Precision precision, Index threads) {
  constexpr std::size_t steps = 1'000'000;
  const auto float32 = &HWY_DYNAMIC_DISPATCH(multiply_add_float);
  const auto float64 = &HWY_DYNAMIC_DISPATCH(multiply_add_double);
  return best_rate(threads, 10, [&](std::size_t /*thread*/) {
    if (precision == Precision::float32) {
      float sink = 0.0F;
      return float32(steps, &sink);
    }
    double sink = 0.0;
    return float64(steps, &sink);
  });
}

const MachineLimits& machine_limits() {
  static const MachineLimits limits = measure();
  return limits;
}

}  // namespace polypath
#endif
