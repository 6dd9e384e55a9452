#include "polypath/analysis/cell.hpp"

#include "samples.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace polypath::analysis {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

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

/// Pearson correlation of the winners as vectors with one 1, over the chosen members.
double winner_correlation(const std::vector<double>& a, const std::vector<double>& b,
                          Index pathways, const std::vector<Index>& chosen) {
  const auto size = static_cast<std::size_t>(pathways);
  std::vector<double> count_a(size);
  std::vector<double> count_b(size);
  double same = 0.0;
  for (const Index member : chosen) {
    const auto i = static_cast<std::size_t>(member);
    count_a[static_cast<std::size_t>(a[i])] += 1;
    count_b[static_cast<std::size_t>(b[i])] += 1;
    same += a[i] == b[i] ? 1 : 0;
  }
  const auto n = static_cast<double>(chosen.size());
  double by_chance = 0.0;
  double spread_a = 1.0;
  double spread_b = 1.0;
  for (std::size_t pathway = 0; pathway < size; ++pathway) {
    by_chance += count_a[pathway] / n * (count_b[pathway] / n);
    spread_a -= count_a[pathway] / n * (count_a[pathway] / n);
    spread_b -= count_b[pathway] / n * (count_b[pathway] / n);
  }
  // The spreads are 0, but for rounding, or at least (n - 1) / n^2.
  const bool varies = std::min(spread_a, spread_b) > 0.5 * (n - 1) / (n * n);
  return varies ? (same / n - by_chance) / std::sqrt(spread_a * spread_b) : undefined;
}

WinnerCorrelation correlate(Index mode_a, Index mode_b, const std::vector<double>& winners_a,
                            const std::vector<double>& winners_b, Index pathways,
                            const BootstrapSettings& settings) {
  std::vector<double> a;
  std::vector<double> b;
  std::vector<Index> all;
  for (std::size_t i = 0; i < winners_a.size(); ++i) {
    if (std::isfinite(winners_a[i]) && std::isfinite(winners_b[i])) {
      all.push_back(static_cast<Index>(a.size()));
      a.push_back(winners_a[i]);
      b.push_back(winners_b[i]);
    }
  }
  const auto statistic = [&](const std::vector<Index>& chosen) {
    return winner_correlation(a, b, pathways, chosen);
  };
  const double value = all.empty() ? undefined : statistic(all);
  const Interval interval =
      std::isnan(value) ? Interval{undefined, undefined}
                        : bootstrap_interval(static_cast<Index>(all.size()), statistic, settings);
  return {mode_a, mode_b, static_cast<Index>(all.size()), value, interval};
}

void correlate_winners(const Samples& samples, const BootstrapSettings& settings,
                       CellStatistics& result) {
  if (result.pathways < 2) {
    return;
  }
  std::vector<std::size_t> modes;
  for (std::size_t i = 0; i < samples.quantities.size(); ++i) {
    if (samples.quantities[i].name == "winner") {
      modes.push_back(i);
    }
  }
  for (std::size_t i = 0; i < modes.size(); ++i) {
    for (std::size_t j = i + 1; j < modes.size(); ++j) {
      result.correlations.push_back(
          correlate(samples.quantities[modes[i]].mode, samples.quantities[modes[j]].mode,
                    samples.values[modes[i]], samples.values[modes[j]], result.pathways, settings));
    }
  }
}

}  // namespace

const Summary* CellStatistics::find(const Quantity& quantity) const {
  const auto found =
      std::find_if(quantities.begin(), quantities.end(),
                   [&](const auto& statistics) { return statistics.quantity == quantity; });
  return found == quantities.end() ? nullptr : &found->summary;
}

CellStatistics analyse_cell(const CellContents& cell, const BootstrapSettings& settings) {
  CellStatistics result = described(cell);
  const Samples samples = measure_members(cell, result);
  Summarizer summarizer(settings);
  for (std::size_t i = 0; i < samples.quantities.size(); ++i) {
    const Quantity& quantity = samples.quantities[i];
    const auto& values = samples.values[i];
    if (quantity.name == "winner" || quantity.name == "group_winner") {
      const auto counted = count_winners(quantity, values, result.pathways);
      result.winners.insert(result.winners.end(), counted.begin(), counted.end());
      continue;
    }
    result.quantities.push_back({quantity, summarizer.summarize(values)});
    if (quantity.name == "share") {
      result.histograms.push_back(histogram(quantity, values));
    }
    if (quantity.name == "dominance") {
      result.dominances.push_back(values);
    }
  }
  correlate_winners(samples, settings, result);
  return result;
}

}  // namespace polypath::analysis
