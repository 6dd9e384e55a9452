#include "polypath/analysis/cell.hpp"

#include "polypath/core/linalg.hpp"
#include "polypath/io/file.hpp"
#include "polypath/io/read.hpp"

#include "src/analysis/samples.hpp"
#include "synthetic_cell.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

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
              ElementsAre("members", "learned", "mean", "mean_low", "mean_high", "deviation",
                          "minimum", "maximum", "q05", "q25", "q50", "q75", "q95"));
  EXPECT_EQ(found.extents("dominance"), (Extents{2, 3, 13}));
  EXPECT_EQ(found.extents("group_split"), (Extents{2, 2, 13}));
  EXPECT_EQ(found.extents("off_diagonal_energy"), (Extents{2, 2, 13}));
  EXPECT_EQ(found.extents("wins"), (Extents{2, 3, 2, 4}));
  const Summary& share = *analysed.find({"share", 1, 0, 1, 0});
  EXPECT_THAT(found.block("share", {0, 0, 1, 0}, {1, 1, 1, 13}),
              ElementsAre(4, 4, share.mean, share.mean_interval.low, share.mean_interval.high,
                          share.deviation, 0.25, 0.75, share.quantiles[0], share.quantiles[1],
                          share.quantiles[2], share.quantiles[3], share.quantiles[4]));
  const Interval wilson = wilson_interval(3, 4);
  EXPECT_THAT(found.block("wins", {0, 0, 0, 0}, {1, 1, 1, 4}),
              ElementsAre(4, 0.75, wilson.low, wilson.high));
  // Modes 1 and 2, always won by the same pathway.
  EXPECT_EQ(found.extents("same_winner"), (Extents{2, 3, 3, 4}));
  EXPECT_THAT(found.block("same_winner", {0, 0, 1, 0}, {1, 1, 1, 4}),
              ElementsAre(4, 1, wilson_interval(4, 4).low, 1));
  EXPECT_THAT(found.block("finished", {0}, {2}), ElementsAre(4, 0));
  EXPECT_THAT(found.block("share", {1, 0, 0, 0}, {1, 3, 2, 13}), testing::Each(IsNan()));
}

/// `wins` of pathway 0 in modes 1 and 2 together, then of mode 1 alone, mode 2 alone, of neither.
SyntheticCell contest(int both, int first, int second, int neither) {
  SyntheticCell cell;
  cell.header.epochs = {0};
  const auto add = [&](int times, double one, double two) {
    for (int i = 0; i < times; ++i) {
      cell.add({diagonal_record({4 * one, 2 * two, 2}, {4 - 4 * one, 2 - 2 * two, 0})});
    }
  };
  add(both, 0.75, 0.75);
  add(first, 0.75, 0.25);
  add(second, 0.25, 0.75);
  add(neither, 0.25, 0.25);
  return cell;
}

TEST(Cell, SaysHowOftenTheSamePathwayWinsTwoModes) {
  const ScratchFolder folder;
  const auto found = analyse_cell(read_cell(contest(1, 4, 5, 2).write(folder.path())));
  const WinnerCorrelation& pair = found.correlations.at(0);
  EXPECT_EQ(pair.mode_a, 1);
  EXPECT_EQ(pair.mode_b, 2);
  EXPECT_EQ(pair.members, 12);
  EXPECT_EQ(pair.same, 3);
  EXPECT_EQ(pair.same_probability, 0.25);
  EXPECT_EQ(pair.same_interval.low, wilson_interval(3, 12).low);
  // Pathway 0 wins mode 1 in 5 and mode 2 in 6 of 12.
  EXPECT_NEAR(pair.chance, 0.5, 1e-15);
  // phi = (1 * 2 - 4 * 5) / sqrt(5 * 7 * 6 * 6)
  EXPECT_NEAR(pair.correlation, -18 / std::sqrt(5.0 * 7 * 6 * 6), 1e-15);
  const double scale = 2 * std::sqrt(5.0 * 7 * 6 * 6) / 144;
  EXPECT_NEAR(pair.interval.low, (pair.same_interval.low - 0.5) / scale, 1e-14);
  EXPECT_NEAR(pair.interval.high, (pair.same_interval.high - 0.5) / scale, 1e-14);
  // Pathway 0 always has mode 3.
  EXPECT_THAT(found.correlations.at(1).correlation, IsNan());
  EXPECT_EQ(found.correlations.at(1).same, 5);
}

