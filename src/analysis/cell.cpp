#include "polypath/analysis/cell.hpp"

#include "quantities.hpp"
#include "samples.hpp"

#include <algorithm>
#include <cmath>

namespace polypath::analysis {
namespace {

CellStatistics described(const CellContents& cell) {
  CellStatistics result;
  result.cell = cell.cell;
  result.swept = cell.swept;
  result.settings = cell_settings(cell);
  result.growing = cell.path.extension() == ".part";
  result.diagonal = cell.diagonal;
  result.pathways = cell.pathways;
  result.members = cell.members();
  result.S.assign(cell.S.begin(), cell.S.begin() + cell.rank);
  result.group.assign(cell.group.begin(), cell.group.begin() + cell.rank);
  for (Index mode = 0; mode < cell.rank; ++mode) {
    result.target.push_back(cell.target(mode, mode));
  }
  return result;
}

/// Measures the finished members and counts the others.
Samples measure_members(const CellContents& cell, CellStatistics& result) {
  Samples samples;
  for (Index member = 0; member < cell.members(); ++member) {
    const auto m = static_cast<std::size_t>(member);
    switch (cell.status[m]) {
      case MemberStatus::finished:
        ++result.finished;
        result.seeds.push_back(cell.seeds[m]);
        samples.add(measure_member(cell, member));
        break;
      case MemberStatus::diverged:
        ++result.diverged;
        break;
      case MemberStatus::unfinished:
        ++result.unfinished;
        break;
    }
  }
  return samples;
}

ShareHistogram histogram(const Quantity& quantity, const std::vector<double>& values) {
  ShareHistogram result{quantity.mode, quantity.pathway, 0, 0, std::vector<Index>(share_bins)};
  for (const double share : values) {
    if (share < 0) {
      ++result.below;
    } else if (share > 1) {
      ++result.above;
    } else if (std::isfinite(share)) {
      const auto bin = static_cast<Index>(share * static_cast<double>(share_bins));
      ++result.counts[static_cast<std::size_t>(std::min(bin, share_bins - 1))];
    }
  }
  return result;
}

}  // namespace

const Summary* CellStatistics::find(const Quantity& quantity, Members over) const {
  const auto found =
      std::find_if(quantities.begin(), quantities.end(),
                   [&](const auto& statistics) { return statistics.quantity == quantity; });
  return found == quantities.end() ? nullptr : &found->over(over);
}

Index CellStatistics::learned_members(Index mode) const {
  const auto place = static_cast<std::size_t>(mode - 1);
  // There is no list without a finished member.
  return place < learned.size() ? std::count(learned[place].begin(), learned[place].end(), true)
                                : 0;
}

CellStatistics analyse_cell(const CellContents& cell) {
  CellStatistics result = described(cell);
  const Samples samples = measure_members(cell, result);
  const LearnedMembers learned(samples);
  for (std::size_t i = 0; i < samples.quantities.size(); ++i) {
    const Quantity& quantity = samples.quantities[i];
    const auto& values = samples.values[i];
    if (quantity.name == "winner" || quantity.name == "group_winner") {
      const auto counted = count_winners(quantity, values, result.pathways);
      result.winners.insert(result.winners.end(), counted.begin(), counted.end());
      continue;
    }
    const Range range = range_of(quantity, result.pathways);
    result.quantities.push_back(
        {quantity, summarize(values, range), summarize(learned.chosen(quantity, values), range)});
    if (quantity.name == "share") {
      result.histograms.push_back(histogram(quantity, values));
    }
    if (quantity.name == "dominance") {
      result.dominances.push_back(values);
      result.learned.push_back(learned.of(quantity));
    }
  }
  result.correlations = correlate_winners(samples, result.pathways);
  return result;
}

}  // namespace polypath::analysis
