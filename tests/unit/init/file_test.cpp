#include "polypath/core/error.hpp"
#include "polypath/init/initial_weights.hpp"
#include "polypath/io/read.hpp"

#include "support/paths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath {
namespace {

const std::string golden = source_path("tests/golden/linear_depth3_width32.h5").string();

NetworkShape shape_of_width(Index width) {
  return {{{{8, width, width, 15}}, {{8, width, width, 15}}}};
}

TEST(FileWeights, AreReadAsTheyAre) {
  const auto backend = make_backend({BackendKind::cpu, 1});
  const Buffer memory(*backend, 8 * 2 * (8 * 32 + 32 * 32 + 32 * 15));
  auto* next = reinterpret_cast<double*>(memory.data());
  MemberWeights<double> target;
  for (int a = 0; a < 2; ++a) {
    target.pathways.emplace_back();
    for (const auto& [rows, columns] :
         std::vector<std::pair<Index, Index>>{{32, 8}, {32, 32}, {15, 32}}) {
      target.pathways.back().push_back({{next, rows, columns, columns}, {}});
      next += rows * columns;
    }
  }
  file_weights(golden, shape_of_width(32), false)->write(0, *backend, target);
  const auto expected = read_matrix(golden, "initial_weights/pathway_1/layer_2");
  const auto found = download_matrix<double>(*backend, target.pathways[1][1].weights);
  EXPECT_EQ(found.elements(), expected.elements());
}

TEST(FileWeights, RefuseAnotherShape) {
  try {
    (void)file_weights(golden, shape_of_width(33), false);
    FAIL() << "no exception";
  } catch (const BadData& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("initial_weights/pathway_0/layer_1"));
    EXPECT_THAT(error.what(), testing::HasSubstr("32 x 8"));
    EXPECT_THAT(error.what(), testing::HasSubstr("33 x 8"));
  }
}

TEST(FileWeights, RefuseAMissingPathwayOrFile) {
  NetworkShape three = shape_of_width(32);
  three.pathways.push_back(three.pathways[0]);
  EXPECT_THROW((void)file_weights(golden, three, false), BadData);
  EXPECT_THROW((void)file_weights("/nowhere/weights.h5", shape_of_width(32), false), MissingInput);
}

}  // namespace
}  // namespace polypath