/// In how many of `trials` of `count` fair members, of which a part P(same) has one winner in both
/// modes, the interval holds that of the phi coefficient, 2 P(same) - 1.
double correlation_coverage(double same, int count, int trials) {
  std::mt19937_64 bits(5);
  const auto chance = [&](double part) {
    return static_cast<double>(bits() >> 11U) * 0x1p-53 < part;
  };
  int held = 0;
  int defined = 0;
  for (int trial = 0; trial < trials; ++trial) {
    Samples samples;
    for (int member = 0; member < count; ++member) {
      const bool first = chance(0.5);
      const bool second = chance(same) ? first : !first;
      samples.add({{{"winner", 1}, first ? 0.0 : 1.0}, {{"winner", 2}, second ? 0.0 : 1.0}});
    }
    const WinnerCorrelation pair = correlate_winners(samples, 2).at(0);
    if (std::isfinite(pair.correlation)) {
      ++defined;
      EXPECT_GE(pair.interval.low, -1);
      EXPECT_LE(pair.interval.high, 1);
      held += pair.interval.low <= 2 * same - 1 && 2 * same - 1 <= pair.interval.high ? 1 : 0;
    }
  }
  return static_cast<double>(held) / defined;
}

TEST(Cell, IntervalsOfWinnerCorrelationsHoldTheTruthAtFewSeeds) {
  // An independent program finds 0.947 to 0.997; four standard errors of 2000 trials: 0.02.
  // Wilson's intervals of few trials hold more often than they say.
  for (const int count : {5, 10, 19, 50}) {
    for (const double same : {0.5, 0.15, 0.975}) {
      EXPECT_GE(correlation_coverage(same, count, 2000), 0.93) << same << ", " << count;
    }
  }
}

TEST(Cell, CountsWhoHasLearned) {
  const ScratchFolder folder;
  SyntheticCell cell;
  cell.header.epochs = {0};
  cell.add({diagonal_record({3, 1.5, 1}, {1, 0.5, 1})});
  cell.add({diagonal_record({3, 0, 1}, {1, 1.96, 1})});
  cell.add({diagonal_record({3, 0, 1}, {1, 1, 1})});
  const auto found = analyse_cell(read_cell(cell.write(folder.path())));
  EXPECT_EQ(found.learned_members(1), 3);
  EXPECT_EQ(found.learned_members(2), 1);
  const Quantity dominance{"dominance", 2, 1, -1, 0};
  EXPECT_EQ(found.find(dominance)->count, 3);
  EXPECT_DOUBLE_EQ(found.find(dominance)->mean, 2.5 / 3);
  EXPECT_EQ(found.find(dominance, Members::learned)->count, 1);
  EXPECT_EQ(found.find(dominance, Members::learned)->mean, 0.5);
  // The group of modes 2 and 3 by its worst direction, though its trace of 3.96 is 99 %.
  EXPECT_EQ(found.find({"group_dominance", 0, 1, -1, 0}, Members::learned)->count, 1);
  // Whole members count where they learned every mode.
  EXPECT_EQ(found.find({"outside", 0, -1, 0, 0}, Members::learned)->count, 1);
  // Who wins is asked of those who have learned.
  EXPECT_EQ(found.winners.at(2).mode, 2);
  EXPECT_EQ(found.winners.at(2).members, 1);
  EXPECT_EQ(found.correlations.at(0).members, 1);
}

}  // namespace
}  // namespace polypath::analysis
