#include "fit_families.hpp"

#include <algorithm>
#include <iterator>
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

struct NamedSetting {
  std::string name;
  std::string value;  ///< the shortest text that tells numbers apart
};
using NamedSettings = std::vector<NamedSetting>;

template <class T>
std::string text_of(const T& value) {
  return fmt::format("{}", value);
}

/// What cells of one fit must agree in, besides what the kind of fit adds: every setting but
/// depth, width, sigma and `loose_settings`.
NamedSettings common_settings(const Config& config) {
  const DataConfig& data = config.data;
  return {{"task", to_string(data.task)},
          {"levels", text_of(data.levels)},
          {"branching", text_of(data.branching)},
          {"examples", text_of(data.examples)},
          {"inputs", text_of(data.inputs)},
          {"outputs", text_of(data.outputs)},
          {"singular_values", fmt::format("[{}]", fmt::join(data.singular_values, ", "))},
          {"data.seed", text_of(data.seed)},
          {"data.file", data.file},
          {"whiten", text_of(data.whiten)},
          {"correlation", to_string(data.correlation)},
          {"pathways", text_of(config.network.pathways.size())},
          {"activation", to_string(config.network.activation)},
          {"activation_after_output", text_of(config.network.activation_after_output)},
          {"bias", text_of(config.network.bias)},
          {"init.method", to_string(config.init.method)},
          {"init.scheme", to_string(config.init.scheme)},
          {"learning_rate", text_of(config.train.learning_rate)},
          {"loss", to_string(config.train.loss)}};
}

/// Settings that may move along with depth or width: what `common_settings` leaves out, but for
/// depth, width and sigma.
NamedSettings loose_settings(const Config& config) {
  return {{"epochs", text_of(config.train.epochs)},
          {"tolerance", text_of(config.init.tolerance)},
          {"precision", to_string(config.train.precision)},
          {"first seed", text_of(config.init.seed)},
          {"seeds", text_of(config.sweep.seeds)},
          {"record.every", config.record.every > 0 ? text_of(config.record.every) : "log"},
          {"record.modes", to_string(config.record.modes)},
          {"record.layers", to_string(config.record.layers)},
          {"record.weights", to_string(config.record.weights)}};
}

std::string joined(const NamedSettings& settings) {
  std::string text;
  for (const auto& setting : settings) {
    text += setting.name + "=" + setting.value + "|";
  }
  return text;
}

using Cells = std::vector<FitCell>;

/// Numbers (of loose_settings) of those that take several values at one x. `cells` is by x.
std::vector<std::size_t> ambiguous_settings(const Cells& cells) {
  std::set<std::size_t> found;
  for (std::size_t i = 1; i < cells.size(); ++i) {
    for (std::size_t j = i; j > 0 && cells[j - 1].x == cells[i].x; --j) {
      const auto here = loose_settings(cells[i].settings->config);
      const auto there = loose_settings(cells[j - 1].settings->config);
      for (std::size_t k = 0; k < here.size(); ++k) {
        if (here[k].value != there[k].value) {
          found.insert(k);
        }
      }
    }
  }
  return {found.begin(), found.end()};
}

/// Adds to what families hold the common settings that they differ in, which activation, depth,
/// width and sigma do not tell.
void name_differences(std::vector<FitFamily>& families) {
  std::vector<NamedSettings> all;
  all.reserve(families.size());
  for (const auto& family : families) {
    all.push_back(common_settings(family.cells.front().settings->config));
  }
  for (std::size_t k = 0; !all.empty() && k < all.front().size(); ++k) {
    const bool differs = std::any_of(all.begin(), all.end(), [&](const NamedSettings& settings) {
      return settings[k].value != all.front()[k].value;
    });
    const bool told = all.front()[k].name == "activation";
    for (std::size_t i = 0; differs && !told && i < all.size(); ++i) {
      families[i].held += fmt::format(", {} = {}", all[i][k].name, all[i][k].value);
    }
  }
}

/// By the first cell of each; families of the same cells stay in order.
void sort_by_cells(std::vector<FitFamily>& families) {
  const auto first = [](const FitFamily& family) {
    const auto least =
        std::min_element(family.cells.begin(), family.cells.end(),
                         [](const FitCell& a, const FitCell& b) { return a.number < b.number; });
    return least->number;
  };
  std::stable_sort(families.begin(), families.end(),
                   [&](const auto& a, const auto& b) { return first(a) < first(b); });
}

/// The family as it is, or a family for every set of values of what would be mixed at one x.
std::vector<FitFamily> split(const FitFamily& family) {
  const auto ambiguous = ambiguous_settings(family.cells);
  std::map<std::string, FitFamily> parts;
  std::vector<FitFamily> result;
  for (const auto& cell : family.cells) {
    const auto settings = loose_settings(cell.settings->config);
    std::string held = family.held;
    for (const std::size_t k : ambiguous) {
      held += fmt::format(", {} = {}", settings[k].name, settings[k].value);
    }
    auto& part = parts[held];
    part.held = held;
    part.cells.push_back(cell);
  }
  result.reserve(parts.size());
  for (auto& [held, part] : parts) {
    result.push_back(std::move(part));
  }
  return result;
}

