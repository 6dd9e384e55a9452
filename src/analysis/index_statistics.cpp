#include "index_statistics.hpp"

#include "quantities.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

namespace polypath::analysis {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

std::vector<std::string> statistic_labels() {
  std::vector<std::string> labels{"members",   "learned",   "mean",    "mean_low",
                                  "mean_high", "deviation", "minimum", "maximum"};
  for (const double level : quantile_levels) {
    labels.push_back(fmt::format("q{:02.0f}", 100 * level));
  }
  return labels;
}

std::vector<double> statistics_of(const Summary& summary, Index learned) {
  std::vector<double> values{static_cast<double>(summary.count),
                             static_cast<double>(learned),
                             summary.mean,
                             summary.mean_interval.low,
                             summary.mean_interval.high,
                             summary.deviation,
                             summary.minimum,
                             summary.maximum};
  values.insert(values.end(), summary.quantiles.begin(), summary.quantiles.end());
  return values;
}

std::vector<Index> numbers(Index first, Index count) {
  std::vector<Index> result(static_cast<std::size_t>(count));
  std::iota(result.begin(), result.end(), first);
  return result;
}

/// What is said of an array of probabilities; empty for one of means.
std::string probability_meaning(const std::string& name) {
  if (name == "wins" || name == "group_wins") {
    return "probability that a pathway has the largest share, of members that have learned it";
  }
  return name == "same_winner" ? "probability that the same pathway wins both modes, of members "
                                 "that have learned both"
                               : "";
}

}  // namespace

void IndexStatisticsBuilder::add(const std::string& name, const Quantity& quantity,
                                 std::vector<double> values, Index other_mode) {
  entries_[name].push_back({cells_.size() - 1, quantity, std::move(values), other_mode});
}

void IndexStatisticsBuilder::add_winners(const CellContents& cell, Quantity quantity,
                                         const std::vector<double>& winners) {
  for (const auto& winner : count_winners(quantity, winners, cell.pathways)) {
    quantity.pathway = winner.pathway;
    add(quantity.mode > 0 ? "wins" : "group_wins", quantity,
        {static_cast<double>(winner.members), winner.probability, winner.interval.low,
         winner.interval.high});
  }
}

void IndexStatisticsBuilder::add_cell(const CellContents& cell, const Samples& samples) {
  cells_.push_back(cell.cell);
  finished_.push_back(static_cast<double>(
      std::count(cell.status.begin(), cell.status.end(), MemberStatus::finished)));
  modes_ = std::max(modes_, cell.rank);
  pathways_ = std::max(pathways_, cell.pathways);
  const LearnedMembers learned(samples);
  for (std::size_t i = 0; i < samples.quantities.size(); ++i) {
    const Quantity& quantity = samples.quantities[i];
    const auto& values = samples.values[i];
    groups_ = std::max(groups_, quantity.group + 1);
    if (quantity.name == "winner" || quantity.name == "group_winner") {
      add_winners(cell, quantity, values);
    } else if (index_quantity(quantity)) {
      const Summary summary = summarize(values, range_of(quantity, cell.pathways));
      const auto chosen = learned.chosen(quantity, values);
      add(quantity.name, quantity,
          statistics_of(summary, std::count_if(chosen.begin(), chosen.end(),
                                               [](double value) { return std::isfinite(value); })));
    }
  }
  for (const auto& pair : correlate_winners(samples, cell.pathways)) {
    add("same_winner", {"same_winner", pair.mode_a},
        {static_cast<double>(pair.members), pair.same_probability, pair.same_interval.low,
         pair.same_interval.high},
        pair.mode_b);
  }
}

IndexArray IndexStatisticsBuilder::array_of(const std::string& name,
                                            const std::vector<Entry>& entries) const {
  const Quantity& kind = entries.front().quantity;
  const std::string probability = probability_meaning(name);
  IndexArray array{name, {"cell"}, {}, "", "1"};
  // The lengths of the axes after the first one, but the last.
  Index parts = 1;
  Index others = 1;
  Index pathways = 1;
  if (kind.mode > 0 || kind.group >= 0) {
    array.axes.emplace_back(kind.mode > 0 ? "mode" : "group");
    parts = kind.mode > 0 ? modes_ : groups_;
  }
  if (entries.front().other_mode > 0) {
    array.axes.emplace_back("other_mode");
    others = modes_;
  }
  if (kind.pathway >= 0) {
    array.axes.emplace_back("pathway");
    pathways = pathways_;
  }
  array.axes.emplace_back(probability.empty() ? "statistic" : "wins_statistic");
  const auto width = static_cast<Index>(entries.front().values.size());
  array.values.assign(cells_.size() * static_cast<std::size_t>(parts * others * pathways * width),
                      undefined);
  for (const auto& [row, quantity, values, other_mode] : entries) {
    const Index part = quantity.mode > 0 ? quantity.mode - 1 : std::max(quantity.group, Index{0});
    const Index place =
        ((static_cast<Index>(row) * parts + part) * others + std::max(other_mode - 1, Index{0})) *
            pathways +
        std::max(quantity.pathway, Index{0});
    std::copy(values.begin(), values.end(), array.values.begin() + place * width);
  }
  array.meaning = probability;
  if (const auto listed = index_quantity(kind); listed && probability.empty()) {
    array.meaning = listed->meaning + "; statistics over the finished members";
    array.units = listed->units;
  }
  return array;
}

IndexStatistics IndexStatisticsBuilder::take() const {
  IndexStatistics result;
  result.axes = {
      {"cell", "number of the cell", cells_, {}},
      {"mode", "singular mode", numbers(1, modes_), {}},
      {"other_mode", "second of two singular modes", numbers(1, modes_), {}},
      {"group", "group of modes of equal singular value", numbers(0, groups_), {}},
      {"pathway", "pathway", numbers(0, pathways_), {}},
      {"statistic",
       "over the members (their number: members) for which the quantity is defined; learned: those "
       "of them that have learned 99 % of the mode, the group or, of the whole member, every mode; "
       "mean_low, mean_high: 95 % interval of the mean, Student's t on a scale that keeps it "
       "within "
       "what is possible; q05: quantile",
       {},
       statistic_labels()},
      {"wins_statistic",
       "members with a winner, the probability and its 95 % interval by Wilson",
       {},
       {"members", "probability", "low", "high"}}};
  result.arrays.push_back({"finished", {"cell"}, finished_, "finished members", "1"});
  for (const auto& [name, entries] : entries_) {
    result.arrays.push_back(array_of(name, entries));
  }
  return result;
}

}  // namespace polypath::analysis
