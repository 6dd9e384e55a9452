#include "kernels/functor/philox.hpp"

#include <array>
#include <random>

#include <Random123/philox.h>
#include <gtest/gtest.h>

namespace polypath {
namespace {

void expect_words(const PhiloxCounter& found, const std::array<std::uint32_t, 4>& expected) {
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(found.word[i], expected[i]) << "word " << i;
  }
}

// kat_vectors of Random123 1.14, "philox4x32 10".
TEST(Philox, GivesTheKnownAnswers) {
  expect_words(philox4x32_10({{0, 0, 0, 0}}, {{0, 0}}),
               {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  expect_words(
      philox4x32_10({{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}}, {{0xffffffff, 0xffffffff}}),
      {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  expect_words(
      philox4x32_10({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, {{0xa4093822, 0x299f31d0}}),
      {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST(Philox, EqualsRandom123) {
  std::mt19937 random(3);
  const auto draw = [&random] { return static_cast<std::uint32_t>(random()); };
  for (int i = 0; i < 10000; ++i) {
    const PhiloxCounter counter{{draw(), draw(), draw(), draw()}};
    const PhiloxKey key{{draw(), draw()}};
    const r123::Philox4x32::ctr_type expected =
        r123::Philox4x32()({{counter.word[0], counter.word[1], counter.word[2], counter.word[3]}},
                           {{key.word[0], key.word[1]}});
    expect_words(philox4x32_10(counter, key), {expected[0], expected[1], expected[2], expected[3]});
  }
}

}  // namespace
}  // namespace polypath
