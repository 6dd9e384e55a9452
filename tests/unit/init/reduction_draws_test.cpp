#include "src/init/reduction/draws.hpp"
#include "unit/init/kolmogorov_smirnov.hpp"

#include <gtest/gtest.h>

namespace polypath::reduction {
namespace {

TEST(ReductionDraws, AreAFunctionOfSeedPathwayAndLayer) {
  Draws a(5, 1, 2);
  Draws b(5, 1, 2);
  Draws other_seed(6, 1, 2);
  Draws other_pathway(5, 0, 2);
  Draws other_layer(5, 1, 3);
  for (int i = 0; i < 20; ++i) {
    const double normal = a.normal();
    const double chi = a.chi(9);
    EXPECT_EQ(normal, b.normal());
    EXPECT_EQ(chi, b.chi(9));
    EXPECT_NE(normal, other_seed.normal());
    EXPECT_NE(normal, other_pathway.normal());
    EXPECT_NE(normal, other_layer.normal());
  }
}

TEST(ReductionDraws, NormalsDoNotDependOnTheChiVariablesBetweenThem) {
  Draws plain(3, 0, 1);
  Draws mixed(3, 0, 1);
  for (int i = 0; i < 10; ++i) {
    (void)mixed.chi(100);
    EXPECT_EQ(plain.normal(), mixed.normal());
  }
}

class ChiLaw : public ::testing::TestWithParam<Index> {};

TEST_P(ChiLaw, IsThatOfTheLengthOfANormalVector) {
  const Index degrees = GetParam();
  Draws draws(11, 0, 1);
  Draws components(12, 0, 1);
  std::vector<double> chi;
  std::vector<double> lengths;
  for (int i = 0; i < 4000; ++i) {
    chi.push_back(draws.chi(degrees));
    double square = 0.0;
    for (Index c = 0; c < degrees; ++c) {
      const double z = components.normal();
      square += z * z;
    }
    lengths.push_back(std::sqrt(square));
  }
  EXPECT_GT(testing::ks_probability(chi, lengths), 1e-3);
}

INSTANTIATE_TEST_SUITE_P(Degrees, ChiLaw, ::testing::Values(1, 2, 3, 7, 40));

TEST(ReductionDraws, ChiOfManyDegreesHasTheRightMeanAndSpread) {
  // chi^2 / degrees has mean 1 and variance 2 / degrees; four standard errors of each.
  constexpr int count = 4000;
  for (const Index degrees : {Index{1000}, Index{1000000000}, Index{1000000000000000}}) {
    Draws draws(13, 1, 4);
    const auto n = static_cast<double>(degrees);
    double sum = 0.0;
    double squares = 0.0;
    for (int i = 0; i < count; ++i) {
      const double chi = draws.chi(degrees);
      const double z = (chi * chi - n) / std::sqrt(2.0 * n);
      sum += z;
      squares += z * z;
    }
    EXPECT_NEAR(sum / count, 0.0, 4.0 / std::sqrt(count));
    EXPECT_NEAR(squares / count, 1.0, 4.0 * std::sqrt(2.0 / count) + 12.0 / n);
  }
}

}  // namespace
}  // namespace polypath::reduction
