#include "polypath/analysis/foresight.hpp"

#include "field_table.hpp"
#include "report_text.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

namespace polypath::analysis {
namespace {

/// Of all pairs of modes the text has those of so many: a line as wide as a screen.
constexpr Index most_paired_modes = 8;

/// The numbers of a cell as fields, over the members asked for.
class CellFields {
 public:
  CellFields(const CellStatistics& cell, Members members) : cell_(cell), members_(members) {}

  [[nodiscard]] std::string mean(const Quantity& quantity) const {
    const Summary* summary = cell_.find(quantity, members_);
    return summary == nullptr ? "-" : value_and_interval(summary->mean, summary->mean_interval);
  }
  /// Without an interval.
  [[nodiscard]] std::string bare_mean(const Quantity& quantity) const {
    const Summary* summary = cell_.find(quantity, members_);
    return summary == nullptr || std::isnan(summary->mean) ? "-" : number_text(summary->mean, 3);
  }
  /// The members behind a mean.
  [[nodiscard]] std::string count(const Quantity& quantity) const {
    const Summary* summary = cell_.find(quantity, members_);
    return std::to_string(summary == nullptr ? 0 : summary->count);
  }
  [[nodiscard]] const CellStatistics& cell() const { return cell_; }
  [[nodiscard]] Members members() const { return members_; }

 private:
  const CellStatistics& cell_;
  Members members_;
};

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

std::string cell_head(const CellFields& fields) {
  const CellStatistics& cell = fields.cell();
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
                        fields.mean({"off_diagonal_energy", 0, -1, a, 0}));
  }
  if (!cell.diagonal && cell.finished > 0 && cell.pathways > 1) {
    text += fmt::format(", of the sum {}", fields.mean({"sum_off_diagonal_energy", 0, -1, -1, 0}));
  }
  return text + "\n";
}

/// "3 in mode 1, 5 in mode 2": the finished members that learned less of it.
std::string unlearned_text(const CellStatistics& cell) {
  std::vector<std::string> modes;
  for (std::size_t place = 0; place < cell.target.size(); ++place) {
    const auto mode = static_cast<Index>(place) + 1;
    const Index missing = cell.finished - cell.learned_members(mode);
    if (missing > 0) {
      modes.push_back(fmt::format("{} in mode {}", missing, mode));
    }
  }
  return listed(modes);
}

/// What the means above are over, where members did not learn.
std::string remark_on_learning(const CellFields& fields) {
  const std::string unlearned = unlearned_text(fields.cell());
  if (unlearned.empty()) {
    return "";
  }
  return fmt::format(
      "  of {} finished members, less than 99 % was learned by {}; {}\n", fields.cell().finished,
      unlearned,
      fields.members() == Members::all
          ? "they are in the means, not in who wins (analyse --learned leaves them out)"
          : "they are left out");
}

/// How near the members ended to the edge of stability; nothing where no file says.
std::string stability_line(const CellStatistics& cell) {
  const Summary* edge = cell.find({"edge_ratio", 0, -1, -1, 0});
  const Summary* unsettled = cell.find({"not_settled", 0, -1, -1, 0});
  if (edge == nullptr || edge->count == 0) {
    return {};
  }
  std::string text =
      fmt::format("  learning rate over the edge of stability {}, largest {} (n = {})",
                  value_and_interval(edge->mean, edge->mean_interval),
                  number_text(edge->maximum, 3), edge->count);
  if (edge->maximum >= near_the_edge) {
    text += ": EDGE OF STABILITY, where gradient descent can equalise pathways";
  }
  if (unsettled != nullptr && unsettled->count > 0 && unsettled->mean > 0) {
    text += fmt::format("; {:.0f} of {} members not settled",
                        unsettled->mean * static_cast<double>(unsettled->count), unsettled->count);
  }
  return text + "\n";
}

/// Every mean is followed by the number of members behind it.
std::string mode_table(const CellFields& fields) {
  const CellStatistics& cell = fields.cell();
  const Column count{"n", Align::right};
  FieldTable table({{"mode", Align::right},
                    {"group", Align::right},
                    {"target", Align::right},
                    {"learned"},
                    count,
                    {">= 99 %", Align::right},
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
               number_text(cell.target[place], 3), fields.bare_mean(learned), fields.count(learned),
               std::to_string(cell.learned_members(mode)), fields.mean(dominance),
               fields.count(dominance), wins_text(cell, mode), wins_count_text(cell, mode),
               fields.mean(escape), fields.count(escape), fields.bare_mean(parts),
               fields.count(parts)});
  }
  return table.text();
}

std::string group_line(const CellFields& fields, Index group) {
  const auto of = [&](const char* name) {
    const Quantity quantity{name, 0, group, -1, 0};
    return fmt::format("{} (n = {})", fields.mean(quantity), fields.count(quantity));
  };
  const auto size = std::count(fields.cell().group.begin(), fields.cell().group.end(), group);
  std::vector<std::string> shares;
  for (Index order = 1; order <= size; ++order) {
    shares.push_back(fields.mean({"group_direction_share", 0, group, 0, order}));
  }
  return fmt::format(
      "  group {}: dominance of traces {}{}, escape {}; shares of pathway 0 by direction {}\n",
      group, of("group_dominance"),
      fields.cell().pathways > 1 ? fmt::format(", of directions {}", of("group_split")) : "",
      of("group_escape_epoch"), listed(shares));
}

}  // namespace

std::string cell_text(const CellStatistics& cell, Members members) {
  const CellFields fields(cell, members);
  std::string text = cell_head(fields);
  if (cell.finished == 0) {
    return text + "  no finished member yet\n";
  }
  text += stability_line(fields.cell()) + mode_table(fields) + remark_on_learning(fields);
  for (std::size_t place = 1; place < cell.group.size(); ++place) {
    const bool first_repeat = cell.group[place] == cell.group[place - 1] &&
                              (place == 1 || cell.group[place] != cell.group[place - 2]);
    text += first_repeat ? group_line(fields, cell.group[place]) : "";
  }
  return text + same_winner_text(cell);
}

std::string same_winner_text(const CellStatistics& cell) {
  const auto rank = static_cast<Index>(cell.target.size());
  const Index shown = std::min(rank, most_paired_modes);
  std::vector<Column> columns{{"modes", Align::right}};
  for (Index mode = 2; mode <= shown; ++mode) {
    columns.push_back({std::to_string(mode)});
  }
  FieldTable table(columns);
  std::vector<std::string> row;
  std::set<Index> members;
  for (const auto& pair : cell.correlations) {
    if (pair.mode_b > shown) {
      continue;
    }
    if (pair.mode_b == pair.mode_a + 1) {
      row.assign(1, std::to_string(pair.mode_a));
      row.resize(static_cast<std::size_t>(pair.mode_b - 1));
    }
    row.push_back(value_and_interval(pair.same_probability, pair.same_interval));
    members.insert(pair.members);
    if (pair.mode_b == shown) {
      table.add(row);
    }
  }
  if (members.empty() || *members.rbegin() == 0) {
    return "";
  }
  const bool in_groups =
      std::adjacent_find(cell.group.begin(), cell.group.end()) != cell.group.end();
  return fmt::format(
      "  P(one pathway wins both modes), n = {}{}{}\n{}",
      *members.begin() == *members.rbegin()
          ? std::to_string(*members.begin())
          : fmt::format("{} to {}", *members.begin(), *members.rbegin()),
      in_groups ? "; within a group winners depend on the basis chosen in it" : "",
      rank > shown ? fmt::format("; modes beyond {} in --csv and --json", shown) : "",
      table.text());
}

}  // namespace polypath::analysis
