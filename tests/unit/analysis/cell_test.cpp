#include "polypath/analysis/cell.hpp"

#include "polypath/core/linalg.hpp"
#include "polypath/io/file.hpp"
#include "polypath/io/read.hpp"

#include "synthetic_cell.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath::analysis {
namespace {

using testing::ElementsAre;
using testing::IsNan;

double value_of(const std::vector<Measurement>& measurements, const Quantity& quantity) {
  for (const auto& measurement : measurements) {
    if (measurement.quantity == quantity) {
      return measurement.value;
    }
  }
  ADD_FAILURE() << "no quantity " << quantity.name;
  return 0;
}

/// Starts at 0, then mode 1 goes to pathway 0 by 3 : 1, modes 2 and 3 to one pathway each.
std::vector<Record3> known_course() {
  return {diagonal_record({0, 0, 0}, {0, 0, 0}), diagonal_record({1, 0, 0}, {1, 0, 0}),
          diagonal_record({3, 2, 0}, {1, 0, 2})};
}

std::vector<Record3> mirrored(std::vector<Record3> course) {
  for (auto& record : course) {
    std::rotate(record.begin(), record.begin() + 9, record.end());
  }
  return course;
}

TEST(Member, KnownAnswers) {
  const ScratchFolder folder;
  SyntheticCell cell;
  cell.add(known_course());
  const auto found = measure_member(read_cell(cell.write(folder.path())), 0);
  EXPECT_EQ(value_of(found, {"strength", 1, 0, 0, 0}), 3);
  EXPECT_EQ(value_of(found, {"initial_strength", 1, 0, 0, 0}), 0);
  EXPECT_EQ(value_of(found, {"share", 1, 0, 1, 0}), 0.25);
  EXPECT_EQ(value_of(found, {"dominance", 1, 0, -1, 0}), 0.5);
  EXPECT_EQ(value_of(found, {"signed_dominance", 3, 1, -1, 0}), -1);
  EXPECT_EQ(value_of(found, {"winner", 3, 1, -1, 0}), 1);
  EXPECT_EQ(value_of(found, {"escape_epoch", 1, 0, -1, 0}), 10);
  EXPECT_EQ(value_of(found, {"escape_epoch", 2, 1, -1, 0}), 15);
  EXPECT_EQ(value_of(found, {"off_diagonal_energy", 0, -1, 0, 0}), 0);
  EXPECT_EQ(value_of(found, {"outside", 0, -1, 1, 0}), 0.25);
  // The traces of the group are shared evenly, though each direction has one owner.
  EXPECT_EQ(value_of(found, {"group_trace", 0, 1, 0, 0}), 2);
  EXPECT_EQ(value_of(found, {"group_dominance", 0, 1, -1, 0}), 0);
  EXPECT_NEAR(value_of(found, {"group_split", 0, 1, -1, 0}), 1, 1e-14);
  EXPECT_NEAR(value_of(found, {"group_singular_value", 0, 1, 0, 1}), 2, 1e-14);
  EXPECT_NEAR(value_of(found, {"group_singular_value", 0, 1, 0, 2}), 0, 1e-14);
}

/// K -> R^T K R for every pathway, R a rotation by `angle` of modes 2 and 3.
Record3 rotated(const Record3& record, double angle) {
  Matrix<double> R(3, 3);
  R(0, 0) = 1;
  R(1, 1) = R(2, 2) = std::cos(angle);
  R(1, 2) = -std::sin(angle);
  R(2, 1) = std::sin(angle);
  Record3 result;
  for (std::size_t a = 0; a < 2; ++a) {
    const MatrixView<const double> K{record.data() + 9 * a, 3, 3, 3};
    const auto turned = multiply(multiply_transposed_left(R.view(), K).view(), R.view());
    result.insert(result.end(), turned.elements().begin(), turned.elements().end());
  }
  return result;
}

TEST(Member, GroupQuantitiesDoNotDependOnTheBasisWithinTheGroup) {
  const ScratchFolder folder;
  const Record3 before{0.1, 0.2, -0.3, 0.4, 0.2, 0.1, 0, 0.1, 0.3,
                       0.2, 0.1, 0.1,  0.3, 0.3, 0.2, 0, 0.1, 0.2};
  const Record3 after{3.1, 0.2, -0.3, 0.4, 1.5, 0.6,  0.2, -0.7, 0.9,
                      0.9, 0.5, 0.1,  0.3, 0.4, -0.2, 0.3, 0.8,  1.2};
  SyntheticCell cell;
  cell.add({before, before, after});
  cell.add({rotated(before, 0.7), rotated(before, 0.7), rotated(after, 0.7)});
  const CellContents contents = read_cell(cell.write(folder.path()));
  const auto a = measure_member(contents, 0);
  const auto b = measure_member(contents, 1);
  int compared = 0;
  bool some_mode_changed = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Quantity& quantity = a[i].quantity;
    ASSERT_EQ(quantity, b[i].quantity);
    if (quantity.name.starts_with("group_") || quantity.name == "off_group_energy" ||
        quantity.group == 0) {
      // 3 x 3 products and SVDs of entries of order 3.
      EXPECT_NEAR(a[i].value, b[i].value, 200 * std::numeric_limits<double>::epsilon())
          << quantity.name;
      ++compared;
    } else {
      some_mode_changed = some_mode_changed || std::abs(a[i].value - b[i].value) > 0.01;
    }
  }
  EXPECT_GT(compared, 30);
  EXPECT_TRUE(some_mode_changed);
}

