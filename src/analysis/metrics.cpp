#include "polypath/analysis/member.hpp"
#include "polypath/record/file_names.hpp"

#include "index_statistics.hpp"
#include "quantities.hpp"

#include <limits>

#include <fmt/format.h>

namespace polypath::analysis {
namespace {

// A scale keeps a list of all columns tied to it, which every further column makes longer and an
// attribute of 64 KiB has to hold: the table has these modes, groups and pathways at most.
constexpr Index most_modes = 32;
constexpr Index most_pathways = 8;

/// The column of a measurement, empty for those that the table does not list.
std::string column_of(const Quantity& quantity) {
  const bool many =
      quantity.mode > most_modes || (quantity.mode == 0 && quantity.group >= most_modes);
  if (many || quantity.pathway >= most_pathways) {
    return "";
  }
  std::string name = "metrics/" + quantity.name;
  if (quantity.mode > 0) {
    name += fmt::format("/mode_{}", quantity.mode);
  } else if (quantity.group >= 0) {
    name += fmt::format("/group_{}", quantity.group);
  }
  return quantity.pathway < 0 ? name : fmt::format("{}/pathway_{}", name, quantity.pathway);
}

/// What a column is about: "dominance ...; mode 1, pathway 0".
std::string about(const Quantity& quantity, const std::string& meaning) {
  std::string text = meaning;
  if (quantity.mode > 0) {
    text += fmt::format("; mode {}", quantity.mode);
  } else if (quantity.group >= 0) {
    text += fmt::format("; group {}", quantity.group);
  }
  return quantity.pathway < 0 ? text : fmt::format("{}; pathway {}", text, quantity.pathway);
}

void add_member(const std::vector<Measurement>& member, std::size_t row, std::size_t rows,
                MetricColumns& columns) {
  for (const auto& [quantity, value] : member) {
    const auto listed = index_quantity(quantity);
    const std::string name = listed ? column_of(quantity) : "";
    if (name.empty()) {
      continue;
    }
    const auto [place, added] = columns.try_emplace(name);
    MetricColumn& column = place->second;
    if (added) {
      column.values.assign(rows, std::numeric_limits<double>::quiet_NaN());
      column.meaning = about(quantity, listed->meaning);
      column.units = listed->units;
    }
    column.values[row] = value;
  }
}

}  // namespace

IndexMetrics index_metrics(const std::filesystem::path& directory,
                           const std::vector<MemberRow>& rows) {
  IndexMetrics result;
  IndexStatisticsBuilder statistics;
  std::size_t row = 0;
  while (row < rows.size()) {
    const CellContents cell = read_cell(cell_path(directory / "cells", rows[row].cell));
    const std::size_t first = row;
    Samples samples;
    for (; row < rows.size() && rows[row].cell == rows[first].cell; ++row) {
      if (rows[row].status == MemberStatus::finished) {
        const auto member = measure_member(cell, static_cast<Index>(row - first));
        add_member(member, row, rows.size(), result.members);
        samples.add(member);
      }
    }
    statistics.add_cell(cell, samples);
  }
  result.statistics = statistics.take();
  return result;
}

void rebuild_index_with_metrics(const std::filesystem::path& directory) {
  const auto rows = member_rows(directory);
  const IndexMetrics metrics = index_metrics(directory, rows);
  write_index(directory, rows, metrics.members, metrics.statistics);
}

}  // namespace polypath::analysis
