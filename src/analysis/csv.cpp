#include "report_text.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace polypath::analysis {
namespace {

/// A field as RFC 4180 wants it.
std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) {
    return text;
  }
  std::string result = "\"";
  for (const char letter : text) {
    result += letter == '"' ? "\"\"" : std::string(1, letter);
  }
  return result + "\"";
}

/// The keys swept in any cell, in order of appearance.
std::vector<std::string> swept_keys(const Ensemble& ensemble) {
  std::vector<std::string> keys;
  for (const auto& cell : ensemble.cells) {
    for (const auto& swept : cell.swept) {
      if (std::find(keys.begin(), keys.end(), swept.key) == keys.end()) {
        keys.push_back(swept.key);
      }
    }
  }
  return keys;
}

std::string swept_value(const CellStatistics& cell, const std::string& key) {
  for (const auto& swept : cell.swept) {
    if (swept.key == key) {
      return quoted(swept.value);
    }
  }
  return "";
}

/// Number, or nothing where it does not apply.
std::string applying(Index value, Index from) { return value >= from ? std::to_string(value) : ""; }

std::string subject(const Quantity& quantity, Index other_mode = 0) {
  return fmt::format("{},{},{},{},{},{}", quantity.name, applying(quantity.mode, 1),
                     applying(other_mode, 1), applying(quantity.group, 0),
                     applying(quantity.pathway, 0), applying(quantity.order, 1));
}

std::string summary_fields(const Summary& summary, Index learned) {
  std::string text = fmt::format("{},{},{}", summary.count, summary.undefined, learned);
  for (const double value :
       {summary.mean, summary.mean_interval.low, summary.mean_interval.high, summary.deviation,
        summary.minimum, summary.quantiles[0], summary.quantiles[1], summary.quantiles[2],
        summary.quantiles[3], summary.quantiles[4], summary.maximum}) {
    text += fmt::format(",{}", number_text(value));
  }
  return text + "," + method_name(summary.method);
}

std::string probability_fields(double probability, const Interval& interval, Index members,
                               Index finished) {
  return fmt::format("{},{},{},{},{},{},,,,,,,,,{}", members, finished - members, members,
                     number_text(probability), number_text(interval.low),
                     number_text(interval.high), members > 0 ? "wilson" : "");
}

}  // namespace

std::string csv_table(const Ensemble& ensemble, Members members) {
  const auto keys = swept_keys(ensemble);
  std::string text = "cell";
  for (const auto& key : keys) {
    text += fmt::format(",{}", quoted(key));
  }
  text +=
      ",quantity,mode,other_mode,group,pathway,order,members,undefined,learned,mean,mean_low,"
      "mean_high,deviation,minimum,q05,q25,q50,q75,q95,maximum,interval_method\n";
  for (const auto& cell : ensemble.cells) {
    std::string start = std::to_string(cell.cell) + ",";
    for (const auto& key : keys) {
      start += fmt::format("{},", swept_value(cell, key));
    }
    for (const auto& statistics : cell.quantities) {
      text += fmt::format("{}{},{}\n", start, subject(statistics.quantity),
                          summary_fields(statistics.over(members), statistics.learned.count));
    }
    for (const auto& winner : cell.winners) {
      const Quantity quantity{winner.mode > 0 ? "wins" : "group_wins", winner.mode, winner.group,
                              winner.pathway, 0};
      text += fmt::format(
          "{}{},{}\n", start, subject(quantity),
          probability_fields(winner.probability, winner.interval, winner.members, cell.finished));
    }
    for (const auto& pair : cell.correlations) {
      text += fmt::format("{}{},{}\n", start, subject({"same_winner", pair.mode_a}, pair.mode_b),
                          probability_fields(pair.same_probability, pair.same_interval,
                                             pair.members, cell.finished));
    }
  }
  return text;
}

}  // namespace polypath::analysis
