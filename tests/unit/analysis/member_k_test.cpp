#include "polypath/analysis/member_k.hpp"

#include "polypath/analysis/measured_gains.hpp"

#include "synthetic_cell.hpp"

#include <cmath>
#include <limits>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath::analysis {
namespace {

using testing::ElementsAre;

/// Entries 1 to 18 at the first record, ten times that at the second.
SyntheticCell counted_cell() {
  SyntheticCell cell;
  cell.header.epochs = {0, 10};
  Record3 first(18);
  std::iota(first.begin(), first.end(), 1.0);
  Record3 second(18);
  for (std::size_t i = 0; i < second.size(); ++i) {
    second[i] = 10 * first[i];
  }
  cell.add({Record3(18), Record3(18)});
  cell.add({first, second});
  return cell;
}

void expect_diagonal(const CellContents& cell) {
  const MemberK K(cell, 1);
  EXPECT_EQ(K.last(), 1);
  EXPECT_EQ(K.diagonal(0, 0, 2), 9);
  EXPECT_EQ(K.diagonal(1, 1, 1), 140);
  EXPECT_THAT(K.of_mode(1, 0), ElementsAre(10, 100));
  EXPECT_THAT(K.traces(0, 1, 2), ElementsAre(5 + 9, 14 + 18));
  EXPECT_THAT(K.course(1, 2), ElementsAre(46, 460));
}

TEST(MemberK, FindsItsNumbersInFullAndDiagonalFiles) {
  const ScratchFolder folder;
  SyntheticCell cell = counted_cell();
  const CellContents full = read_cell(cell.write(folder.path()));
  expect_diagonal(full);
  const auto block = MemberK(full, 1).square(1, 1, 1, 2);
  EXPECT_EQ(block(0, 1), 150);
  EXPECT_EQ(block(1, 0), 170);
  cell.header.cell = 1;
  cell.header.config.config.record.modes = ModesRecorded::diagonal;
  const CellContents diagonal = read_cell(cell.write(folder.path()));
  ASSERT_TRUE(diagonal.diagonal);
  expect_diagonal(diagonal);
}

/// Two pathways of three layers, three modes: f = 1, 2, 5 and b = 7, 3, 2 times (mode + 1) in
/// pathway 0, layers of zero in pathway 1.
LayerQuantities three_layers() {
  LayerQuantities layers;
  layers.gain.assign(18, 1);
  layers.p.assign(6, 1);
  for (const auto& [values, numbers] :
       {std::pair{&layers.forward_gain, std::vector<double>{1, 2, 5}},
        std::pair{&layers.backward_gain, std::vector<double>{7, 3, 2}}}) {
    for (const double number : numbers) {
      for (Index mode = 1; mode <= 3; ++mode) {
        values->push_back(number * static_cast<double>(mode));
      }
    }
    values->resize(18, 0.0);
  }
  return layers;
}

TEST(MeasuredGains, AreThoseOfThePlateauRate) {
  const ScratchFolder folder;
  SyntheticCell cell = counted_cell();
  cell.layers = {three_layers(), three_layers()};
  const CellContents contents = read_cell(cell.write(folder.path()));
  const std::vector<theory::TheoryPathway> configured{{3, 0.5}, {3, 0.25}};
  const MeasuredGains gains(contents, 1, configured);
  for (Index mode = 0; mode < 3; ++mode) {
    const auto found = gains.of_mode(mode);
    // c = b_3^2 b_2^2 + b_3^2 f_1^2 + f_2^2 f_1^2 = 44 (mode + 1)^4 and g = (c/3)^{1/4}.
    EXPECT_NEAR(found[0].gain, std::pow(44.0 / 3, 0.25) * static_cast<double>(mode + 1),
                64 * std::numeric_limits<double>::epsilon());
    EXPECT_EQ(found[0].depth, 3);
    EXPECT_EQ(found[1].gain, 0.25);  // nothing passes through layers of zero
  }
}

TEST(MeasuredGains, OfFilesWithoutLayersAndPathwaysWithoutHiddenLayers) {
  const ScratchFolder folder;
  SyntheticCell cell = counted_cell();
  cell.layers = {three_layers(), three_layers()};
  const CellContents measured = read_cell(cell.write(folder.path()));
  EXPECT_EQ(MeasuredGains(measured, 0, {{1, 1}, {1, 1}}).of_mode(0)[0].gain, 1);
  cell.header.cell = 1;
  cell.layers.clear();
  cell.header.config.config.record.layers = LayersRecorded::none;
  const CellContents none = read_cell(cell.write(folder.path()));
  EXPECT_EQ(MeasuredGains(none, 0, {{3, 0.5}, {3, 0.25}}).of_mode(2)[0].gain, 0.5);
}

}  // namespace
}  // namespace polypath::analysis
