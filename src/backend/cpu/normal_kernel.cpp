#include "kernels/functor/normal.hpp"

#include "src/backend/cpu/kernels.hpp"
#include "src/backend/cpu/targets.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "src/backend/cpu/normal_kernel.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "src/backend/cpu/lanes-inl.hpp"

// The steps of kernels/functor/normal.hpp, one vector operation for each of its operations; a test
// holds the bits of the two equal.
HWY_BEFORE_NAMESPACE();
namespace polypath::cpu::HWY_NAMESPACE {

/// Column blocks of 4 normals that are made together.
inline constexpr Index blocks = lanes<float>;

#if HWY_NATIVE_FMA
using Words = Tag<std::uint32_t>;
using WideWords = Tag<std::uint64_t>;
using Integers = Tag<std::int32_t>;
using WordVector = hn::Vec<Words>;
using WideVector = hn::Vec<WideWords>;
using IntegerVector = hn::Vec<Integers>;
using FloatVector = Vector<float>;

HWY_INLINE FloatVector constant(float value) { return hn::Set(Tag<float>(), value); }

/// Philox on the low halves of 64-bit lanes; what stands in the high halves is never looked at.
HWY_INLINE void philox_rounds(PhiloxKey key, WideVector* HWY_RESTRICT word) {
  const WideWords wide;
  const Words words;
  const auto multiplier0 = hn::BitCast(words, hn::Set(wide, 0xD2511F53U));
  const auto multiplier1 = hn::BitCast(words, hn::Set(wide, 0xCD9E8D57U));
  for (int round = 0; round < 10; ++round) {
    const auto product0 = hn::MulEven(hn::BitCast(words, word[0]), multiplier0);
    const auto product1 = hn::MulEven(hn::BitCast(words, word[2]), multiplier1);
    word[0] = hn::Xor(hn::Xor(hn::ShiftRight<32>(product1), word[1]), hn::Set(wide, key.word[0]));
    word[1] = product1;
    word[2] = hn::Xor(hn::Xor(hn::ShiftRight<32>(product0), word[3]), hn::Set(wide, key.word[1]));
    word[3] = product0;
    key.word[0] += 0x9E3779B9U;
    key.word[1] += 0xBB67AE85U;
  }
}

/// word[i] = word i of Philox at the counters of column blocks first, ..., first + lanes - 1.
HWY_INLINE void philox_vector(PhiloxCounter counter, PhiloxKey key, WordVector* HWY_RESTRICT word) {
  const WideWords wide;
  const Words words;
  const auto block = hn::BitCast(wide, hn::Iota(words, counter.word[0]));
  WideVector even[4] = {block, hn::Set(wide, counter.word[1]), hn::Set(wide, counter.word[2]),
                        hn::Set(wide, counter.word[3])};
  WideVector odd[4] = {hn::ShiftRight<32>(block), even[1], even[2], even[3]};
  philox_rounds(key, even);
  philox_rounds(key, odd);
  for (int i = 0; i < 4; ++i) {
    word[i] =
        hn::OddEven(hn::BitCast(words, hn::ShiftLeft<32>(odd[i])), hn::BitCast(words, even[i]));
  }
}

HWY_INLINE FloatVector log_of_scaled_vector(FloatVector x) {
  const Tag<float> tag;
  const Integers integers;
  const auto sqrt_half_bits = hn::Set(integers, 0x3F3504F3);
  const auto shifted = hn::Sub(hn::BitCast(integers, x), sqrt_half_bits);
  const auto exponent = hn::Sub(hn::ShiftRight<23>(shifted), hn::Set(integers, 31));
  const auto mantissa = hn::And(shifted, hn::Set(integers, 0x007FFFFF));
  const auto m = hn::BitCast(tag, hn::Add(mantissa, sqrt_half_bits));
  const auto t = hn::Sub(m, constant(1.0F));
  auto p = hn::MulAdd(constant(-0x1.38b608p-4F), t, constant(0x1.055ba6p-3F));
  p = hn::MulAdd(p, t, constant(-0x1.0d8544p-3F));
  p = hn::MulAdd(p, t, constant(0x1.22da14p-3F));
  p = hn::MulAdd(p, t, constant(-0x1.547244p-3F));
  p = hn::MulAdd(p, t, constant(0x1.99a008p-3F));
  p = hn::MulAdd(p, t, constant(-0x1.000228p-2F));
  p = hn::MulAdd(p, t, constant(0x1.555554p-2F));
  p = hn::MulAdd(p, t, constant(-0.5F));
  const auto log_m = hn::MulAdd(hn::Mul(t, t), p, t);
  return hn::MulAdd(hn::ConvertTo(tag, exponent), constant(0x1.62e43p-1F), log_m);
}

HWY_INLINE FloatVector radius_vector(WordVector word) {
  const auto k = hn::Or(hn::ShiftRight<1>(word), hn::Set(Words(), 1U));
  const auto x = hn::ConvertTo(Tag<float>(), hn::BitCast(Integers(), k));
  return hn::Sqrt(hn::MulAdd(constant(-2.0F), log_of_scaled_vector(x), hn::Zero(Tag<float>())));
}

/// radius * cosine and radius * sine of the angle that `word` stands for.
HWY_INLINE void rotate(FloatVector radius, WordVector word, FloatVector& along,
                       FloatVector& across) {
  const Tag<float> tag;
  const Words words;
  const auto quadrant = hn::ShiftRight<30>(hn::Add(word, hn::Set(words, 0x20000000U)));
  const auto rest = hn::Or(hn::ShiftLeft<2>(word), hn::Set(words, 2U));
  const auto a = hn::Mul(hn::ConvertTo(tag, hn::BitCast(Integers(), rest)), constant(0x1p-31F));
  const auto y = hn::Mul(a, a);
  auto s = hn::MulAdd(constant(-0x1.2dc84cp-15F), y, constant(0x1.466004p-9F));
  s = hn::MulAdd(s, y, constant(-0x1.4abbbep-4F));
  s = hn::MulAdd(s, y, constant(-0x1.777a5cp-26F));
  s = hn::MulAdd(a, constant(0x1.921fb6p-1F), hn::Mul(s, a));
  auto c = hn::MulAdd(constant(-0x1.4e78bep-12F), y, constant(0x1.03b058p-6F));
  c = hn::MulAdd(c, y, constant(-0x1.3bd39cp-2F));
  c = hn::MulAdd(c, y, constant(1.0F));
  const auto cosine_bits = hn::BitCast(words, c);
  const auto sine_bits = hn::BitCast(words, s);
  const auto one = hn::Set(words, 1U);
  const auto two = hn::Set(words, 2U);
  const auto odd = hn::Sub(hn::Zero(words), hn::And(quadrant, one));
  const auto exchange = hn::And(hn::Xor(cosine_bits, sine_bits), odd);
  const auto cosine_sign = hn::ShiftLeft<30>(hn::And(hn::Add(quadrant, one), two));
  const auto sine_sign = hn::ShiftLeft<30>(hn::And(quadrant, two));
  const auto cosine = hn::Xor(hn::Xor(cosine_bits, exchange), cosine_sign);
  const auto sine = hn::Xor(hn::Xor(sine_bits, exchange), sine_sign);
  along = hn::Mul(radius, hn::BitCast(tag, cosine));
  across = hn::Mul(radius, hn::BitCast(tag, sine));
}

/// z[0 ... 4 blocks) = the normals of `blocks` column blocks from the counter's on.
HWY_INLINE void normals_of_blocks(PhiloxCounter counter, PhiloxKey key, float* HWY_RESTRICT z) {
  WordVector word[4];
  philox_vector(counter, key, word);
  FloatVector z0;
  FloatVector z1;
  FloatVector z2;
  FloatVector z3;
  rotate(radius_vector(word[0]), word[1], z0, z1);
  rotate(radius_vector(word[2]), word[3], z2, z3);
  hn::StoreInterleaved4(z0, z1, z2, z3, Tag<float>(), z);
}
#else
/// Without a fused multiply-add instruction the bits come from the scalar functor.
inline void normals_of_blocks(PhiloxCounter counter, PhiloxKey key, float* z) {
  for (Index b = 0; b < blocks; ++b) {
    const Normal4 four = normal4(counter, key);
    std::copy_n(four.z, 4, z + 4 * b);
    ++counter.word[0];
  }
}
#endif

template <class T>
void fill_normal(MatrixView<T> target, Index first_row, const NormalStream& stream, T sigma) {
  HWY_ALIGN float z[4 * blocks];
  const PhiloxKey key = normal_key(stream);
  for (Index r = 0; r < target.rows; ++r) {
    T* row = target.row(r);
    for (Index c = 0; c < target.columns; c += 4 * blocks) {
      normals_of_blocks(normal_counter(stream, first_row + r, c / 4), key, z);
      const Index count = std::min(4 * blocks, target.columns - c);
      for (Index i = 0; i < count; ++i) {
        row[c + i] = sigma * static_cast<T>(z[i]);
      }
    }
  }
}

void set_normal(SimdKernels& kernels) {
  kernels.float32.fill_normal = &fill_normal<float>;
  kernels.float64.fill_normal = &fill_normal<double>;
}

}  // namespace polypath::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace polypath::cpu {

void set_normal_kernels(std::int64_t target, SimdKernels& kernels) {
  POLYPATH_TARGET_TABLE(set_normal)[table_slot(target)](kernels);
}

}  // namespace polypath::cpu
#endif
