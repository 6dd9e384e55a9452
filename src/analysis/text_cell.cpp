#include "field_table.hpp"
#include "report_text.hpp"

#include <cmath>

#include <fmt/format.h>

namespace polypath::analysis {
namespace {

std::string mean_text(const CellStatistics& cell, const Quantity& quantity) {
  const Summary* summary = cell.find(quantity);
  return summary == nullptr ? "-" : value_and_interval(summary->mean, summary->mean_interval);
}

/// The mean alone.
std::string bare_mean_text(const CellStatistics& cell, const Quantity& quantity) {
  const Summary* summary = cell.find(quantity);
  return summary == nullptr || std::isnan(summary->mean) ? "-" : number_text(summary->mean, 3);
}

/// The members behind a mean.
std::string count_text(const CellStatistics& cell, const Quantity& quantity) {
  const Summary* summary = cell.find(quantity);
  return std::to_string(summary == nullptr ? 0 : summary->count);
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

std::string wins_count_text(const CellStatistics& cell, Index mode) {
  Index members = 0;
  for (const auto& winner : cell.winners) {
    members = winner.mode == mode ? winner.members : members;
  }
  return std::to_string(members);
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

/// Every mean is followed by the number of members behind it.
std::string mode_table(const CellStatistics& cell) {
  const Column count{"n", Align::right};
  FieldTable table({{"mode", Align::right},
                    {"group", Align::right},
                    {"target", Align::right},
                    {"learned"},
                    count,
                    {"|dominance|"},
                    count,
                    {cell.pathways == 2 ? "P(pathway 0 wins)" : "P(wins) of each pathway"},
                    count,
                    {"escape epoch"},
                    count,
                    {"pathways taking part"},
                    count});
  for (std::size_t place = 0; place < cell.target.size(); ++place) {
    const auto mode = static_cast<Index>(place) + 1;
    const auto of = [&](const char* name) {
      return Quantity{name, mode, cell.group[place], -1, 0};
    };
    const Quantity learned = of("learned");
    const Quantity dominance = of("dominance");
    const Quantity escape = of("escape_epoch");
    const Quantity parts = of("participation_ratio");
    table.add({std::to_string(mode), std::to_string(cell.group[place]),
               number_text(cell.target[place], 3), bare_mean_text(cell, learned),
               count_text(cell, learned), mean_text(cell, dominance), count_text(cell, dominance),
               wins_text(cell, mode), wins_count_text(cell, mode), mean_text(cell, escape),
               count_text(cell, escape), bare_mean_text(cell, parts), count_text(cell, parts)});
  }
  return table.text();
}

std::string group_line(const CellStatistics& cell, Index group) {
  const auto of = [&](const char* name) {
    const Quantity quantity{name, 0, group, -1, 0};
    return fmt::format("{} (n = {})", mean_text(cell, quantity), count_text(cell, quantity));
  };
  return fmt::format(
      "  group {}: dominance {}{}, escape {}\n", group, of("group_dominance"),
      cell.pathways == 2 ? fmt::format(", split {}", of("group_split")) : "",  // of two alone
      of("group_escape_epoch"));
}

}  // namespace

std::string cell_text(const CellStatistics& cell) {
  std::string text = cell_head(cell);
  if (cell.finished == 0) {
    return text + "  no finished member yet\n";
  }
  text += mode_table(cell);
  for (std::size_t place = 1; place < cell.group.size(); ++place) {
    const bool first_repeat = cell.group[place] == cell.group[place - 1] &&
                              (place == 1 || cell.group[place] != cell.group[place - 2]);
    text += first_repeat ? group_line(cell, cell.group[place]) : "";
  }
  return text;
}

}  // namespace polypath::analysis
