#include "polypath/analysis/ensemble.hpp"

#include "fit_families.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

namespace polypath::analysis {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
using Against = DominanceFit::Against;
using FitCells = std::vector<FitCell>;

struct Mean {
  double value = undefined;
  Index members = 0;
};

/// Of the finite values among the chosen.
Mean mean_over(const std::vector<double>& values, const std::vector<Index>& chosen) {
  double sum = 0.0;
  Mean mean;
  for (const Index i : chosen) {
    const double value = values[static_cast<std::size_t>(i)];
    if (std::isfinite(value)) {
      sum += value;
      ++mean.members;
    }
  }
  mean.value = mean.members > 0 ? sum / static_cast<double>(mean.members) : undefined;
  return mean;
}

/// Dominance of one mode in a cell, NaN for members that do not count.
std::vector<double> dominance_of(const CellStatistics& cell, std::size_t mode, Members members) {
  std::vector<double> values = cell.dominances[mode];
  for (std::size_t m = 0; m < values.size() && members == Members::learned; ++m) {
    values[m] = cell.learned[mode][m] ? values[m] : undefined;
  }
  return values;
}

std::vector<Index> counted(std::size_t count) {
  std::vector<Index> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

/// Dominance of one mode in several cells, by seed.
class SeedTable {
 public:
  SeedTable(const FitCells& cells, std::size_t mode, Members members) {
    std::map<std::uint64_t, std::size_t> place;
    for (const auto& cell : cells) {
      for (const auto seed : cell.statistics->seeds) {
        place.emplace(seed, 0);
      }
    }
    for (auto& [seed, number] : place) {
      number = seeds_++;
    }
    for (const auto& cell : cells) {
      const auto values = dominance_of(*cell.statistics, mode, members);
      auto& row = rows_.emplace_back(seeds_, undefined);
      for (std::size_t m = 0; m < values.size(); ++m) {
        row[place[cell.statistics->seeds[m]]] = values[m];
      }
    }
  }

  [[nodiscard]] Index seeds() const { return static_cast<Index>(seeds_); }
  /// Mean dominance of every cell over the chosen seeds for which it is defined.
  [[nodiscard]] std::vector<double> means(const std::vector<Index>& chosen) const {
    std::vector<double> result;
    result.reserve(rows_.size());
    for (const auto& row : rows_) {
      result.push_back(mean_over(row, chosen).value);
    }
    return result;
  }

 private:
  std::vector<std::vector<double>> rows_;  ///< cell x seed
  std::size_t seeds_ = 0;
};

Line fit(Against against, std::vector<double> x, std::vector<double> y) {
  if (against == Against::width) {
    std::transform(x.begin(), x.end(), x.begin(), [](double value) { return std::log(value); });
    std::transform(y.begin(), y.end(), y.begin(), [](double value) { return std::log(value); });
  }
  return fit_line(x, y);
}

/// An exponent has no bounds; the change per layer has those of means from 0 to 1, or as far
/// beyond 1 as they are.
Range possible_slopes(const DominanceFit& fit) {
  if (fit.against == Against::width || fit.mean.empty()) {
    return {};
  }
  const double highest = *std::max_element(fit.mean.begin(), fit.mean.end());
  return slope_range(fit.x, {0.0, std::max(1.0, highest)});
}

/// Fills in the cells in which the mode's dominance is defined, and returns them.
FitCells use_cells(const FitCells& cells, std::size_t mode, Members members, DominanceFit& result) {
  FitCells used;
  for (const auto& cell : cells) {
    if (cell.statistics == nullptr) {
      result.absent.push_back({cell.number, cell.x, cell.why});
      continue;
    }
    const auto values = dominance_of(*cell.statistics, mode, members);
    const Mean mean = mean_over(values, counted(values.size()));
    if (mean.members == 0) {
      result.absent.push_back({cell.number, cell.x, "nothing learned"});
      continue;
    }
    const auto learned = dominance_of(*cell.statistics, mode, Members::learned);
    result.cells.push_back(cell.number);
    result.x.push_back(cell.x);
    result.mean.push_back(mean.value);
    result.members.push_back(mean.members);
    result.learned.push_back(mean_over(learned, counted(learned.size())).members);
    used.push_back(cell);
  }
  return used;
}

DominanceFit fit_mode(Against against, const FitFamily& family, std::size_t mode, Members members) {
  DominanceFit result;
  result.against = against;
  result.mode = static_cast<Index>(mode) + 1;
  result.held = family.held;
  const FitCells used = use_cells(family.cells, mode, members, result);
  const Line line = fit(against, result.x, result.mean);
  result.slope = line.slope;
  result.intercept = line.intercept;
  const SeedTable table(used, mode, members);
  result.interval = jackknife_interval(
      table.seeds(),
      [&](const std::vector<Index>& chosen) {
        return fit(against, result.x, table.means(chosen)).slope;
      },
      possible_slopes(result));
  return result;
}

/// Modes that every cell with statistics has.
std::size_t common_modes(const FitCells& cells) {
  std::size_t modes = std::numeric_limits<std::size_t>::max();
  for (const auto& cell : cells) {
    if (cell.statistics != nullptr) {
      modes = std::min(modes, cell.statistics->dominances.size());
    }
  }
  return modes;
}

}  // namespace

std::vector<DominanceFit> fit_dominance(const std::vector<CellStatistics>& cells,
                                        const std::vector<PlannedCell>& planned, Members members) {
  std::vector<DominanceFit> fits;
  for (const Against against : {Against::width, Against::depth}) {
    for (const auto& family : fit_families(cells, planned, against)) {
      for (std::size_t mode = 0; mode < common_modes(family.cells); ++mode) {
        auto found = fit_mode(against, family, mode, members);
        if (!found.cells.empty()) {
          fits.push_back(std::move(found));
        }
      }
    }
  }
  return fits;
}

}  // namespace polypath::analysis