TEST(Member, DiagonalFilesGiveWhatTheDiagonalTells) {
  const ScratchFolder folder;
  SyntheticCell cell;
  cell.header.config.config.record.modes = ModesRecorded::diagonal;
  cell.add(known_course());
  const CellContents contents = read_cell(cell.write(folder.path()));
  ASSERT_TRUE(contents.diagonal);
  const auto found = measure_member(contents, 0);
  EXPECT_EQ(value_of(found, {"dominance", 1, 0, -1, 0}), 0.5);
  EXPECT_EQ(value_of(found, {"group_trace", 0, 1, 1, 0}), 2);
  EXPECT_EQ(value_of(found, {"escape_epoch", 2, 1, -1, 0}), 15);
  EXPECT_EQ(value_of(found, {"group_singular_value", 0, 0, 0, 1}), 3);
  EXPECT_THAT(value_of(found, {"group_singular_value", 0, 1, 0, 1}), IsNan());
  EXPECT_THAT(value_of(found, {"group_split", 0, 1, -1, 0}), IsNan());
  EXPECT_THAT(value_of(found, {"off_diagonal_energy", 0, -1, 0, 0}), IsNan());
}

/// 3 wins of pathway 0 and 1 of pathway 1, one diverged and one unfinished member.
SyntheticCell mixed_cell() {
  SyntheticCell cell;
  cell.add(known_course());
  cell.add(mirrored(known_course()));
  cell.add(known_course());
  cell.add({diagonal_record({0, 0, 0}, {0, 0, 0})}, MemberStatus::diverged);
  cell.add(known_course());
  cell.add({diagonal_record({0, 0, 0}, {0, 0, 0})}, MemberStatus::unfinished);
  return cell;
}

TEST(Cell, CountsWhomItLeavesOut) {
  const ScratchFolder folder;
  const auto found = analyse_cell(read_cell(mixed_cell().write(folder.path())));
  EXPECT_EQ(found.members, 6);
  EXPECT_EQ(found.finished, 4);
  EXPECT_EQ(found.diverged, 1);
  EXPECT_EQ(found.unfinished, 1);
  EXPECT_THAT(found.seeds, ElementsAre(1, 2, 3, 5));
  const Summary* share = found.find({"share", 1, 0, 0, 0});
  ASSERT_NE(share, nullptr);
  EXPECT_EQ(share->count, 4);
  EXPECT_DOUBLE_EQ(share->mean, 0.625);
  EXPECT_DOUBLE_EQ(share->deviation, 0.25);
}

TEST(Cell, WinnersHistogramsAndCorrelations) {
  const ScratchFolder folder;
  const auto found = analyse_cell(read_cell(mixed_cell().write(folder.path())));
  const auto& first = found.winners.at(0);
  EXPECT_EQ(first.mode, 1);
  EXPECT_EQ(first.wins, 3);
  EXPECT_EQ(first.members, 4);
  EXPECT_EQ(first.probability, 0.75);
  EXPECT_EQ(first.interval.low, wilson_interval(3, 4).low);
  const auto& histogram = found.histograms.at(0);
  EXPECT_EQ(histogram.counts.at(15), 3);                           // share 0.75
  EXPECT_EQ(histogram.counts.at(5), 1);                            // share 0.25
  EXPECT_EQ(found.histograms.at(2).counts.at(share_bins - 1), 3);  // share 1 in the last bin
  // Mode 2 goes with mode 1, mode 3 always to the other pathway.
  ASSERT_EQ(found.correlations.size(), 3U);
  EXPECT_NEAR(found.correlations[0].correlation, 1, 1e-15);
  EXPECT_NEAR(found.correlations[1].correlation, -1, 1e-15);
  EXPECT_NEAR(found.correlations[2].correlation, -1, 1e-15);
}

TEST(Cell, AWinnerThatNeverChangesHasNoCorrelation) {
  const ScratchFolder folder;
  SyntheticCell cell;
  cell.add(known_course());
  cell.add(known_course());
  const auto found = analyse_cell(read_cell(cell.write(folder.path())));
  EXPECT_THAT(found.correlations.at(0).correlation, IsNan());
}

