#include "polypath/analysis/foresight.hpp"

#include "polypath/analysis/prediction.hpp"
#include "polypath/core/error.hpp"
#include "polypath/core/linalg.hpp"
#include "polypath/train/curvature.hpp"
#include "polypath/train/loss.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <set>

#include <fmt/format.h>

namespace polypath::analysis {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

std::vector<Index> depths_of(const Config& config) {
  std::vector<Index> depths;
  depths.reserve(config.network.pathways.size());
  for (const auto& pathway : config.network.pathways) {
    depths.push_back(static_cast<Index>(pathway.hidden.size()) + 1);
  }
  return depths;
}

/// The map that is learned, in the basis of its right singular vectors.
struct LearnedMap {
  std::vector<double> sigma;  ///< largest first
  Matrix<double> X_V;         ///< examples x modes: x v'_b
};

/// Not U target V^T: unless the inputs are white, the modes' V do not span what the map reads.
LearnedMap learned_map(const Dataset& data, const Modes& modes) {
  ThinSvd svd = thin_svd(multiply_transposed_left(data.y.view(), modes.pseudo_x.view()).view());
  LearnedMap map;
  map.X_V = multiply(data.x.view(), svd.V.view());
  map.sigma = std::move(svd.S);
  return map;
}

/// k of an input direction that the map stretches by `sigma`, in a winner of depth D.
double stretch(double first, double sigma, Index depth) {
  const auto D = static_cast<double>(depth);
  double sum = 0.0;
  for (Index d = 1; d <= depth; ++d) {  // pow(0, 0) = 1: the first layer sees every direction
    sum += std::pow(first, 2.0 * static_cast<double>(depth - d) / D) *
           std::pow(sigma, 2.0 * static_cast<double>(d - 1) / D);
  }
  return sum;
}

/// Of X F F^T X^T with F F^T = sum_b k_b v'_b v'_b^T: k_0 X X^T + sum_b (k_b - k_0) X v'_b v'_b^T
/// X^T, k_0 of the inputs that no mode sees.
double largest_of(const Matrix<double>& x, const LearnedMap& map, double k_0,
                  const std::vector<double>& k) {
  std::vector<double> start(static_cast<std::size_t>(x.rows()));
  std::mt19937_64 bits(1);
  std::generate(start.begin(), start.end(),
                [&] { return static_cast<double>(bits() >> 11U) * 0x1p-53 - 0.5; });
  const auto apply = [&](std::span<const double> vector, std::span<double> result) {
    const auto columns = static_cast<Index>(vector.size());
    const MatrixView<const double> row{vector.data(), 1, columns, columns};
    const Matrix<double> seen = multiply(row, x.view());
    Matrix<double> in_modes = multiply(row, map.X_V.view());
    for (std::size_t b = 0; b < k.size(); ++b) {
      in_modes(0, static_cast<Index>(b)) *= k[b] - k_0;
    }
    const Matrix<double> all = multiply_transposed_right(seen.view(), x.view());
    const Matrix<double> modes = multiply_transposed_right(in_modes.view(), map.X_V.view());
    std::transform(all.elements().begin(), all.elements().end(), modes.elements().begin(),
                   result.begin(), [k_0](double a, double b) { return k_0 * a + b; });
  };
  return largest_eigenvalue(std::move(start), apply);
}

/// 0 where the weights are zero, or so small that the rate of growth is.
double initial_gain(const Config& config, const PathwayConfig& pathway, const Modes& modes) {
  try {
    return configured_gain(config.init, pathway, modes.U.rows());
  } catch (const UsageError&) {
    return 0.0;
  }
}

/// Why there is no closed form; empty where there is one.
std::string why_unknown(const Config& config, const Modes& modes) {
  if (config.network.activation != Activation::linear) {
    return fmt::format("network.activation = \"{}\"", to_string(config.network.activation));
  }
  if (config.network.bias) {
    return "network.bias = true";
  }
  if (config.init.method == InitMethod::file) {
    return "init.method = \"file\"";
  }
  if (modes.rank == 0) {
    return "there is no mode to learn";
  }
  if (!std::isfinite(max_abs(modes.target.view()))) {
    return "the targets are not finite";
  }
  const double sigma = thin_svd(modes.target.view()).S.front();
  for (const auto& pathway : config.network.pathways) {
    const auto depth = static_cast<double>(pathway.hidden.size() + 1);
    const double gain = initial_gain(config, pathway, modes);
    if (!pathway.hidden.empty() && gain > 0.5 * std::pow(sigma, 1.0 / depth)) {
      return fmt::format("an initial gain of {:.2g} is not small", gain);
    }
  }
  return {};
}

EdgeForecast forecast_edge(const Config& config, const Dataset& data, const Modes& modes) {
  EdgeForecast forecast{undefined, undefined, why_unknown(config, modes)};
  if (forecast.unknown.empty()) {
    const double c = loss_factors(config.train.loss, data.examples(), data.outputs()).gradient;
    forecast.edge = 2.0 / (c * single_winner_curvature(data, modes, depths_of(config)));
    forecast.ratio = config.train.learning_rate / forecast.edge;
  }
  return forecast;
}

/// Whether the product flow tells about when modes escape; of tanh to first order.
bool flow_holds(const Config& config, const Modes& modes) {
  constexpr double small_gain = 0.5;
  if (config.network.bias || config.network.activation == Activation::relu ||
      config.init.method == InitMethod::file) {
    return false;
  }
  return config.network.activation == Activation::linear ||
         std::all_of(config.network.pathways.begin(), config.network.pathways.end(),
                     [&](const auto& pathway) {
                       return initial_gain(config, pathway, modes) < small_gain;
                     });
}

/// How many pathways never move.
Index pathways_at_rest(const Config& config, const Modes& modes) {
  return std::count_if(config.network.pathways.begin(), config.network.pathways.end(),
                       [&](const auto& pathway) {
                         const auto depth = static_cast<double>(pathway.hidden.size() + 1);
                         const double gain = initial_gain(config, pathway, modes);
                         return depth > 1 && std::pow(gain, 2.0 * depth - 2.0) == 0.0;
                       });
}

std::vector<LateMode> late_modes(const Config& config, const Dataset& data, const Modes& modes) {
  constexpr double earliest = 0.6;
  std::vector<LateMode> late;
  if (!flow_holds(config, modes)) {
    return late;
  }
  if (const Index at_rest = pathways_at_rest(config, modes); at_rest > 0) {
    if (at_rest < static_cast<Index>(config.network.pathways.size())) {
      return late;  // the flow is not defined for them
    }
    for (Index mode = 0; mode < modes.rank; ++mode) {
      late.push_back({mode + 1, std::numeric_limits<double>::infinity()});
    }
    return late;
  }
  Config linear = config;
  linear.network.activation = Activation::linear;
  const TheoryCell cell = theory_cell(linear, modes, data);
  for (Index mode = 0; mode < modes.rank; ++mode) {
    const double epoch = predict_escape(cell, mode).product_flow;
    if (earliest * epoch > static_cast<double>(config.train.epochs)) {
      late.push_back({mode + 1, epoch});
    }
  }
  return late;
}

/// "1, 2 and 5 to 8".
std::string mode_list(const std::vector<LateMode>& late) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < late.size();) {
    std::size_t end = i + 1;
    while (end < late.size() && late[end].mode == late[end - 1].mode + 1) {
      ++end;
    }
    parts.push_back(end - i == 1 ? fmt::format("{}", late[i].mode)
                                 : fmt::format("{} to {}", late[i].mode, late[end - 1].mode));
    i = end;
  }
  std::string text = parts.front();
  for (std::size_t i = 1; i < parts.size(); ++i) {
    text += (i + 1 == parts.size() ? " and " : ", ") + parts[i];
  }
  return text;
}

}  // namespace

