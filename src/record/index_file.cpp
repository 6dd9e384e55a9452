#include "polypath/record/index_file.hpp"

#include "polypath/core/build_info.hpp"
#include "polypath/core/error.hpp"
#include "polypath/io/file.hpp"
#include "polypath/io/guard.hpp"
#include "polypath/record/file_names.hpp"

#include "index_statistics.hpp"
#include "swept_json.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include <fmt/format.h>

namespace polypath {
namespace {

/// Writes the columns of one table, each tied to the scale `row`.
class Table {
 public:
  Table(Group& group, Index rows)
      : group_(group), rows_(rows), scale_(group.create_data_set("row", Element::int64, {rows})) {
    scale_.write(counted(rows, 0));
    scale_.describe("one member of one cell", "1");
    scale_.make_scale("row");
  }

  template <ElementType T>
  DataSet column(const std::string& name, const std::vector<T>& values, const std::string& meaning,
                 const std::string& units = "1") {
    DataSet data_set = group_.create_data_set(name, element_of<T>, {rows_});
    data_set.write(values);
    return finished(std::move(data_set), meaning, units);
  }

  DataSet text_column(const std::string& name, const std::vector<std::string>& values,
                      const std::string& meaning) {
    return finished(group_.create_text_data_set(name, values), meaning, "1");
  }

 private:
  DataSet finished(DataSet data_set, const std::string& meaning, const std::string& units) {
    data_set.describe(meaning, units);
    data_set.attach_scale(0, scale_);
    return data_set;
  }

