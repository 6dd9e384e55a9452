#include "agreement.hpp"

#include "polypath/analysis/intervals.hpp"
#include "polypath/analysis/measures.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace polypath::analysis {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

/// Pearson's; NaN for fewer than three pairs or without a spread.
double correlation(const std::vector<double>& x, const std::vector<double>& y) {
  const Summary of_x = summarize(x);
  const Summary of_y = summarize(y);
  if (x.size() < 3 || !(of_x.deviation > 0) || !(of_y.deviation > 0)) {
    return undefined;
  }
  double products = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    products += (x[i] - of_x.mean) * (y[i] - of_y.mean);
  }
  return products / (static_cast<double>(x.size() - 1) * of_x.deviation * of_y.deviation);
}

/// Final shares of one mode, pathway x member, of the members with both.
struct Splits {
  std::vector<std::vector<double>> predicted;
  std::vector<std::vector<double>> simulated;
};

Splits splits_of(const CellPredictions& cell, Index pathways, Index modes, Index mode,
                 double target) {
  Splits result{std::vector<std::vector<double>>(static_cast<std::size_t>(pathways)),
                std::vector<std::vector<double>>(static_cast<std::size_t>(pathways))};
  const auto shares_of = [&](const std::vector<double>& final_K, Index member) {
    std::vector<double> K;
    for (Index a = 0; a < pathways; ++a) {
      K.push_back(final_K[static_cast<std::size_t>((member * pathways + a) * modes + mode)]);
    }
    return shares(K, target);
  };
  for (Index member = 0; member < static_cast<Index>(cell.seed.size()); ++member) {
    const auto predicted = shares_of(cell.final_K, member);
    const auto simulated = shares_of(cell.final_simulated, member);
    if (winner(predicted) < 0 || winner(simulated) < 0) {
      continue;
    }
    for (std::size_t a = 0; a < predicted.size(); ++a) {
      result.predicted[a].push_back(predicted[a]);
      result.simulated[a].push_back(simulated[a]);
    }
  }
  return result;
}

Agreement agreement_of(const CellPredictions& cell, Index pathways, Index modes, Index mode,
                       double target) {
  const Splits splits = splits_of(cell, pathways, modes, mode, target);
  Agreement result;
  result.members = static_cast<Index>(splits.predicted.front().size());
  double sum = 0;
  for (std::size_t a = 0; a < splits.predicted.size(); ++a) {
    sum += correlation(splits.predicted[a], splits.simulated[a]);
  }
  result.split_correlation = pathways > 1 ? sum / static_cast<double>(pathways) : undefined;
  std::vector<double> ratios;
  for (std::size_t member = 0; member < cell.seed.size(); ++member) {
    const std::size_t place =
        member * static_cast<std::size_t>(modes) + static_cast<std::size_t>(mode);
    const Index won = cell.winner_simulated[place];
    result.same_winner += won >= 0 && won == cell.winner[place] ? 1 : 0;
    ratios.push_back(cell.escape_simulated[place] / cell.escape[place]);
  }
  result.escape_ratio = summarize(ratios).mean;
  return result;
}

/// Of a number per mode, as far as eight modes go.
template <class Value>
std::string by_mode(const std::vector<Agreement>& modes, const Value& value) {
  constexpr std::size_t most = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(modes.size(), most); ++i) {
    const double number = value(modes[i]);
    text += i == 0 ? "" : ", ";
    text += std::isnan(number) ? "-" : fmt::format("{:.2f}", number);
  }
  return text;
}

/// What was measured at width 1000 with configs/theory_trust.toml: correlation of predicted and
/// simulated split, from measured gains.
struct Measured {
  Index depth = 0;
  double gain = 0;
  std::array<double, 3> modes{};  ///< modes 1, 2 and 8 of the hierarchy
};
constexpr std::array<Measured, 9> measured_table{{{2, 0.1, {1.00, 1.00, 1.00}},
                                                  {2, 0.316, {1.00, 1.00, 1.00}},
                                                  {2, 1.0, {1.00, 1.00, 1.00}},
                                                  {3, 0.1, {0.96, 0.70, 0.59}},
                                                  {3, 0.316, {0.97, 0.99, 0.97}},
                                                  {3, 1.0, {0.98, 0.99, 1.00}},
                                                  {4, 0.1, {0.89, 0.51, 0.18}},
                                                  {4, 0.316, {0.96, 0.93, 0.68}},
                                                  {4, 1.0, {0.96, 0.99, 0.99}}}};

/// By depth, then by the ratio of gains.
const Measured& nearest(Index depth, double gain) {
  const auto distance = [&](const Measured& row) {
    return std::pair(std::abs(row.depth - depth), std::abs(std::log(row.gain / gain)));
  };
  return *std::min_element(measured_table.begin(), measured_table.end(),
                           [&](const auto& a, const auto& b) { return distance(a) < distance(b); });
}

}  // namespace

std::vector<Agreement> agreements(const CellPredictions& predictions, Index pathways,
                                  const std::vector<double>& targets) {
  const auto modes = static_cast<Index>(targets.size());
  std::vector<Agreement> result;
  for (Index mode = 0; mode < modes; ++mode) {
    result.push_back(
        agreement_of(predictions, pathways, modes, mode, targets[static_cast<std::size_t>(mode)]));
  }
  return result;
}

std::string trust_text(const CellPredictions& predictions) {
  const auto& modes = predictions.agreement;
  Index members = 0;
  for (const auto& mode : modes) {
    members = std::max(members, mode.members);
  }
  if (members == 0) {
    return "no member of this run has both a predicted and a simulated split to compare";
  }
  return fmt::format(
      "measured in this run over {} member{}, mode by mode from 1: correlation of predicted and "
      "simulated split {}; part of them that the predicted pathway wins {}; simulated over "
      "predicted "
      "escape epoch {}",
      members, members == 1 ? "" : "s",
      by_mode(modes, [](const Agreement& mode) { return mode.split_correlation; }),
      by_mode(modes,
              [](const Agreement& mode) {
                return mode.members > 0 ? static_cast<double>(mode.same_winner) /
                                              static_cast<double>(mode.members)
                                        : undefined;
              }),
      by_mode(modes, [](const Agreement& mode) { return mode.escape_ratio; }));
}

std::string trust_text(const TheoryCell& theory) {
  const auto deepest =
      std::max_element(theory.pathways.begin(), theory.pathways.end(),
                       [](const auto& a, const auto& b) { return a.depth < b.depth; });
  if (deepest == theory.pathways.end() || deepest->depth < 2) {
    return "at depth 1 the equations are exact";
  }
  const double gain = std::isnan(deepest->gain) ? 1.0 : deepest->gain;
  const Measured& row = nearest(deepest->depth, gain);
  return fmt::format(
      "not measured for these settings (D = {}, gain {:.3g}); nearest of a table: D = {}, gain {}, "
      "two pathways of width 1000: predicted and simulated split correlate with {:.2f}, {:.2f}, "
      "{:.2f} "
      "in modes 1, 2 and 8 of the hierarchy, from measured gains; give polypath theory an output "
      "directory and it measures its own",
      deepest->depth, gain, row.depth, row.gain, row.modes[0], row.modes[1], row.modes[2]);
}

}  // namespace polypath::analysis
