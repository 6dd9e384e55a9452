#pragma once

#include <string>
#include <vector>

namespace polypath::analysis {

enum class Align { left, right };

struct Column {
  std::string head;
  Align align = Align::left;
};

/// Rows of text under heads, every column as wide as its widest field and two blanks from the next.
class FieldTable {
 public:
  explicit FieldTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// One field a column.
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  /// Every line indented by two blanks, none with blanks at its end.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace polypath::analysis