TEST(Index, HasAColumnForEveryMetric) {
  const ScratchFolder folder;
  (void)mixed_cell().write(folder.path());
  rebuild_index_with_metrics(folder.path());
  const auto column = [&](const std::string& name) {
    return read_vector(folder.path() / "index.h5", "members/metrics/" + name);
  };
  const auto dominance = column("signed_dominance/mode_1");
  EXPECT_THAT(dominance, ElementsAre(0.5, -0.5, 0.5, IsNan(), 0.5, IsNan()));
  EXPECT_THAT(column("escape_epoch/mode_2"), ElementsAre(15, 15, 15, IsNan(), 15, IsNan()));
  EXPECT_THAT(column("winner/mode_3"), ElementsAre(1, 0, 1, IsNan(), 1, IsNan()));
  EXPECT_THAT(column("off_diagonal_energy/pathway_1"), ElementsAre(0, 0, 0, IsNan(), 0, IsNan()));
  EXPECT_THAT(column("share/mode_1/pathway_1"),
              ElementsAre(0.25, 0.75, 0.25, IsNan(), 0.25, IsNan()));
  // 4^2 / (3^2 + 1^2)
  const auto parts = testing::DoubleNear(1.6, 8 * std::numeric_limits<double>::epsilon());
  EXPECT_THAT(column("participation_ratio/mode_1"),
              ElementsAre(parts, parts, parts, IsNan(), parts, IsNan()));
  EXPECT_THAT(column("group_dominance/group_1"), ElementsAre(0, 0, 0, IsNan(), 0, IsNan()));
  EXPECT_THAT(column("group_split/group_1"), ElementsAre(1, 1, 1, IsNan(), 1, IsNan()));
}

/// Group `statistics` of an index, by name.
class Statistics {
 public:
  explicit Statistics(const std::filesystem::path& folder)
      : group_(File::open(folder / "index.h5").root().open_group("statistics")) {}
  [[nodiscard]] Extents extents(const std::string& name) const {
    return group_.open_data_set(name).extents();
  }
  [[nodiscard]] std::vector<double> block(const std::string& name, const Extents& first,
                                          const Extents& count) const {
    return group_.open_data_set(name).read<double>(first, count);
  }
  [[nodiscard]] std::vector<std::string> labels(const std::string& name) const {
    return group_.open_data_set(name).read_text();
  }

 private:
  Group group_;
};

TEST(Index, HasTheStatisticsOfEveryCell) {
  const ScratchFolder folder;
  const auto analysed = analyse_cell(read_cell(mixed_cell().write(folder.path())));
  SyntheticCell later(7);
  later.add(known_course(), MemberStatus::diverged);
  (void)later.write(folder.path());
  rebuild_index_with_metrics(folder.path());
  const Statistics found(folder.path());
  EXPECT_THAT(found.labels("statistic"),
              ElementsAre("members", "mean", "mean_low", "mean_high", "deviation", "minimum",
                          "maximum", "q05", "q25", "q50", "q75", "q95"));
  EXPECT_EQ(found.extents("dominance"), (Extents{2, 3, 12}));
  EXPECT_EQ(found.extents("group_split"), (Extents{2, 2, 12}));
  EXPECT_EQ(found.extents("off_diagonal_energy"), (Extents{2, 2, 12}));
  EXPECT_EQ(found.extents("wins"), (Extents{2, 3, 2, 4}));
  const Summary& share = *analysed.find({"share", 1, 0, 1, 0});
  EXPECT_THAT(found.block("share", {0, 0, 1, 0}, {1, 1, 1, 12}),
              ElementsAre(4, share.mean, share.mean_interval.low, share.mean_interval.high,
                          share.deviation, 0.25, 0.75, share.quantiles[0], share.quantiles[1],
                          share.quantiles[2], share.quantiles[3], share.quantiles[4]));
  const Interval wilson = wilson_interval(3, 4);
  EXPECT_THAT(found.block("wins", {0, 0, 0, 0}, {1, 1, 1, 4}),
              ElementsAre(4, 0.75, wilson.low, wilson.high));
  EXPECT_THAT(found.block("finished", {0}, {2}), ElementsAre(4, 0));
  EXPECT_THAT(found.block("share", {1, 0, 0, 0}, {1, 3, 2, 12}), testing::Each(IsNan()));
}

TEST(Summarizer, SharesTheResamplesOfTheBootstrap) {
  std::vector<double> values;
  for (int i = 0; i < 30; ++i) {
    values.push_back(std::sqrt(static_cast<double>(i)));
  }
  Summarizer summarizer;
  (void)summarizer.summarize({values.begin(), values.begin() + 25});
  (void)summarizer.summarize(std::vector<double>(30, 1.0));
  const auto mean = [&](const std::vector<Index>& chosen) {
    double sum = 0;
    for (const Index i : chosen) {
      sum += values[static_cast<std::size_t>(i)];
    }
    return sum / static_cast<double>(chosen.size());
  };
  const Interval expected = bootstrap_interval(30, mean);
  const Interval found = summarizer.summarize(values).mean_interval;
  EXPECT_EQ(found.low, expected.low);
  EXPECT_EQ(found.high, expected.high);
}

}  // namespace
}  // namespace polypath::analysis
