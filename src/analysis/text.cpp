#include "report_text.hpp"

#include <cmath>

#include <fmt/format.h>

namespace polypath::analysis {
namespace {

std::string value_and_interval(double value, const Interval& interval) {
  if (std::isnan(value)) {
    return "-";
  }
  if (std::isnan(interval.low)) {
    return number_text(value, 3);
  }
  return fmt::format("{} [{}, {}]", number_text(value, 3), number_text(interval.low, 3),
                     number_text(interval.high, 3));
}

std::string mean_text(const CellStatistics& cell, const Quantity& quantity) {
  const Summary* summary = cell.find(quantity);
  return summary == nullptr ? "-" : value_and_interval(summary->mean, summary->mean_interval);
}

/// P(winner = pathway 0), which says it all of two pathways; else of every pathway.
std::string wins_text(const CellStatistics& cell, Index mode) {
  std::string text;
  for (const auto& winner : cell.winners) {
    if (winner.mode == mode && (cell.pathways != 2 || winner.pathway == 0)) {
      text += text.empty() ? "" : "; ";
      text += value_and_interval(winner.probability, winner.interval);
    }
  }
  return text;
}

std::string cell_head(const CellStatistics& cell) {
  std::string text = fmt::format("cell {}", cell.cell);
  for (const auto& swept : cell.swept) {
    text += fmt::format("  {} = {}", swept.key, swept.value);
  }
  text += fmt::format("\n  {} of {} members", cell.finished, cell.members);
  if (cell.diverged > 0) {
    text += fmt::format(", {} diverged", cell.diverged);
  }
  if (cell.unfinished > 0) {
    text += fmt::format(", {} unfinished", cell.unfinished);
  }
  for (Index a = 0; a < cell.pathways && !cell.diagonal && cell.finished > 0; ++a) {
    text += fmt::format("{}{}", a == 0 ? "; off-diagonal energy " : ", ",
                        mean_text(cell, {"off_diagonal_energy", 0, -1, a, 0}));
  }
  return text + "\n";
}

std::string mode_line(const CellStatistics& cell, std::size_t place) {
  const auto mode = static_cast<Index>(place) + 1;
  const auto of = [&](const char* name) {
    return mean_text(cell, {name, mode, cell.group[place], -1, 0});
  };
  return fmt::format("  {:>4} {:>6} {:>7}  {:<8} {:<22} {:<20} {:<25} {}\n", mode,
                     cell.group[place], number_text(cell.target[place], 3),
                     of("learned").substr(0, of("learned").find(' ')), of("dominance"),
                     wins_text(cell, mode), of("escape_epoch"),
                     of("participation_ratio").substr(0, of("participation_ratio").find(' ')));
}

std::string group_line(const CellStatistics& cell, Index group) {
  const auto of = [&](const char* name) { return mean_text(cell, {name, 0, group, -1, 0}); };
  return fmt::format("  group {}: dominance {}, split {}, escape {}\n", group,
                     of("group_dominance"), of("group_split"), of("group_escape_epoch"));
}

std::string cell_text(const CellStatistics& cell) {
  std::string text = cell_head(cell);
  if (cell.finished == 0) {
    return text + "  no finished member yet\n";
  }
  text += fmt::format("  {:>4} {:>6} {:>7}  {:<8} {:<22} {:<20} {:<25} {}\n", "mode", "group",
                      "target", "learned", "|dominance|", "P(pathway 0 wins)", "escape epoch",
                      "pathways taking part");
  for (std::size_t place = 0; place < cell.target.size(); ++place) {
    text += mode_line(cell, place);
  }
  for (std::size_t place = 1; place < cell.group.size(); ++place) {
    const bool first_repeat = cell.group[place] == cell.group[place - 1] &&
                              (place == 1 || cell.group[place] != cell.group[place - 2]);
    text += first_repeat ? group_line(cell, cell.group[place]) : "";
  }
  return text;
}

std::string fit_text(const DominanceFit& fit) {
  const bool width = fit.against == DominanceFit::Against::width;
  return fmt::format("  mode {}: {} {} ({}; {} {} to {})\n", fit.mode,
                     width ? "dominance ~ N^" : "change of dominance per layer",
                     value_and_interval(fit.slope, fit.interval), fit.held, width ? "N" : "D",
                     number_text(fit.x.front(), 6), number_text(fit.x.back(), 6));
}

}  // namespace

std::string number_text(double value, int digits) {
  if (std::isnan(value)) {
    return "nan";
  }
  return digits > 0 ? fmt::format("{:.{}g}", value, digits) : fmt::format("{}", value);
}

std::string against_name(DominanceFit::Against against) {
  return against == DominanceFit::Against::width ? "width" : "depth";
}

std::string text_table(const Ensemble& ensemble) {
  std::string text =
      fmt::format("{}\nmean over members [95 % interval: bootstrap; of probabilities: Wilson]\n",
                  ensemble.directory.string());
  for (const auto& cell : ensemble.cells) {
    text += fmt::format("\n{}", cell_text(cell));
  }
  for (const auto against : {DominanceFit::Against::width, DominanceFit::Against::depth}) {
    bool first = true;
    for (const auto& fit : ensemble.fits) {
      if (fit.against == against) {
        text += first ? fmt::format("\nmean |dominance| against {}\n", against_name(against)) : "";
        text += fit_text(fit);
        first = false;
      }
    }
  }
  for (const auto& note : ensemble.notes) {
    text += (&note == &ensemble.notes.front() ? "\nnote: " : "note: ") + note + "\n";
  }
  return text;
}

}  // namespace polypath::analysis
