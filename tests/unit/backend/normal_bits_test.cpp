// The bits of the portable normals, and how close their pieces are to the real functions.
#include "kernels/functor/normal.hpp"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

namespace polypath {
namespace {

// A change here changes every initial weight that anyone has published a seed for. Rows of 8
// columns; the values agree with Box-Muller in 40 digits to 2.6 * 2^-24 relative.
constexpr std::uint32_t golden_bits[64] = {
    0xbe290244, 0x402b4aee, 0xbfc7a949, 0x3f4140d4, 0x3fcad0b5, 0xbf24a444, 0xbec2903a, 0x3f01bc2c,
    0xbfb1e7fd, 0xc0164ed4, 0x3d81e1aa, 0x3fc08e30, 0x3f4622aa, 0xbebde48e, 0x3f583346, 0xbfc4cf7e,
    0xbfe61edf, 0xbed3e5b5, 0x3e7ccab2, 0x3f1b0a56, 0x3f691c41, 0x3c6a8ec0, 0x3f60c6fc, 0xbfa37338,
    0x3f9ef9eb, 0xbf8479d3, 0x3fb16f16, 0xbf56d400, 0x3ec0edf4, 0x3dfa3715, 0x3ea51789, 0x3f2f8c3a,
    0xbdbabd53, 0x3ee25b58, 0xbf8442cc, 0xbf840846, 0x3cc83a86, 0x3fc1683b, 0x3f2047f3, 0x3f269826,
    0xbebaf83d, 0x3fa079a5, 0x3f6bce0a, 0x3ebcfb26, 0x3f073e28, 0x3f0f8843, 0xbe60e992, 0xc00854b8,
    0x3fc2fb2e, 0xbf122274, 0x3f16b8e6, 0x3d34f82d, 0xbf0157c8, 0x3eaf4c6a, 0xbf4894e8, 0xbf85a0ed,
    0xbf885bdd, 0x3fe29ae8, 0xbd0d8d8b, 0xbf91c68d, 0xbe8f7c58, 0x3f3b7bdc, 0xbf2991b6, 0x3ea05099,
};

std::uint32_t bits(float value) { return static_cast<std::uint32_t>(exact::bits_of(value)); }

TEST(Normal, BitsAreTheCommittedOnes) {
  const NormalStream first{1, 0, 1, 0};
  const NormalStream second{0x123456789ABCDEF0U, 3, 7, 1};
  for (Index i = 0; i < 32; ++i) {
    const Index row = i / 8;
    const Index column = i % 8;
    EXPECT_EQ(bits(normal_at(first, row, column)), golden_bits[i]) << "first, " << i;
    EXPECT_EQ(bits(normal_at(second, 1000000 + row, 8 + column)), golden_bits[32 + i])
        << "second, " << i;
  }
}

TEST(Normal, ElementsFollowTheDocumentedCounterAndKey) {
  const NormalStream stream{0x0000000500000007U, 2, 3, 1};
  const Normal4 expected = normal4({{25, 11, 7, 5}}, {{(2U << 16U) | 3U, 1}});
  for (Index c = 0; c < 4; ++c) {
    EXPECT_EQ(bits(normal_at(stream, 11, 100 + c)), bits(expected.z[c]));
  }
}

TEST(Normal, WordsZeroAndOneMakeTheFirstTwo) {
  const PhiloxCounter words{{0x13579BDF, 0x02468ACE, 0xDEADBEEF, 0x89ABCDEF}};
  const Normal4 z = normals_of_words(words);
  for (std::size_t pair = 0; pair < 2; ++pair) {
    const float radius = normal_radius(words.word[2 * pair]);
    const CosineSine angle = normal_angle(words.word[2 * pair + 1]);
    EXPECT_EQ(z.z[2 * pair], radius * angle.cosine);
    EXPECT_EQ(z.z[2 * pair + 1], radius * angle.sine);
  }
}

/// Distance in units of the last float32 place of `expected`.
double ulps(float found, double expected) {
  int exponent = 0;
  std::frexp(expected, &exponent);
  return std::abs(static_cast<double>(found) - expected) / std::ldexp(1.0, exponent - 24);
}

/// Calls visit(word) for words that run evenly through all 2^32, and for the corners.
template <class Visit>
void for_many_words(const Visit& visit) {
  std::uint32_t word = 0;
  for (int i = 0; i < (1 << 20); ++i, word += 0x9E3779B9U) {
    visit(word);
  }
  for (const std::uint32_t corner : {0U, 1U << 29U, 1U << 30U, 1U << 31U, 3U << 30U}) {
    for (std::uint32_t step = 0; step < 1000; ++step) {
      visit(corner + step);
      visit(corner - step);
    }
  }
}

TEST(Normal, LogarithmIsWithinTwoUlp) {
  double worst = 0.0;
  for_many_words([&worst](std::uint32_t word) {
    const auto x = static_cast<float>(static_cast<std::int32_t>((word >> 1U) | 1U));
    if (x < 0x1p31F) {
      worst = std::max(worst, ulps(log_of_scaled(x), std::log(static_cast<double>(x) * 0x1p-31)));
    }
  });
  EXPECT_LT(worst, 2.0);
  EXPECT_GT(worst, 0.25) << "a float32 result cannot be that good: the check is blind";
}

TEST(Normal, RadiusIsWithinTwoUlp) {
  double worst = 0.0;
  for_many_words([&worst](std::uint32_t word) {
    const auto x = static_cast<float>(static_cast<std::int32_t>((word >> 1U) | 1U));
    if (x < 0x1p31F) {
      const double exact_radius = std::sqrt(-2.0 * std::log(static_cast<double>(x) * 0x1p-31));
      worst = std::max(worst, ulps(normal_radius(word), exact_radius));
    }
  });
  EXPECT_LT(worst, 2.0);
}

TEST(Normal, CosineAndSineAreWithinTwoUlp) {
  double worst = 0.0;
  for_many_words([&worst](std::uint32_t word) {
    // Reduced to [-pi/4, pi/4] in integers, so that the double sine is good near its zeros.
    const std::uint32_t quadrant = (word + 0x20000000U) >> 30U;
    const double angle = (static_cast<double>(static_cast<std::int32_t>(word << 2U)) + 2.0) *
                         0x1p-33 * std::numbers::pi;
    const double cosines[4] = {std::cos(angle), -std::sin(angle), -std::cos(angle),
                               std::sin(angle)};
    const CosineSine found = normal_angle(word);
    worst = std::max(worst, ulps(found.cosine, cosines[quadrant]));
    worst = std::max(worst, ulps(found.sine, cosines[(quadrant + 3U) % 4U]));
  });
  EXPECT_LT(worst, 2.0);
}

TEST(Normal, ExtremeWordsGiveFiniteNumbers) {
  EXPECT_EQ(bits(normal_radius(0xFFFFFFFFU)), 0U);             // u = 1: +0
  const double largest = std::sqrt(62.0 * std::numbers::ln2);  // u = 2^-31
  EXPECT_LT(ulps(normal_radius(0U), largest), 2.0);
  EXPECT_EQ(bits(normal_radius(1U)), bits(normal_radius(0U)));
  const CosineSine start = normal_angle(0U);
  const CosineSine end = normal_angle(0xFFFFFFFFU);
  EXPECT_EQ(start.sine, -end.sine);
  EXPECT_EQ(start.cosine, end.cosine);
  EXPECT_GT(start.sine, 0.0F);
}

}  // namespace
}  // namespace polypath
