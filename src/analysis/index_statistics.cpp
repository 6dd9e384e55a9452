#include "index_statistics.hpp"

#include "index_quantities.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include <fmt/format.h>

namespace polypath::analysis {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

std::vector<std::string> statistic_labels() {
  std::vector<std::string> labels{"members",   "mean",    "mean_low", "mean_high",
                                  "deviation", "minimum", "maximum"};
  for (const double level : quantile_levels) {
    labels.push_back(fmt::format("q{:02.0f}", 100 * level));
  }
  return labels;
}

std::vector<double> statistics_of(const Summary& summary) {
  std::vector<double> values{static_cast<double>(summary.count),
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

bool is_wins(const std::string& name) { return name == "wins" || name == "group_wins"; }

}  // namespace

void IndexStatisticsBuilder::add(const std::string& name, const Quantity& quantity,
                                 std::vector<double> values) {
  entries_[name].push_back({cells_.size() - 1, quantity, std::move(values)});
}

void IndexStatisticsBuilder::add_cell(const CellContents& cell, const Samples& samples) {
  cells_.push_back(cell.cell);
  finished_.push_back(static_cast<double>(
      std::count(cell.status.begin(), cell.status.end(), MemberStatus::finished)));
  modes_ = std::max(modes_, cell.rank);
  pathways_ = std::max(pathways_, cell.pathways);
  for (std::size_t i = 0; i < samples.quantities.size(); ++i) {
    Quantity quantity = samples.quantities[i];
    groups_ = std::max(groups_, quantity.group + 1);
    if (quantity.name == "winner" || quantity.name == "group_winner") {
      for (const auto& winner : count_winners(quantity, samples.values[i], cell.pathways)) {
        quantity.pathway = winner.pathway;
        add(quantity.mode > 0 ? "wins" : "group_wins", quantity,
            {static_cast<double>(winner.members), winner.probability, winner.interval.low,
             winner.interval.high});
      }
    } else if (index_quantity(quantity)) {
      add(quantity.name, quantity, statistics_of(summarizer_.summarize(samples.values[i])));
    }
  }
}

IndexArray IndexStatisticsBuilder::array_of(const std::string& name,
                                            const std::vector<Entry>& entries) const {
  const Quantity& kind = entries.front().quantity;
  const bool of_mode = kind.mode > 0;
  const bool of_group = !of_mode && kind.group >= 0;
  const Index parts = of_mode ? modes_ : of_group ? groups_ : 1;
  const Index pathways = kind.pathway >= 0 ? pathways_ : 1;
  const std::size_t width = entries.front().values.size();
  IndexArray array{name, {"cell"}, {}, "", "1"};
  if (of_mode || of_group) {
    array.axes.emplace_back(of_mode ? "mode" : "group");
  }
  if (kind.pathway >= 0) {
    array.axes.emplace_back("pathway");
  }
  array.axes.emplace_back(is_wins(name) ? "wins_statistic" : "statistic");
  array.values.assign(cells_.size() * static_cast<std::size_t>(parts * pathways) * width,
                      undefined);
  for (const auto& [row, quantity, values] : entries) {
    const Index part = of_mode ? quantity.mode - 1 : of_group ? quantity.group : 0;
    const Index place =
        (static_cast<Index>(row) * parts + part) * pathways + std::max(quantity.pathway, Index{0});
    std::copy(values.begin(), values.end(),
              array.values.begin() + place * static_cast<Index>(width));
  }
  if (const auto listed = index_quantity(kind)) {
    array.meaning = is_wins(name) ? "probability that a pathway has the largest share"
                                  : listed->meaning + "; statistics over the finished members";
    array.units = is_wins(name) ? "1" : listed->units;
  }
  return array;
}

IndexStatistics IndexStatisticsBuilder::take() const {
  IndexStatistics result;
  result.axes = {
      {"cell", "number of the cell", cells_, {}},
      {"mode", "singular mode", numbers(1, modes_), {}},
      {"group", "group of modes of equal singular value", numbers(0, groups_), {}},
      {"pathway", "pathway", numbers(0, pathways_), {}},
      {"statistic",
       fmt::format("over the members (their number: members) for which the quantity is defined; "
                   "mean_low, mean_high: 95 % interval of the mean, Student's t below {} members, "
                   "bootstrap from there on; q05: quantile",
                   bootstrap_from),
       {},
       statistic_labels()},
      {"wins_statistic",
       "members with a winner, P(the pathway wins) and its 95 % interval by Wilson",
       {},
       {"members", "probability", "low", "high"}}};
  result.arrays.push_back({"finished", {"cell"}, finished_, "finished members", "1"});
  for (const auto& [name, entries] : entries_) {
    result.arrays.push_back(array_of(name, entries));
  }
  return result;
}

}  // namespace polypath::analysis
