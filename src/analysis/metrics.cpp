#include "polypath/analysis/member.hpp"
#include "polypath/record/file_names.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include <fmt/format.h>

namespace polypath::analysis {
namespace {

constexpr std::array<const char*, 5> mode_metrics{"dominance", "signed_dominance", "winner",
                                                  "learned", "escape_epoch"};

/// The column of a measurement, empty for those that the index does not list.
std::string column_of(const Quantity& quantity) {
  if (quantity.name == "off_diagonal_energy") {
    return fmt::format("metrics/{}/pathway_{}", quantity.name, quantity.pathway);
  }
  const bool listed = quantity.mode > 0 && std::find(mode_metrics.begin(), mode_metrics.end(),
                                                     quantity.name) != mode_metrics.end();
  return listed ? fmt::format("metrics/{}/mode_{}", quantity.name, quantity.mode) : "";
}

}  // namespace

MetricColumns member_metrics(const std::filesystem::path& directory,
                             const std::vector<MemberRow>& rows) {
  MetricColumns columns;
  std::optional<CellContents> cell;
  Index member = 0;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (!cell || cell->cell != rows[row].cell) {
      cell = read_cell(cell_path(directory / "cells", rows[row].cell));
      member = 0;
    }
    if (rows[row].status == MemberStatus::finished) {
      for (const auto& [quantity, value] : measure_member(*cell, member)) {
        const std::string name = column_of(quantity);
        if (!name.empty()) {
          auto& column = columns[name];
          column.resize(rows.size(), std::numeric_limits<double>::quiet_NaN());
          column[row] = value;
        }
      }
    }
    ++member;
  }
  return columns;
}

void rebuild_index_with_metrics(const std::filesystem::path& directory) {
  const auto rows = member_rows(directory);
  write_index(directory, rows, member_metrics(directory, rows));
}

}  // namespace polypath::analysis
