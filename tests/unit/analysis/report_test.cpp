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

TEST(Ensemble, CountsALeftoverBesideAFinishedCellOnce) {
  const ScratchFolder folder;
  write_run(folder);
  const auto cells = folder.path() / "cells";
  std::filesystem::copy(cells / "cell-00000.h5", cells / "cell-00000.h5.part");
  std::filesystem::copy(cells / "cell-00000.h5", cells / "cell-00004.h5");
  const Ensemble ensemble = analyse_directory(folder.path());
  ASSERT_THAT(ensemble.cells, SizeIs(2));
  EXPECT_FALSE(ensemble.cells[0].growing);
  ASSERT_THAT(ensemble.notes, SizeIs(2));
  EXPECT_THAT(ensemble.notes[0], HasSubstr("cell-00000.h5.part is passed over"));
  EXPECT_THAT(ensemble.notes[1], HasSubstr("cell-00004.h5 left out: it holds cell 0"));
}

TEST(Coverage, NamesWhatIsMissing) {
  const ScratchFolder folder;
  write_run(folder);
  EXPECT_TRUE(analyse_directory(folder.path()).coverage.is_complete());
  std::ofstream(folder.path() / "resolved.toml")
      << "[sweep]\nseeds = 5\n\"network.depth\" = [2, 3, 4, 5]\n";
  SyntheticCell partly(2);
  partly.header.epochs = {0, 10};
  partly.add(course(0.5));
  partly.add(course(0.5), MemberStatus::diverged);
  (void)partly.write(folder.path());
  const Coverage coverage = analyse_directory(folder.path()).coverage;
  EXPECT_EQ(coverage.cells, 3);
  EXPECT_EQ(coverage.cells_planned, 4);
  EXPECT_EQ(coverage.members, 5);
  EXPECT_EQ(coverage.members_planned, 2 + 2 + 2 + 5);
  EXPECT_EQ(coverage_text(coverage, "in it"),
            "3 of 4 cells and 5 of 11 members are in it; missing: cell 2 (1 diverged and 0 "
            "unfinished of 2 members), cell 3 (no file)");
}

TEST(Coverage, NamesEightAtMost) {
  EXPECT_EQ(listed({"a", "b"}), "a, b");
  EXPECT_EQ(listed(std::vector<std::string>(8, "x")), "x, x, x, x, x, x, x, x");
  EXPECT_EQ(listed(std::vector<std::string>(11, "x")), "x, x, x, x, x, x, x, x and 3 more");
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
  int student = 0;
  int wilson = 0;
  while (std::getline(table, line)) {
    // The one quoted field of a row holds one comma.
    EXPECT_EQ(std::count(line.begin(), line.end(), ','), commas + 1) << line;
    dominance += line.find(",dominance,1,,0,,,2,0,2,") != std::string::npos ? 1 : 0;
    student += line.ends_with(",student_t_logit") ? 1 : 0;
    wilson += line.ends_with(",wilson") ? 1 : 0;
    ++rows;
  }
  EXPECT_TRUE(student > 0 && wilson > 0) << student << ", " << wilson;
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
  EXPECT_THAT(text, HasSubstr("\"interval_method\": null"));
  EXPECT_THAT(text_table(analyse_directory(folder.path())), HasSubstr("1 of 1 members"));
}

TEST(Text, NamesCellsMembersAndIntervals) {
  const ScratchFolder folder;
  write_run(folder);
  const std::string text = text_table(analyse_directory(folder.path()));
  EXPECT_THAT(text, HasSubstr("cell 1  network.depth = 3"));
  EXPECT_THAT(text, HasSubstr("2 of 2 members"));
  EXPECT_THAT(text, HasSubstr("change of dominance per layer"));
  EXPECT_THAT(text, HasSubstr("D 2 to 3; n = 2 in 2 cells"));
}

