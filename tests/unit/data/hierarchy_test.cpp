#include "polypath/core/error.hpp"
#include "polypath/data/dataset.hpp"
#include "polypath/data/modes.hpp"

#include "matrices.hpp"

#include <cmath>
#include <tuple>

#include <gmock/gmock.h>

namespace polypath {
namespace {

using test::epsilon;
using test::expect_near;
using test::identity;
using test::matrix_of;

TEST(Hierarchy, IsThePapersEquation32) {
  const Dataset data = hierarchy_dataset(4, 2);
  expect_near(data.x, identity(8), 0.0);
  // {1-8}, {1-4}, {5-8}, {12}, {34}, {56}, {78}, {1}, ..., {8}
  expect_near(data.y,
              matrix_of({{1, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0},
                         {1, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0},
                         {1, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0},
                         {1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0},
                         {1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0},
                         {1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0},
                         {1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0},
                         {1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1}}),
              0.0);
}

TEST(Hierarchy, TernaryTree) {
  const Dataset data = hierarchy_dataset(2, 3);
  expect_near(data.x, identity(3), 0.0);
  expect_near(data.y, matrix_of({{1, 1, 0, 0}, {1, 0, 1, 0}, {1, 0, 0, 1}}), 0.0);
}

TEST(Hierarchy, SmallestTrees) {
  expect_near(hierarchy_dataset(1, 2).y, matrix_of({{1}}), 0.0);
  expect_near(hierarchy_dataset(3, 1).y, matrix_of({{1, 1, 1}}), 0.0);
  expect_near(hierarchy_dataset(3, 1).x, matrix_of({{1}}), 0.0);
}

class HierarchySpectrum : public testing::TestWithParam<std::tuple<Index, Index>> {};

// Contrasts between the children of a node at level l - 1 share the squared singular value
// sum_{j >= l} leaves below a node of level j; the root's mode has that of l = 0.
TEST_P(HierarchySpectrum, IsKnownInClosedForm) {
  const auto [levels, branching] = GetParam();
  std::vector<double> expected;
  double nodes = 1.0;
  for (Index level = 0; level < levels; ++level) {
    double squared = 0.0;
    for (Index below = level; below < levels; ++below) {
      squared += std::pow(static_cast<double>(branching), static_cast<double>(levels - 1 - below));
    }
    const double new_modes = level == 0 ? 1.0 : nodes - nodes / static_cast<double>(branching);
    expected.insert(expected.end(), static_cast<std::size_t>(new_modes), squared);
    nodes *= static_cast<double>(branching);
  }
  const Modes modes = find_modes(hierarchy_dataset(levels, branching), CorrelationKind::sum);
  ASSERT_EQ(modes.S.size(), expected.size());
  EXPECT_EQ(modes.rank, static_cast<Index>(expected.size()));
  EXPECT_EQ(modes.group.back(), levels - 1);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(modes.S[i] * modes.S[i], expected[i],
                8.0 * static_cast<double>(expected.size()) * epsilon * expected.front());
  }
}

INSTANTIATE_TEST_SUITE_P(Trees, HierarchySpectrum,
                         testing::Values(std::tuple{4, 2}, std::tuple{3, 2}, std::tuple{5, 2},
                                         std::tuple{3, 3}, std::tuple{4, 3}, std::tuple{2, 7}));

TEST(Hierarchy, PaperSpectrum) {
  const Modes modes = find_modes(hierarchy_dataset(4, 2), CorrelationKind::sum);
  EXPECT_THAT(modes.group, testing::ElementsAre(0, 1, 2, 2, 3, 3, 3, 3));
  const std::vector<double> squared{15, 7, 3, 3, 1, 1, 1, 1};
  for (std::size_t i = 0; i < squared.size(); ++i) {
    EXPECT_NEAR(modes.S[i], std::sqrt(squared[i]), 32 * epsilon * std::sqrt(15.0));
  }
}

TEST(Hierarchy, RefusesWhatIsNoTree) {
  EXPECT_THROW((void)hierarchy_dataset(0, 2), BadData);
  EXPECT_THROW((void)hierarchy_dataset(4, 0), BadData);
  EXPECT_THROW((void)hierarchy_dataset(-3, 2), BadData);
}

TEST(Hierarchy, SizeLimit) {
  EXPECT_EQ(hierarchy_dataset(10, 2).y.elements().size(), 512U * 1023U);
  EXPECT_THROW((void)hierarchy_dataset(11, 2), BadData);
  EXPECT_THROW((void)hierarchy_dataset(2, Index{1} << 40), BadData);
  EXPECT_THROW((void)hierarchy_dataset(Index{1} << 40, 1), BadData);
  EXPECT_THROW((void)hierarchy_dataset(Index{1} << 60, Index{1} << 60), BadData);
}

}  // namespace
}  // namespace polypath
