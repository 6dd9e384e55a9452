#include "samples.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace polypath::analysis {

void Samples::add(const std::vector<Measurement>& member) {
  values.resize(std::max(values.size(), member.size()));
  quantities.resize(values.size());
  for (std::size_t i = 0; i < member.size(); ++i) {
    quantities[i] = member[i].quantity;
    values[i].push_back(member[i].value);
  }
}

std::vector<WinnerStatistics> count_winners(const Quantity& quantity,
                                            const std::vector<double>& winners, Index pathways) {
  const auto defined = std::count_if(winners.begin(), winners.end(),
                                     [](double winner) { return std::isfinite(winner); });
  std::vector<WinnerStatistics> result;
  for (Index a = 0; a < pathways; ++a) {
    const auto wins = std::count(winners.begin(), winners.end(), static_cast<double>(a));
    const double probability = defined > 0
                                   ? static_cast<double>(wins) / static_cast<double>(defined)
                                   : std::numeric_limits<double>::quiet_NaN();
    result.push_back({quantity.mode, quantity.group, a, wins, defined, probability,
                      wilson_interval(wins, defined)});
  }
  return result;
}

}  // namespace polypath::analysis
