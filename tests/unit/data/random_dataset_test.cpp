#include "polypath/core/error.hpp"
#include "polypath/data/dataset.hpp"
#include "polypath/data/modes.hpp"

#include "matrices.hpp"
#include "src/data/normal_matrix.hpp"

#include <cmath>
#include <limits>
#include <string>

#include <gmock/gmock.h>

namespace polypath {
namespace {

using test::epsilon;
using test::expect_near;
using test::expect_orthonormal_columns;

DataConfig config_of(Index examples, Index inputs, Index outputs, std::vector<double> values) {
  DataConfig config;
  config.task = Task::random;
  config.examples = examples;
  config.inputs = inputs;
  config.outputs = outputs;
  config.singular_values = std::move(values);
  config.seed = 11;
  return config;
}

class RandomShapes : public testing::TestWithParam<DataConfig> {};

TEST_P(RandomShapes, HasTheGivenSpectrum) {
  const DataConfig& config = GetParam();
  const Dataset data = random_dataset(config);
  ASSERT_EQ(data.examples(), config.examples);
  ASSERT_EQ(data.inputs(), config.inputs);
  ASSERT_EQ(data.outputs(), config.outputs);
  expect_orthonormal_columns(config.examples >= config.inputs ? data.x : transpose(data.x.view()));
  const Modes modes = find_modes(data, CorrelationKind::sum);
  const double tolerance = 16.0 * epsilon * config.singular_values.front() *
                           static_cast<double>(config.examples + config.inputs + config.outputs);
  for (std::size_t i = 0; i < modes.S.size(); ++i) {
    const double expected = i < config.singular_values.size() ? config.singular_values[i] : 0.0;
    EXPECT_NEAR(modes.S[i], expected, tolerance);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, RandomShapes,
                         testing::Values(config_of(20, 8, 15, {5, 3, 2, 1}),
                                         config_of(5, 8, 15, {5, 3, 3, 1, 0.5}),
                                         config_of(5, 8, 15, {4}),
                                         config_of(9, 9, 9, {1, 1, 1, 1, 1, 1, 1, 1, 1}),
                                         config_of(12, 30, 2, {7, 1e-3}), config_of(1, 4, 3, {2}),
                                         config_of(6, 1, 4, {2}), config_of(6, 4, 1, {2}),
                                         config_of(1, 1, 1, {0.25}), config_of(6, 5, 4, {3, 0, 0})),
                         [](const auto& given) {
                           const DataConfig& c = given.param;
                           return std::to_string(c.examples) + "x" + std::to_string(c.inputs) +
                                  "x" + std::to_string(c.outputs) + "_" +
                                  std::to_string(c.singular_values.size());
                         });

TEST(RandomDataset, DependsOnTheSeedAlone) {
  DataConfig config = config_of(7, 5, 6, {2, 1});
  const Dataset first = random_dataset(config);
  const Dataset again = random_dataset(config);
  EXPECT_EQ(first.x.elements(), again.x.elements());
  EXPECT_EQ(first.y.elements(), again.y.elements());
  config.seed += std::uint64_t{1} << 32U;
  const Dataset other = random_dataset(config);
  EXPECT_NE(first.x.elements(), other.x.elements());
  EXPECT_NE(first.y.elements(), other.y.elements());
}

TEST(RandomDataset, RefusesWrongSpectra) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_THROW((void)random_dataset(config_of(3, 9, 9, {4, 3, 2, 1})), BadData);
  EXPECT_THROW((void)random_dataset(config_of(9, 3, 9, {4, 3, 2, 1})), BadData);
  EXPECT_THROW((void)random_dataset(config_of(9, 9, 3, {4, 3, 2, 1})), BadData);
  EXPECT_THROW((void)random_dataset(config_of(9, 9, 9, {})), BadData);
  EXPECT_THROW((void)random_dataset(config_of(9, 9, 9, {1, -1})), BadData);
  EXPECT_THROW((void)random_dataset(config_of(9, 9, 9, {infinity, 1})), BadData);
  EXPECT_THROW((void)random_dataset(config_of(9, 9, 9, {1, std::nan("")})), BadData);
  EXPECT_THROW((void)random_dataset(config_of(0, 9, 9, {1})), BadData);
  EXPECT_THROW((void)random_dataset(config_of(9, -1, 9, {1})), BadData);
}

TEST(RandomDataset, SaysWhichValueIsOutOfOrder) {
  try {
    (void)random_dataset(config_of(9, 9, 9, {3, 1, 2}));
    FAIL() << "an unsorted spectrum was accepted";
  } catch (const BadData& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("entry 3 (2)"));
    EXPECT_THAT(error.what(), testing::HasSubstr("largest first"));
  }
}

// Sample moments within five standard errors: of the mean 1/sqrt(n), of the second moment
// sqrt(2/n), of the fourth sqrt(96/n), of a product of neighbours 1/sqrt(n).
TEST(NormalMatrix, HasTheMomentsOfANormal) {
  const Matrix<double> z = normal_matrix(500, 401, 3, 0);
  const auto n = static_cast<double>(z.elements().size());
  double sum = 0.0;
  double squares = 0.0;
  double fourths = 0.0;
  double neighbours = 0.0;
  double previous = 0.0;
  for (const double value : z.elements()) {
    sum += value;
    squares += value * value;
    fourths += value * value * value * value;
    neighbours += value * previous;
    previous = value;
  }
  EXPECT_NEAR(sum / n, 0.0, 5.0 / std::sqrt(n));
  EXPECT_NEAR(squares / n, 1.0, 5.0 * std::sqrt(2.0 / n));
  EXPECT_NEAR(fourths / n, 3.0, 5.0 * std::sqrt(96.0 / n));
  EXPECT_NEAR(neighbours / n, 0.0, 5.0 / std::sqrt(n));
}

TEST(NormalMatrix, AnEntryDependsOnItsPositionOnly) {
  const Matrix<double> wide = normal_matrix(6, 9, 3, 1);
  const Matrix<double> corner = normal_matrix(4, 5, 3, 1);
  for (Index r = 0; r < 4; ++r) {
    for (Index c = 0; c < 5; ++c) {
      EXPECT_EQ(wide(r, c), corner(r, c));
    }
  }
  EXPECT_NE(normal_matrix(4, 5, 3, 2).elements(), corner.elements());
  EXPECT_NE(normal_matrix(4, 5, 4, 1).elements(), corner.elements());
}

}  // namespace
}  // namespace polypath
