#include "portraits.hpp"

#include "polypath/theory/phase_portrait.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace polypath {
namespace {

using theory::Portrait;
using theory::PortraitSettings;

/// Standard deviations of p_a(0) in figure 3, a row each.
constexpr std::array<double, 2> spreads{0.1, 0.01};

bool is_alike(const PortraitSettings& a, const PortraitSettings& b) {
  const auto close = [](double x, double y) { return std::abs(x - y) <= 1e-3 * std::abs(x); };
  return a.depth == b.depth && close(a.gain, b.gain) && close(a.S, b.S);
}

/// The target of the first mode that the equations are made for; 0 without any.
double first_target(const analysis::TheoryCell& cell) {
  for (std::size_t mode = 0; mode < cell.target.size(); ++mode) {
    if (cell.target[mode] > 0 && cell.constant_part[mode] <= analysis::most_constant_part) {
      return cell.target[mode];
    }
  }
  return 0;
}

/// One for every column of the figure, by depth.
std::vector<PortraitSettings> columns(const std::vector<analysis::TheoryCell>& cells) {
  std::vector<PortraitSettings> found;
  for (const auto& cell : cells) {
    for (const auto& pathway : cell.pathways) {
      PortraitSettings settings;
      settings.depth = pathway.depth;
      settings.gain = pathway.gain;
      settings.S = first_target(cell);
      settings.highest = 1.1 * settings.S;
      settings.resolution = settings.S / 100;
      const bool known = std::any_of(found.begin(), found.end(),
                                     [&](const auto& other) { return is_alike(settings, other); });
      if (settings.S > 0 && !known && std::isfinite(settings.gain)) {
        found.push_back(settings);
      }
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.depth < b.depth; });
  return found;
}

/// All panels of a figure in arrays of one shape.
struct Panels {
  std::vector<Index> depth;
  std::vector<double> gain, S, spread;
  std::vector<double> grid;   ///< panel x grid
  std::vector<double> field;  ///< panel x grid (K_2) x grid (K_1) x pathway
  std::vector<Portrait> portraits;

  void add(const PortraitSettings& settings) {
    depth.push_back(settings.depth);
    gain.push_back(settings.gain);
    S.push_back(settings.S);
    spread.push_back(settings.spread);
    Portrait portrait = theory::phase_portrait(settings);
    grid.insert(grid.end(), portrait.axis.begin(), portrait.axis.end());
    for (std::size_t i = 0; i < portrait.field_1.elements().size(); ++i) {
      field.push_back(portrait.field_1.elements()[i]);
      field.push_back(portrait.field_2.elements()[i]);
    }
    portraits.push_back(std::move(portrait));
  }
  [[nodiscard]] std::size_t points() const {
    std::size_t longest = 1;
    for (const auto& portrait : portraits) {
      for (const auto& path : portrait.paths) {
        longest = std::max(longest, path.time.size());
      }
    }
    return longest;
  }
};

/// panel x trajectory x point x pathway (per_point = 2) or without pathway (1), NaN after the end.
template <class Values>
std::vector<double> padded(const Panels& panels, std::size_t per_point, const Values& values) {
  const std::size_t room = panels.points() * per_point;
  std::vector<double> all;
  for (const auto& portrait : panels.portraits) {
    for (const auto& path : portrait.paths) {
      const std::vector<double> own = values(path);
      all.insert(all.end(), own.begin(), own.end());
      all.insert(all.end(), room - own.size(), std::numeric_limits<double>::quiet_NaN());
    }
  }
  return all;
}

void write_panels(NamedArrays& out, const Panels& panels) {
  const PortraitSettings common;
  out.axis("panel", static_cast<Index>(panels.depth.size()), 0, "panel of the figure");
  out.axis("column", common.grid, 0, "grid point along K_1");
  out.axis("row", common.grid, 0, "grid point along K_2");
  out.axis("trajectory", common.trajectories, 0, "trajectory");
  out.axis("point", static_cast<Index>(panels.points()), 0, "point of a trajectory");
  out.axis("pathway", 2, 0, "pathway, from 0");
  out.put("depth", panels.depth, {"panel"}, "weight matrices of each of two equal pathways");
  out.put("gain", panels.gain, {"panel"}, "gain of each layer, sigma sqrt(N); 1 at depth 1");
  out.put("S", panels.S, {"panel"}, "target of the mode: trajectories end on K_1 + K_2 = S");
  out.put("spread", panels.spread, {"panel"}, "standard deviation of p_a(0)");
  out.put("grid", panels.grid, {"panel", "column"},
          "K_1 of a column and K_2 of a row of the field");
  out.put("field", panels.field, {"panel", "row", "column", "pathway"},
          "dK/dt by equation (20), t = c eta epoch");
  out.put("K", padded(panels, 2, [](const auto& path) { return path.K.elements(); }),
          {"panel", "trajectory", "point", "pathway"},
          "trajectories of equation (20); may leave the axes; NaN after the end");
  out.put("p", padded(panels, 2, [](const auto& path) { return path.p.elements(); }),
          {"panel", "trajectory", "point", "pathway"}, "last layer's strength over its gain");
  out.put("time", padded(panels, 1, [](const auto& path) { return path.time; }),
          {"panel", "trajectory", "point"}, "theory time t = c eta epoch");
}

}  // namespace

Index write_portraits(Group& root, const std::vector<analysis::TheoryCell>& cells) {
  Panels panels;
  for (const double spread : spreads) {
    for (PortraitSettings settings : columns(cells)) {
      settings.spread = spread;
      panels.add(settings);
    }
  }
  if (!panels.depth.empty()) {
    NamedArrays out(root.create_group("portrait"));
    write_panels(out, panels);
  }
  return static_cast<Index>(panels.depth.size());
}

}  // namespace polypath