double single_winner_curvature(const Dataset& data, const Modes& modes,
                               const std::vector<Index>& depths) {
  if (modes.rank == 0) {
    return 0.0;
  }
  const LearnedMap map = learned_map(data, modes);
  const auto single_layers = std::count(depths.begin(), depths.end(), Index{1});
  double largest = 0.0;
  for (const Index depth : std::set<Index>(depths.begin(), depths.end())) {
    const auto others = static_cast<double>(single_layers - (depth == 1 ? 1 : 0));
    const double k_0 = others + stretch(map.sigma.front(), 0.0, depth);
    std::vector<double> k;
    k.reserve(map.sigma.size());
    for (const double sigma : map.sigma) {
      k.push_back(others + stretch(map.sigma.front(), sigma, depth));
    }
    largest = std::max(largest, largest_of(data.x, map, k_0, k));
  }
  return largest;
}

Foresight foresee(const Config& config, const Dataset& data, const Modes& modes) {
  return {forecast_edge(config, data, modes), late_modes(config, data, modes)};
}

std::string ratio_text(double ratio) {
  return ratio < 1000.0 ? fmt::format("{:.2f}", ratio) : fmt::format("{:.3g}", ratio);
}

std::string edge_warning(double learning_rate, double ratio) {
  return fmt::format(
      "edge of stability: train.learning_rate = {:.3g} is {} of the largest that gradient "
      "descent bears where one pathway has a mode alone. From there on it oscillates, hands the "
      "mode to the other pathways and may still end with a tiny loss; a rate of {:.2g} (half the "
      "edge; train.epochs in proportion) is safe",
      learning_rate, ratio_text(ratio), 0.5 * learning_rate / ratio);
}

std::string measured_edge_warning(double learning_rate, double ratio) {
  return fmt::format(
      "At the end of training the largest eigenvalue of a member's Hessian puts "
      "train.learning_rate = {:.3g} at {} of the edge of stability (2 over that eigenvalue). "
      "Beyond it gradient descent oscillates and can hand modes from one pathway to the others; a "
      "rate of {:.2g} (half the edge; train.epochs in proportion) is safe there",
      learning_rate, ratio_text(ratio), 0.5 * learning_rate / ratio);
}

std::string late_modes_text(const Foresight& foresight, Index epochs) {
  const auto& late = foresight.late;
  if (late.empty()) {
    return {};
  }
  const auto by_epoch = [](const auto& a, const auto& b) {
    return a.escape_epoch < b.escape_epoch;
  };
  if (std::isinf(late.front().escape_epoch)) {
    return "no mode will ever be learned: with init.sigma this small no weight moves. A larger "
           "init.sigma helps";
  }
  const auto [first, last] = std::minmax_element(late.begin(), late.end(), by_epoch);
  const auto rounded = [](double epoch) {
    return epoch < 1e5 ? fmt::format("{:.0f}", epoch) : fmt::format("{:.2g}", epoch);
  };
  std::string when = rounded(first->escape_epoch);
  if (const std::string end = rounded(last->escape_epoch); end != when) {
    when += " to " + end;
  }
  return fmt::format(
      "mode{} {} will not be learned within train.epochs = {}: by theory {} half the target after "
      "about {} epochs. A larger init.sigma or train.epochs helps",
      late.size() == 1 ? "" : "s", mode_list(late), epochs,
      late.size() == 1 ? "it reaches" : "they reach", when);
}

}  // namespace polypath::analysis
