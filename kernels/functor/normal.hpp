#pragma once

#include "kernels/functor/host_device.hpp"
#include "kernels/functor/philox.hpp"
#include "polypath/core/normal_stream.hpp"
#include "polypath/core/types.hpp"

#include <cstdint>

namespace polypath {

// Portable float32 standard normals. Every step is an integer operation, an int32 -> float32
// conversion, or a float32 product, fused multiply-add or square root with one IEEE rounding, and
// there are no branches: a vectorised version that repeats the steps in this order has the same
// bits. The README says how the polynomials were fitted.

/// The natural logarithm of u = x 2^-31 for x in [1, 2^31]; never positive, +0 at u = 1.
POLYPATH_HOST_DEVICE inline float log_of_scaled(float x) {
  // x = 2^exponent m with m in [sqrt(1/2), sqrt(2)).
  const std::int32_t sqrt_half_bits = 0x3F3504F3;
  const std::int32_t shifted = exact::bits_of(x) - sqrt_half_bits;
  const std::int32_t exponent = (shifted >> 23) - 31;
  const float m = exact::from_bits((shifted & 0x007FFFFF) + sqrt_half_bits);
  const float t = m - 1.0F;  // exact
  // log(1 + t) = t + t^2 p(t). One float32 holds ln 2 well enough: it is 0.05 ulp off.
  float p = exact::fused(-0x1.38b608p-4F, t, 0x1.055ba6p-3F);
  p = exact::fused(p, t, -0x1.0d8544p-3F);
  p = exact::fused(p, t, 0x1.22da14p-3F);
  p = exact::fused(p, t, -0x1.547244p-3F);
  p = exact::fused(p, t, 0x1.99a008p-3F);
  p = exact::fused(p, t, -0x1.000228p-2F);
  p = exact::fused(p, t, 0x1.555554p-2F);
  p = exact::fused(p, t, -0.5F);
  const float log_m = exact::fused(exact::product(t, t), p, t);
  return exact::fused(static_cast<float>(exponent), 0x1.62e43p-1F, log_m);
}

/// The radius sqrt(-2 ln u), u = k 2^-31 with the odd number k = word / 2 made odd, in (0, 6.56).
POLYPATH_HOST_DEVICE inline float normal_radius(std::uint32_t word) {
  const auto k = static_cast<std::int32_t>((word >> 1U) | 1U);
  // Fused with +0, so that u = 1 (k rounds to 2^31) gives +0 and not -0.
  return exact::square_root(exact::fused(-2.0F, log_of_scaled(static_cast<float>(k)), 0.0F));
}

struct CosineSine {
  float cosine;
  float sine;
};

/// Cosine and sine of the angle 2 pi (word + 1/2) / 2^32.
POLYPATH_HOST_DEVICE inline CosineSine normal_angle(std::uint32_t word) {
  // angle = quadrant pi/2 + a pi/4 with a in [-1, 1]; the nearest quadrant, modulo 4.
  const std::uint32_t quadrant = (word + 0x20000000U) >> 30U;
  const auto rest = static_cast<std::int32_t>((word << 2U) | 2U);
  const float a = exact::product(static_cast<float>(rest), 0x1p-31F);  // exact
  const float y = exact::product(a, a);
  // sin(a pi/4) = a (high + low + y q(y)), pi/4 = high + low.
  float s = exact::fused(-0x1.2dc84cp-15F, y, 0x1.466004p-9F);
  s = exact::fused(s, y, -0x1.4abbbep-4F);
  s = exact::fused(s, y, -0x1.777a5cp-26F);
  s = exact::fused(a, 0x1.921fb6p-1F, exact::product(s, a));
  float c = exact::fused(-0x1.4e78bep-12F, y, 0x1.03b058p-6F);
  c = exact::fused(c, y, -0x1.3bd39cp-2F);
  c = exact::fused(c, y, 1.0F);
  // Odd quadrants exchange the two; cosine < 0 in quadrants 1 and 2, sine < 0 in 2 and 3.
  const std::int32_t cosine_bits = exact::bits_of(c);
  const std::int32_t sine_bits = exact::bits_of(s);
  const auto odd = static_cast<std::int32_t>(0U - (quadrant & 1U));
  const std::int32_t exchange = (cosine_bits ^ sine_bits) & odd;
  const auto cosine_sign = static_cast<std::int32_t>(((quadrant + 1U) & 2U) << 30U);
  const auto sine_sign = static_cast<std::int32_t>((quadrant & 2U) << 30U);
  return {exact::from_bits(cosine_bits ^ exchange ^ cosine_sign),
          exact::from_bits(sine_bits ^ exchange ^ sine_sign)};
}

struct Normal4 {
  float z[4];
};

/// Box-Muller on four random words: 0 and 1 (radius, angle) make z0 (cosine) and z1 (sine), 2 and 3
/// make z2 and z3.
POLYPATH_HOST_DEVICE inline Normal4 normals_of_words(PhiloxCounter random) {
  const float radius01 = normal_radius(random.word[0]);
  const CosineSine angle01 = normal_angle(random.word[1]);
  const float radius23 = normal_radius(random.word[2]);
  const CosineSine angle23 = normal_angle(random.word[3]);
  return {{exact::product(radius01, angle01.cosine), exact::product(radius01, angle01.sine),
           exact::product(radius23, angle23.cosine), exact::product(radius23, angle23.sine)}};
}

POLYPATH_HOST_DEVICE inline Normal4 normal4(PhiloxCounter counter, PhiloxKey key) {
  return normals_of_words(philox4x32_10(counter, key));
}

/// The counter of columns 4 block, ..., 4 block + 3 of `row`.
POLYPATH_HOST_DEVICE inline PhiloxCounter normal_counter(const NormalStream& stream, Index row,
                                                         Index block) {
  return {{static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(row),
           static_cast<std::uint32_t>(stream.seed),
           static_cast<std::uint32_t>(stream.seed >> 32U)}};
}

POLYPATH_HOST_DEVICE inline PhiloxKey normal_key(const NormalStream& stream) {
  return {{(stream.pathway << 16U) | stream.layer, stream.tag}};
}

/// Element (row, column), both from 0 and row below 2^32, of the matrix of normals that `stream`
/// names.
POLYPATH_HOST_DEVICE inline float normal_at(const NormalStream& stream, Index row, Index column) {
  return normal4(normal_counter(stream, row, column / 4), normal_key(stream)).z[column % 4];
}

}  // namespace polypath
