// Vector helpers, compiled once per SIMD target; included after highway.h, as its "-inl" headers.
#if defined(POLYPATH_CPU_LANES_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef POLYPATH_CPU_LANES_INL_HPP
#undef POLYPATH_CPU_LANES_INL_HPP
#else
#define POLYPATH_CPU_LANES_INL_HPP
#endif

#include "polypath/core/types.hpp"

#include "hwy/cache_control.h"
#include "hwy/highway.h"

#include <cstddef>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace polypath::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// All lanes of the target; `lanes` of them.
template <class T>
using Tag = hn::ScalableTag<T>;
template <class T>
using Vector = hn::Vec<Tag<T>>;
template <class T>
inline constexpr Index lanes = static_cast<Index>(hn::MaxLanes(Tag<T>()));

/// Rows of a block, and examples in the largest block: 3 x 8 accumulators where there are 32
/// registers, 3 x 4 where there are 16.
inline constexpr int row_block = 3;
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_SSE4 || HWY_TARGET == HWY_SCALAR
inline constexpr int example_block = 4;
#else
inline constexpr int example_block = 8;
#endif

/// The first `count` elements, no more than the lanes of the tag, zeros behind them; nothing
/// further is read.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> load_tail(D tag, const T* from, Index count) {
#if HWY_MEM_OPS_MIGHT_FAULT
  HWY_ALIGN T buffer[hn::MaxLanes(D())] = {};
  std::memcpy(buffer, from, static_cast<std::size_t>(count) * sizeof(T));
  return hn::Load(tag, buffer);
#else
  return hn::MaskedLoad(hn::FirstN(tag, static_cast<std::size_t>(count)), tag, from);
#endif
}

template <class T>
HWY_INLINE Vector<T> load_tail(const T* from, Index count) {
  return load_tail(Tag<T>(), from, count);
}

/// Stores the first `count` elements; nothing further is touched.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void store_tail(D tag, hn::Vec<D> value, T* to, Index count) {
#if HWY_MEM_OPS_MIGHT_FAULT
  HWY_ALIGN T buffer[hn::MaxLanes(D())];
  hn::Store(value, tag, buffer);
  std::memcpy(to, buffer, static_cast<std::size_t>(count) * sizeof(T));
#else
  hn::BlendedStore(value, hn::FirstN(tag, static_cast<std::size_t>(count)), tag, to);
#endif
}
template <class T>
HWY_INLINE void store_tail(Vector<T> value, T* to, Index count) {
  store_tail(Tag<T>(), value, to, count);
}

/// Says that `value` is worth a register. A compiler folds a load into every multiply-add that uses
/// it, three loads where one serves, and then the load ports are the limit.
template <class V>
HWY_INLINE void keep_in_register(V& value) {
#if HWY_ARCH_X86 && HWY_COMPILER_GCC_ACTUAL && HWY_TARGET != HWY_SCALAR
  asm("" : "+v"(value.raw));
#else
  (void)value;
#endif
}

/// Asks for the cache line at `address` in the second-level cache, from which the hardware takes it
/// on. Any address will do.
HWY_INLINE void prefetch(const void* address) {
#if HWY_COMPILER_GCC || HWY_COMPILER_CLANG
  __builtin_prefetch(address, 0, 2);
#else
  hwy::Prefetch(static_cast<const char*>(address));
#endif
}

/// A full vector where `count` is all the lanes (known at compile time: `whole`), else the tail.
template <bool whole, class T>
HWY_INLINE Vector<T> load(const T* from, Index count) {
  if constexpr (whole) {
    return hn::LoadU(Tag<T>(), from);
  } else {
    return load_tail(from, count);
  }
}
template <bool whole, class T>
HWY_INLINE void store(Vector<T> value, T* to, Index count) {
  if constexpr (whole) {
    hn::StoreU(value, Tag<T>(), to);
  } else {
    store_tail(value, to, count);
  }
}

#if HWY_TARGET != HWY_SCALAR
/// The 128-bit blocks of a vector added up, upper half onto lower half.
template <class D>
HWY_INLINE auto fold_blocks(D /*tag*/, hn::Vec<D> value) {
  if constexpr (hn::MaxLanes(D()) * sizeof(hn::TFromD<D>) <= 16) {
    return value;
  } else {
    const hn::Half<D> half;
    return fold_blocks(half, hn::Add(hn::LowerHalf(half, value), hn::UpperHalf(half, value)));
  }
}

template <class D>
HWY_INLINE hn::Vec<D> add_interleaved(D tag, hn::Vec<D> a, hn::Vec<D> b) {
  return hn::Add(hn::InterleaveLower(tag, a, b), hn::InterleaveUpper(tag, a, b));
}

/// Every 16 bytes of the result: those of v[0], v[1], v[2] and v[3], each added up in one order.
HWY_INLINE Vector<float> sum_blocks(const Vector<float>* v) {
  const Tag<float> tag;
  const hn::RepartitionToWide<Tag<float>> pairs;
  const auto ab = hn::BitCast(pairs, add_interleaved(tag, v[0], v[1]));
  const auto cd = hn::BitCast(pairs, add_interleaved(tag, v[2], v[3]));
  const auto low = hn::BitCast(tag, hn::InterleaveLower(pairs, ab, cd));
  const auto high = hn::BitCast(tag, hn::InterleaveUpper(pairs, ab, cd));
  return hn::Add(low, high);
}

/// The same of v[0] and v[1].
HWY_INLINE Vector<double> sum_blocks(const Vector<double>* v) {
  return add_interleaved(Tag<double>(), v[0], v[1]);
}

/// sums[i] = the lanes of v[i] added up, for the elements of 16 bytes.
template <class T>
HWY_INLINE void sum_group(const Vector<T>* v, T* sums) {
  hn::StoreU(fold_blocks(Tag<T>(), sum_blocks(v)), hn::FixedTag<T, 16 / sizeof(T)>(), sums);
}
#else
template <class V>
HWY_INLINE V sum_blocks(const V* v) {
  return v[0];
}
#endif

/// sums[i] = the lanes of v[i] added up, i < count. Both arrays hold a multiple of 4 elements.
template <int count, class T>
HWY_INLINE void sum_lanes(const Vector<T>* v, T* sums) {
#if HWY_TARGET == HWY_SCALAR
  for (int i = 0; i < count; ++i) {
    sums[i] = hn::GetLane(v[i]);
  }
#else
  constexpr int group = 16 / sizeof(T);
  for (int i = 0; i < count; i += group) {
    sum_group<T>(v + i, sums + i);
  }
#endif
}

}  // namespace polypath::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