  Group& group_;
  Index rows_;
  DataSet scale_;
};

template <class T, class Choose>
std::vector<T> collect(const std::vector<MemberRow>& rows, const Choose& choose) {
  std::vector<T> values;
  values.reserve(rows.size());
  std::transform(rows.begin(), rows.end(), std::back_inserter(values), choose);
  return values;
}

void write_fixed_columns(Table& table, const std::vector<MemberRow>& rows) {
  table.column("cell", collect<Index>(rows, [](const auto& row) { return row.cell; }),
               "number of the cell");
  table.text_column(
      "cell_file",
      collect<std::string>(
          rows, [](const auto& row) { return cell_path("cells", row.cell).generic_string(); }),
      "file of the cell, from the output directory");
  table.column("seed", collect<std::uint64_t>(rows, [](const auto& row) { return row.seed; }),
               "seed of the member's initial weights");
  const DataSet status =
      table.column("status",
                   collect<std::int8_t>(
                       rows, [](const auto& row) { return static_cast<std::int8_t>(row.status); }),
                   "how the member's training ended");
  write_attribute(status.handle(), "flag_values", std::vector<std::int8_t>{0, 1, 2},
                  status.where());
  write_attribute(status.handle(), "flag_meanings", std::string("finished diverged unfinished"),
                  status.where());
  table.column("epochs_done", collect<Index>(rows, [](const auto& row) { return row.epochs_done; }),
               "epochs trained", "epoch");
  table.column("stopped_epoch",
               collect<Index>(rows, [](const auto& row) { return row.stopped_epoch; }),
               "epoch at which the member stopped; -1 before it has", "epoch");
  table.column("final_loss", collect<double>(rows, [](const auto& row) { return row.final_loss; }),
               "loss at the end of training");
  table.column("edge_ratio", collect<double>(rows, [](const auto& row) { return row.edge_ratio; }),
               "learning_rate times the largest Hessian eigenvalue at the end over 2");
  const DataSet settled =
      table.column("settled",
                   collect<std::int8_t>(
                       rows, [](const auto& row) { return static_cast<std::int8_t>(row.settled); }),
                   "whether the loss only fell, or was at rest, over the last tenth of the epochs");
  write_attribute(settled.handle(), "flag_values", std::vector<std::int8_t>{0, 1, 2},
                  settled.where());
  write_attribute(settled.handle(), "flag_meanings", std::string("not_settled settled unknown"),
                  settled.where());
}

/// The value of `key` in a row; none when the row was not swept along it.
const std::string* find_swept(const MemberRow& row, const std::string& key) {
  const auto found = std::find_if(row.swept.begin(), row.swept.end(),
                                  [&](const auto& value) { return value.key == key; });
  return found == row.swept.end() ? nullptr : &found->value;
}

void write_swept_column(Table& table, const std::vector<MemberRow>& rows, const std::string& key) {
  std::vector<double> numbers;
  std::vector<std::string> texts;
  bool numeric = true;
  for (const auto& row : rows) {
    const std::string* value = find_swept(row, key);
    double number = std::numeric_limits<double>::quiet_NaN();
    numeric = numeric && (value == nullptr || swept_number(*value, number));
    numbers.push_back(number);
    texts.push_back(value == nullptr ? "" : swept_text(*value));
  }
  const std::string meaning = "swept setting " + key;
  if (numeric) {
    table.column("swept/" + key, numbers, meaning);
  } else {
    table.text_column("swept/" + key, texts, meaning);
  }
}

void write_members(Group& group, const std::vector<MemberRow>& rows, const MetricColumns& metrics) {
  Table table(group, static_cast<Index>(rows.size()));
  write_fixed_columns(table, rows);
  std::set<std::string> keys;
  for (const auto& row : rows) {
    for (const auto& value : row.swept) {
      if (keys.insert(value.key).second) {
        write_swept_column(table, rows, value.key);
      }
    }
  }
  for (const auto& [name, metric] : metrics) {
    if (metric.values.size() != rows.size()) {
      throw InternalError(fmt::format("metric {} has {} values for {} members", name,
                                      metric.values.size(), rows.size()));
    }
    table.column(name, metric.values, metric.meaning, metric.units);
  }
}

void fill_index(const std::filesystem::path& temporary, const std::filesystem::path& final_path,
                const std::vector<MemberRow>& rows, const MetricColumns& metrics,
                const IndexStatistics& statistics) {
  const Hdf5Guard guard;
  File file = File::create(temporary, final_path);
  {
    Group root = file.root();
    write_attribute(root.handle(), "schema_version", index_schema_version, root.where());
    write_attribute(root.handle(), "title",
                    std::string("Members of a sweep; derived from the cell files"), root.where());
    write_attribute(root.handle(), "program_version", build_info().version, root.where());
    Group members = root.create_group("members");
    write_members(members, rows, metrics);
    if (!statistics.arrays.empty()) {
      Group group = root.create_group("statistics");
      write_statistics(group, statistics);
    }
  }
  file.close();
}

}  // namespace

std::vector<MemberRow> member_rows(const CellContents& cell) {
  std::vector<MemberRow> rows;
  for (Index member = 0; member < cell.members(); ++member) {
    const auto m = static_cast<std::size_t>(member);
    rows.push_back({cell.cell, cell.seeds[m], cell.status[m], cell.epochs_done(member),
                    cell.stopped_epoch[m], cell.final_loss[m], cell.edge_ratio[m], cell.settled[m],
                    cell.swept});
  }
  return rows;
}

std::vector<MemberRow> member_rows(const std::filesystem::path& directory) {
  std::set<std::filesystem::path> finished;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(directory / "cells", missing)) {
    if (cell_number(entry.path()) >= 0 && entry.path().extension() == ".h5") {
      finished.insert(entry.path());
    }
  }
  std::vector<MemberRow> rows;
  for (const auto& path : finished) {
    const CellContents cell = read_cell(path);
    if (cell.cell != cell_number(path)) {
      continue;  // a copy under another cell's name, which would count twice
    }
    const auto more = member_rows(cell);
    rows.insert(rows.end(), more.begin(), more.end());
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.cell < b.cell; });
  return rows;
}

void write_index(const std::filesystem::path& directory, const std::vector<MemberRow>& rows,
                 const MetricColumns& metrics, const IndexStatistics& statistics) {
  const auto final_path = directory / "index.h5";
  const auto temporary = directory / "index.h5.tmp";
  try {
    fill_index(temporary, final_path, rows, metrics, statistics);
    publish_file(temporary, final_path);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    throw;
  }
}

void rebuild_index(const std::filesystem::path& directory) {
  write_index(directory, member_rows(directory));
}

}  // namespace polypath
