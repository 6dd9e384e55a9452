#include "polypath/analysis/cell.hpp"
#include "polypath/core/error.hpp"

#include <algorithm>
#include <cmath>

namespace polypath::analysis {
namespace {

/// The width that all hidden layers share; none where they differ or there are none.
std::optional<double> common_width(const NetworkConfig& network) {
  std::optional<Index> width;
  for (const auto& pathway : network.pathways) {
    for (const Index units : pathway.hidden) {
      if (width && *width != units) {
        return {};
      }
      width = units;
    }
  }
  return width ? std::optional<double>(static_cast<double>(*width)) : std::nullopt;
}

std::optional<double> common_gain(const Config& config, std::optional<double> width) {
  if (!width || config.init.method == InitMethod::file) {
    return {};
  }
  return config.init.scheme == InitScheme::scaled ? config.init.sigma
                                                  : config.init.sigma * std::sqrt(*width);
}

}  // namespace

CellSettings cell_settings(const Config& config) {
  CellSettings settings;
  settings.config = config;
  for (const auto& pathway : config.network.pathways) {
    settings.depths.push_back(static_cast<Index>(pathway.hidden.size()) + 1);
  }
  const auto [low, high] = std::minmax_element(settings.depths.begin(), settings.depths.end());
  if (low != settings.depths.end() && *low == *high) {
    settings.depth = *low;
  }
  settings.width = common_width(config.network);
  settings.gain = common_gain(config, settings.width);
  return settings;
}

std::optional<CellSettings> cell_settings(const CellContents& cell) {
  const auto text = cell.attributes.find("resolved_config");
  if (text == cell.attributes.end()) {
    return {};
  }
  try {
    return cell_settings(parse_config(text->second, cell.path.string(), "").cells.at(0).config);
  } catch (const Error&) {
    return {};
  }
}

}  // namespace polypath::analysis
