#include "polypath/analysis/ensemble.hpp"

#include "synthetic_cell.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath::analysis {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<Record3> course(double share) {
  return {diagonal_record({0, 0, 0}, {0, 0, 0}),
          diagonal_record({4 * share, 2 * share, 2 * share},
                          {4 - 4 * share, 2 - 2 * share, 2 - 2 * share})};
}

/// Two cells that differ in depth.
void write_run(const ScratchFolder& folder) {
  for (const Index depth : {2, 3}) {
    SyntheticCell cell(depth - 2, "depth = " + std::to_string(depth) + "\nwidth = 100\n");
    cell.header.epochs = {0, 10};
    cell.header.config.swept = {{"network.depth", std::to_string(depth)},
                                {"network.pathway", "[{hidden = [1, 2]}]"}};
    cell.add(course(0.25 * static_cast<double>(depth)));
    cell.add(course(0.5));
    (void)cell.write(folder.path());
  }
}

TEST(Ensemble, ReadsTheSettingsOfItsCells) {
  const ScratchFolder folder;
  write_run(folder);
  const Ensemble ensemble = analyse_directory(folder.path());
  ASSERT_THAT(ensemble.cells, SizeIs(2));
  ASSERT_TRUE(ensemble.cells[1].settings);
  EXPECT_EQ(ensemble.cells[1].settings->depth, 3);
  EXPECT_EQ(ensemble.cells[1].settings->width, 100);
  EXPECT_NEAR(*ensemble.cells[1].settings->gain, 0.316, 1e-12);
  EXPECT_THAT(ensemble.fits, SizeIs(3));
  EXPECT_THAT(ensemble.notes, IsEmpty());
}

TEST(Ensemble, SaysWhatItLeavesOut) {
  const ScratchFolder folder;
  write_run(folder);
  std::ofstream(folder.path() / "cells" / "cell-00002.h5") << "no HDF5";
  std::filesystem::rename(folder.path() / "cells" / "cell-00001.h5",
                          folder.path() / "cells" / "cell-00001.h5.part");
  const Ensemble ensemble = analyse_directory(folder.path());
  EXPECT_THAT(ensemble.cells, SizeIs(2));
  EXPECT_TRUE(ensemble.cells[1].growing);
  ASSERT_THAT(ensemble.notes, SizeIs(2));
  EXPECT_THAT(ensemble.notes[0], HasSubstr("cell 1: not finished yet"));
  EXPECT_THAT(ensemble.notes[1], HasSubstr("cell-00002.h5 left out"));
  EXPECT_THAT(analyse_directory(folder.path() / "cells").cells, IsEmpty());
}

TEST(Csv, HasTheSameNumberOfFieldsInEveryRow) {
  const ScratchFolder folder;
  write_run(folder);
  std::istringstream table(csv_table(analyse_directory(folder.path())));
  std::string line;
  std::getline(table, line);
  EXPECT_THAT(line, testing::StartsWith("cell,network.depth,network.pathway,quantity,mode,"));
  const auto commas = std::count(line.begin(), line.end(), ',');
  int rows = 0;
  int dominance = 0;
  while (std::getline(table, line)) {
    // The one quoted field of a row holds one comma.
    EXPECT_EQ(std::count(line.begin(), line.end(), ','), commas + 1) << line;
    dominance += line.find(",dominance,1,0,,,2,0,") != std::string::npos ? 1 : 0;
    ++rows;
  }
  EXPECT_GT(rows, 100);
  EXPECT_EQ(dominance, 2);
}

TEST(Json, WritesUndefinedAsNull) {
  const ScratchFolder folder;
  SyntheticCell cell;
  cell.header.epochs = {0};
  cell.add({diagonal_record({0, 0, 0}, {0, 0, 0})});
  (void)cell.write(folder.path());
  const std::string text = json_text(analyse_directory(folder.path()));
  EXPECT_EQ(text.find(": nan"), std::string::npos);
  EXPECT_THAT(text, HasSubstr("\"mean\": null"));
}

TEST(Text, NamesCellsMembersAndIntervals) {
  const ScratchFolder folder;
  write_run(folder);
  const std::string text = text_table(analyse_directory(folder.path()));
  EXPECT_THAT(text, HasSubstr("cell 1  network.depth = 3"));
  EXPECT_THAT(text, HasSubstr("2 of 2 members"));
  EXPECT_THAT(text, HasSubstr("change of dominance per layer"));
}

}  // namespace
}  // namespace polypath::analysis
