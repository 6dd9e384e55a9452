#include "field_table.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace polypath::analysis {

std::string FieldTable::text() const {
  std::vector<std::string> heads;
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    heads.push_back(columns_[c].head);
    widths.push_back(columns_[c].head.size());
    for (const auto& row : rows_) {
      widths[c] = std::max(widths[c], row.at(c).size());
    }
  }
  const auto line = [&](const std::vector<std::string>& row) {
    std::string result;
    for (std::size_t c = 0; c < row.size(); ++c) {
      result += columns_[c].align == Align::right ? fmt::format("  {:>{}}", row[c], widths[c])
                                                  : fmt::format("  {:<{}}", row[c], widths[c]);
    }
    return result.substr(0, result.find_last_not_of(' ') + 1) + "\n";
  };
  std::string result = line(heads);
  for (const auto& row : rows_) {
    result += line(row);
  }
  return result;
}

}  // namespace polypath::analysis