bool has_two_places(const FitFamily& family) {
  std::set<double> different;
  for (const auto& cell : family.cells) {
    if (cell.statistics != nullptr) {
      different.insert(cell.x);
    }
  }
  return different.size() > 1;
}

/// Gains are products of a width and a sigma that people round to three digits or so; what is
/// nearer than this counts as one gain.
constexpr double same_gain = 0.01;

/// Cells with the same key make one fit.
struct FitKey {
  std::string settings;
  double order = 0;   ///< by which they are listed: depth, width
  std::string start;  ///< what they have in common but for `value`, for people
  std::string name;   ///< of the number held: sigma, sigma sqrt(N)
  double value = 0;
  bool operator<(const FitKey& other) const {
    return std::tie(settings, order, start, name, value) <
           std::tie(other.settings, other.order, other.start, other.name, other.value);
  }
  [[nodiscard]] bool is_beside(const FitKey& other) const {
    return std::tie(settings, order, start, name) ==
           std::tie(other.settings, other.order, other.start, other.name);
  }
};

bool is_usable(const CellSettings& settings, Against against) {
  return settings.width && settings.config.network.pathways.size() > 1 &&
         settings.config.init.method != InitMethod::file &&
         (against == Against::width || settings.depth);
}

/// The fits that a cell is part of.
std::vector<FitKey> keys_of(const CellSettings& settings, Against against) {
  const std::string common = joined(common_settings(settings.config));
  const std::string activation = to_string(settings.config.network.activation);
  const double sigma = settings.config.init.sigma;
  if (against == Against::depth) {
    const double width = settings.width.value_or(0.0);  // is_usable: there is one
    return {{common, width, fmt::format("{}, N = {:g}", activation, width), "sigma", sigma}};
  }
  const std::string start = fmt::format("{}, {}", activation, depths_text(settings));
  const double depth = settings.depth ? static_cast<double>(*settings.depth) : 0.0;
  std::vector<FitKey> keys{{common, depth, start, "sigma", sigma}};
  if (settings.config.init.scheme != InitScheme::scaled) {
    keys.push_back({common, depth, start, "sigma sqrt(N)", *settings.gain});
  }
  return keys;
}

std::string held_text(const FitKey& key) {
  return key.name == "sigma" ? fmt::format("{}, sigma = {}", key.start, key.value)
                             : fmt::format("{}, {} = {:.3g}", key.start, key.name, key.value);
}

class Families {
 public:
  explicit Families(Against against) : against_(against) {}

  void add(const CellSettings& settings, FitCell cell) {
    if (is_usable(settings, against_)) {
      cell.x = against_ == Against::width ? settings.width.value_or(0.0)
                                          : static_cast<double>(settings.depth.value_or(0));
      cell.settings = &settings;
      for (const auto& key : keys_of(settings, against_)) {
        groups_[key].push_back(cell);
      }
    }
  }

  [[nodiscard]] std::vector<FitFamily> take() {
    join_gains();
    std::vector<FitFamily> result;
    for (auto& [key, cells] : groups_) {
      std::stable_sort(cells.begin(), cells.end(),
                       [](const auto& a, const auto& b) { return a.x < b.x; });
      for (auto& family : split({held_text(key), cells})) {
        if (has_two_places(family)) {
          result.push_back(std::move(family));
        }
      }
    }
    name_differences(result);
    sort_by_cells(result);
    return result;
  }

 private:
  /// Moves cells whose gain is another one's but for rounding to the group of the smallest.
  void join_gains() {
    auto first = groups_.begin();
    while (first != groups_.end()) {
      const auto next = std::next(first);
      const bool same = next != groups_.end() && first->first.name != "sigma" &&
                        first->first.is_beside(next->first) &&
                        next->first.value <= (1 + same_gain) * first->first.value;
      if (same) {
        first->second.insert(first->second.end(), next->second.begin(), next->second.end());
        groups_.erase(next);
      } else {
        first = next;
      }
    }
  }

  Against against_;
  std::map<FitKey, Cells> groups_;
};

}  // namespace

std::vector<FitFamily> fit_families(const std::vector<CellStatistics>& cells,
                                    const std::vector<PlannedCell>& planned, Against against) {
  Families families(against);
  std::set<Index> present;
  for (const auto& cell : cells) {
    present.insert(cell.cell);
    if (cell.settings && cell.finished > 0) {
      families.add(*cell.settings, {cell.cell, 0, &cell, "", nullptr});
    } else if (cell.settings) {
      families.add(*cell.settings, {cell.cell, 0, nullptr, "no finished member", nullptr});
    }
  }
  for (const auto& cell : planned) {
    if (present.count(cell.number) == 0) {
      families.add(cell.settings, {cell.number, 0, nullptr, "no cell that can be read", nullptr});
    }
  }
  return families.take();
}

}  // namespace polypath::analysis
