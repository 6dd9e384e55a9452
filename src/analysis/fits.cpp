#include "polypath/analysis/ensemble.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

namespace polypath::analysis {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
using Against = DominanceFit::Against;
using CellList = std::vector<const CellStatistics*>;

std::string depths_text(const CellSettings& settings) {
  return settings.depth ? fmt::format("D = {}", *settings.depth)
                        : fmt::format("D = {}", fmt::join(settings.depths, ","));
}

/// What cells of one fit must agree in, besides what the kind of fit adds: every setting but
/// depth, width, sigma, seeds, epochs, precision and what is recorded.
std::string common_settings(const Config& config) {
  const DataConfig& data = config.data;
  return fmt::format("{} {} {} {} {} {} {} {} {} {} {}|{} {} {} {}|{} {}|{} {}",
                     to_string(data.task), data.levels, data.branching, data.examples, data.inputs,
                     data.outputs, fmt::join(data.singular_values, ","), data.seed, data.file,
                     data.whiten, to_string(data.correlation), config.network.pathways.size(),
                     to_string(config.network.activation), config.network.activation_after_output,
                     config.network.bias, to_string(config.init.method),
                     to_string(config.init.scheme), config.train.learning_rate,
                     to_string(config.train.loss));
}

/// Cells with the same key make one fit; the second is what people are told of it.
struct FitKey {
  std::string settings;
  double order;  ///< by which they are listed
  std::string held;
  bool operator<(const FitKey& other) const {
    return std::tie(settings, order, held) < std::tie(other.settings, other.order, other.held);
  }
};

double abscissa(const CellStatistics& cell, Against against) {
  return against == Against::width ? *cell.settings->width
                                   : static_cast<double>(*cell.settings->depth);
}

bool is_usable(const CellStatistics& cell, Against against) {
  return cell.settings && cell.settings->width && cell.finished > 0 && cell.pathways > 1 &&
         cell.settings->config.init.method != InitMethod::file &&
         (against == Against::width || cell.settings->depth);
}

/// The groups in which at least two different abscissae occur.
std::map<FitKey, CellList> families(const std::vector<CellStatistics>& cells, Against against) {
  std::map<FitKey, CellList> groups;
  for (const auto& cell : cells) {
    if (!is_usable(cell, against)) {
      continue;
    }
    const CellSettings& settings = *cell.settings;
    const std::string common = common_settings(settings.config);
    const std::string activation = to_string(settings.config.network.activation);
    const double sigma = settings.config.init.sigma;
    if (against == Against::depth) {
      groups[{common, *settings.width,
              fmt::format("{}, N = {:g}, sigma = {:.4g}", activation, *settings.width, sigma)}]
          .push_back(&cell);
      continue;
    }
    const std::string start = fmt::format("{}, {}", activation, depths_text(settings));
    const double depth = settings.depth ? static_cast<double>(*settings.depth) : 0.0;
    groups[{common, depth, fmt::format("{}, sigma = {:.3g}", start, sigma)}].push_back(&cell);
    if (settings.config.init.scheme != InitScheme::scaled) {
      groups[{common, depth, fmt::format("{}, sigma sqrt(N) = {:.3g}", start, *settings.gain)}]
          .push_back(&cell);
    }
  }
  std::erase_if(groups, [&](const auto& group) {
    std::set<double> different;
    for (const auto* cell : group.second) {
      different.insert(abscissa(*cell, against));
    }
    return different.size() < 2;
  });
  return groups;
}

/// Dominance of one mode in several cells, by seed.
class SeedTable {
 public:
  SeedTable(const CellList& cells, std::size_t mode) {
    std::map<std::uint64_t, std::size_t> place;
    for (const auto* cell : cells) {
      for (const auto seed : cell->seeds) {
        place.emplace(seed, 0);
      }
    }
    std::size_t next = 0;
    for (auto& [seed, number] : place) {
      number = next++;
    }
    for (const auto* cell : cells) {
      auto& row = rows_.emplace_back(place.size(), undefined);
      for (std::size_t m = 0; m < cell->seeds.size(); ++m) {
        row[place[cell->seeds[m]]] = cell->dominances[mode][m];
      }
    }
    seeds_ = static_cast<Index>(place.size());
  }

  [[nodiscard]] Index seeds() const { return seeds_; }
  [[nodiscard]] std::vector<Index> all() const {
    std::vector<Index> numbers;
    for (Index i = 0; i < seeds_; ++i) {
      numbers.push_back(i);
    }
    return numbers;
  }
  /// Mean dominance of every cell over the chosen seeds for which it is defined.
  [[nodiscard]] std::vector<double> means(const std::vector<Index>& chosen) const {
    std::vector<double> result;
    for (const auto& row : rows_) {
      double sum = 0.0;
      double count = 0.0;
      for (const Index i : chosen) {
        const double value = row[static_cast<std::size_t>(i)];
        if (std::isfinite(value)) {
          sum += value;
          count += 1;
        }
      }
      result.push_back(sum / count);
    }
    return result;
  }

 private:
  std::vector<std::vector<double>> rows_;  ///< cell x seed
  Index seeds_ = 0;
};

Line fit(Against against, std::vector<double> x, std::vector<double> y) {
  if (against == Against::width) {
    std::transform(x.begin(), x.end(), x.begin(), [](double value) { return std::log(value); });
    std::transform(y.begin(), y.end(), y.begin(), [](double value) { return std::log(value); });
  }
  return fit_line(x, y);
}

DominanceFit fit_mode(Against against, const std::string& held, const CellList& cells,
                      std::size_t mode, const BootstrapSettings& settings) {
  DominanceFit result;
  result.against = against;
  result.mode = static_cast<Index>(mode) + 1;
  result.held = held;
  for (const auto* cell : cells) {
    result.cells.push_back(cell->cell);
    result.x.push_back(abscissa(*cell, against));
  }
  const SeedTable table(cells, mode);
  result.mean = table.means(table.all());
  const Line line = fit(against, result.x, result.mean);
  result.slope = line.slope;
  result.intercept = line.intercept;
  result.interval = bootstrap_interval(
      table.seeds(),
      [&](const std::vector<Index>& chosen) {
        return fit(against, result.x, table.means(chosen)).slope;
      },
      settings);
  return result;
}

}  // namespace

std::vector<DominanceFit> fit_dominance(const std::vector<CellStatistics>& cells,
                                        const BootstrapSettings& settings) {
  std::vector<DominanceFit> fits;
  for (const Against against : {Against::width, Against::depth}) {
    for (auto& [key, members] : families(cells, against)) {
      CellList sorted = members;
      std::stable_sort(sorted.begin(), sorted.end(), [&](const auto* a, const auto* b) {
        return abscissa(*a, against) < abscissa(*b, against);
      });
      const auto modes = std::min_element(sorted.begin(), sorted.end(), [](auto* a, auto* b) {
        return a->dominances.size() < b->dominances.size();
      });
      for (std::size_t mode = 0; mode < (*modes)->dominances.size(); ++mode) {
        fits.push_back(fit_mode(against, key.held, sorted, mode, settings));
      }
    }
  }
  return fits;
}

}  // namespace polypath::analysis
