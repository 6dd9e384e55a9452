#include "samples.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace polypath::analysis {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

double part(Index count, Index of) {
  return of > 0 ? static_cast<double>(count) / static_cast<double>(of) : undefined;
}

/// The winners of two modes over the members that have both.
struct Pair {
  std::vector<Index> wins_a;  ///< of each pathway
  std::vector<Index> wins_b;
  Index same = 0;
  Index members = 0;
};

Pair count_pair(const std::vector<double>& winners_a, const std::vector<double>& winners_b,
                Index pathways) {
  Pair pair;
  pair.wins_a.resize(static_cast<std::size_t>(pathways));
  pair.wins_b.resize(static_cast<std::size_t>(pathways));
  for (std::size_t m = 0; m < winners_a.size(); ++m) {
    if (std::isfinite(winners_a[m]) && std::isfinite(winners_b[m])) {
      ++pair.wins_a[static_cast<std::size_t>(winners_a[m])];
      ++pair.wins_b[static_cast<std::size_t>(winners_b[m])];
      pair.same += winners_a[m] == winners_b[m] ? 1 : 0;
      ++pair.members;
    }
  }
  return pair;
}

/// 1 - sum_a p_a^2, 0 for a mode that one pathway wins in every member.
double spread(const std::vector<Index>& wins, Index members) {
  if (std::count(wins.begin(), wins.end(), members) > 0) {
    return 0;
  }
  double result = 1;
  for (const Index count : wins) {
    result -= part(count, members) * part(count, members);
  }
  return result;
}

WinnerCorrelation correlate(const Quantity& a, const Quantity& b, const Pair& pair) {
  WinnerCorrelation result;
  result.mode_a = a.mode;
  result.mode_b = b.mode;
  result.members = pair.members;
  result.same = pair.same;
  result.same_probability = part(pair.same, pair.members);
  result.same_interval = wilson_interval(pair.same, pair.members);
  result.chance = pair.members > 0 ? 0 : undefined;
  for (std::size_t pathway = 0; pathway < pair.wins_a.size(); ++pathway) {
    result.chance +=
        part(pair.wins_a[pathway], pair.members) * part(pair.wins_b[pathway], pair.members);
  }
  const double scale =
      std::sqrt(spread(pair.wins_a, pair.members) * spread(pair.wins_b, pair.members));
  const auto carried = [&](double probability) {
    const double value = (probability - result.chance) / scale;
    return scale > 0 ? std::clamp(value, -1.0, 1.0) : undefined;
  };
  result.correlation = carried(result.same_probability);
  result.interval = {carried(result.same_interval.low), carried(result.same_interval.high)};
  return result;
}

}  // namespace

std::vector<WinnerStatistics> count_winners(const Quantity& quantity,
                                            const std::vector<double>& winners, Index pathways) {
  const auto defined = std::count_if(winners.begin(), winners.end(),
                                     [](double winner) { return std::isfinite(winner); });
  std::vector<WinnerStatistics> result;
  for (Index a = 0; a < pathways; ++a) {
    const auto wins = std::count(winners.begin(), winners.end(), static_cast<double>(a));
    result.push_back({quantity.mode, quantity.group, a, wins, defined, part(wins, defined),
                      wilson_interval(wins, defined)});
  }
  return result;
}

std::vector<WinnerCorrelation> correlate_winners(const Samples& samples, Index pathways) {
  std::vector<std::size_t> modes;
  for (std::size_t i = 0; i < samples.quantities.size() && pathways > 1; ++i) {
    if (samples.quantities[i].name == "winner") {
      modes.push_back(i);
    }
  }
  std::vector<WinnerCorrelation> result;
  for (std::size_t i = 0; i < modes.size(); ++i) {
    for (std::size_t j = i + 1; j < modes.size(); ++j) {
      result.push_back(
          correlate(samples.quantities[modes[i]], samples.quantities[modes[j]],
                    count_pair(samples.values[modes[i]], samples.values[modes[j]], pathways)));
    }
  }
  return result;
}

}  // namespace polypath::analysis