TEST(Text, SaysWhoHasNotLearnedAndLeavesThemOutOnRequest) {
  const ScratchFolder folder;
  SyntheticCell cell;
  cell.header.epochs = {0};
  cell.add({diagonal_record({3, 2, 1}, {1, 0, 1})});
  cell.add({diagonal_record({2, 2, 1}, {0.5, 0, 1})});
  (void)cell.write(folder.path());
  const Ensemble ensemble = analyse_directory(folder.path());
  EXPECT_THAT(
      text_table(ensemble),
      HasSubstr("of 2 finished members, less than 99 % was learned by 1 in mode 1; they are "
                "in the means, not in who wins (analyse --learned leaves them out)"));
  EXPECT_THAT(text_table(ensemble), HasSubstr("0.55 ["));  // (0.5 + 0.6) / 2
  const std::string learned = text_table(ensemble, Members::learned);
  EXPECT_THAT(learned, HasSubstr("mode 1; they are left out"));
  EXPECT_EQ(learned.find("0.55 ["), std::string::npos);
  EXPECT_THAT(csv_table(ensemble), HasSubstr(",dominance,1,,0,,,2,0,1,"));
  EXPECT_THAT(csv_table(ensemble, Members::learned), HasSubstr(",dominance,1,,0,,,1,0,1,"));
  const std::string json = json_text(ensemble);
  EXPECT_THAT(json, HasSubstr("\"learned_members\": [\n    1,\n    2,\n    2"));
}

TEST(Text, HasTheTableOfSameWinners) {
  const ScratchFolder folder;
  write_run(folder);
  const std::string text = text_table(analyse_directory(folder.path()));
  // Shares of 0.5 are won by the first pathway.
  EXPECT_THAT(text,
              HasSubstr("P(one pathway wins both modes), n = 2; within a group winners depend "
                        "on the basis chosen in it\n  modes  2             3\n"
                        "      1  1 [0.342, 1]  1 [0.342, 1]\n"
                        "      2                1 [0.342, 1]\n"));
  EXPECT_THAT(csv_table(analyse_directory(folder.path())),
              HasSubstr(",same_winner,1,2,,,,2,0,2,1,"));
}

/// Where the words of a line begin, blanks between them being two or more.
std::vector<std::size_t> field_starts(const std::string& line) {
  std::vector<std::size_t> starts;
  for (std::size_t i = 2; i < line.size(); ++i) {
    if (line[i] != ' ' && line[i - 1] == ' ' && line[i - 2] == ' ') {
      starts.push_back(i);
    }
  }
  return starts;
}

TEST(Text, LinesUpWithManyPathwaysAndCountsMembers) {
  CellStatistics cell;
  cell.pathways = 3;
  cell.members = cell.finished = 20;
  cell.target = {4};
  cell.group = {0};
  const Interval interval{0.123, 0.456};
  for (const char* name : {"learned", "dominance", "escape_epoch", "participation_ratio"}) {
    Summary summary;
    summary.mean = 0.25;
    summary.mean_interval = interval;
    summary.count = 17;
    cell.quantities.push_back({{name, 1, 0, -1, 0}, summary, summary});
  }
  for (Index a = 0; a < 3; ++a) {
    cell.winners.push_back({1, 0, a, 5, 16, 0.3125, interval});
  }
  Ensemble ensemble;
  ensemble.cells = {cell};
  std::istringstream lines(text_table(ensemble));
  std::string head;
  while (head.find("mode") == std::string::npos || head.find("target") == std::string::npos) {
    ASSERT_TRUE(std::getline(lines, head));
  }
  std::string row;
  std::getline(lines, row);
  // Left-aligned columns and those as wide as one letter start where their heads do.
  const auto starts = field_starts(row);
  ASSERT_THAT(starts, SizeIs(14)) << row;
  EXPECT_EQ(starts[3], head.find("learned"));
  EXPECT_EQ(starts[6], head.find("|dominance|"));
  EXPECT_EQ(starts[8], head.find("P(wins)"));
  EXPECT_EQ(starts[10], head.find("escape epoch"));
  EXPECT_EQ(starts[12], head.find("pathways taking part"));
  EXPECT_EQ(row.substr(starts[9], 2), "16");
  EXPECT_EQ(row.substr(starts[11], 2), "17");
}

}  // namespace
}  // namespace polypath::analysis
