#include "fit_families.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

namespace polypath::analysis {
namespace {

using Against = DominanceFit::Against;

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

/// Cells with the same key make one fit; the last is what people are told of it.
struct FitKey {
  std::string settings;
  double order;  ///< by which they are listed
  std::string held;
  bool operator<(const FitKey& other) const {
    return std::tie(settings, order, held) < std::tie(other.settings, other.order, other.held);
  }
};

bool is_usable(const CellSettings& settings, Against against) {
  return settings.width && settings.config.network.pathways.size() > 1 &&
         settings.config.init.method != InitMethod::file &&
         (against == Against::width || settings.depth);
}

/// The fits that a cell is part of.
std::vector<FitKey> keys_of(const CellSettings& settings, Against against) {
  const std::string common = common_settings(settings.config);
  const std::string activation = to_string(settings.config.network.activation);
  const double sigma = settings.config.init.sigma;
  if (against == Against::depth) {
    return {{common, *settings.width,
             fmt::format("{}, N = {:g}, sigma = {:.4g}", activation, *settings.width, sigma)}};
  }
  const std::string start = fmt::format("{}, {}", activation, depths_text(settings));
  const double depth = settings.depth ? static_cast<double>(*settings.depth) : 0.0;
  std::vector<FitKey> keys{{common, depth, fmt::format("{}, sigma = {:.3g}", start, sigma)}};
  if (settings.config.init.scheme != InitScheme::scaled) {
    keys.push_back(
        {common, depth, fmt::format("{}, sigma sqrt(N) = {:.3g}", start, *settings.gain)});
  }
  return keys;
}

class Families {
 public:
  explicit Families(Against against) : against_(against) {}

  void add(const CellSettings& settings, FitCell cell) {
    if (is_usable(settings, against_)) {
      cell.x = against_ == Against::width ? *settings.width : static_cast<double>(*settings.depth);
      for (const auto& key : keys_of(settings, against_)) {
        groups_[key].push_back(cell);
      }
    }
  }
  [[nodiscard]] std::vector<FitFamily> take() {
    std::vector<FitFamily> result;
    for (auto& [key, cells] : groups_) {
      std::stable_sort(cells.begin(), cells.end(),
                       [](const auto& a, const auto& b) { return a.x < b.x; });
      std::set<double> different;
      for (const auto& cell : cells) {
        if (cell.statistics != nullptr) {
          different.insert(cell.x);
        }
      }
      if (different.size() > 1) {
        result.push_back({key.held, std::move(cells)});
      }
    }
    return result;
  }

 private:
  Against against_;
  std::map<FitKey, std::vector<FitCell>> groups_;
};

}  // namespace

std::vector<FitFamily> fit_families(const std::vector<CellStatistics>& cells,
                                    const std::vector<PlannedCell>& planned, Against against) {
  Families families(against);
  std::set<Index> present;
  for (const auto& cell : cells) {
    present.insert(cell.cell);
    if (cell.settings && cell.finished > 0) {
      families.add(*cell.settings, {cell.cell, 0, &cell, ""});
    } else if (cell.settings) {
      families.add(*cell.settings, {cell.cell, 0, nullptr, "no finished member"});
    }
  }
  for (const auto& cell : planned) {
    if (present.count(cell.number) == 0) {
      families.add(cell.settings, {cell.number, 0, nullptr, "no cell that can be read"});
    }
  }
  return families.take();
}

}  // namespace polypath::analysis
