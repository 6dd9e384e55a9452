#pragma once

#include "polypath/config/config.hpp"
#include "polypath/record/cell_reader.hpp"
#include "polypath/train/observer.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace polypath {

/// Version 1 had links to the cell files in a group `cells` in the place of the column cell_file.
inline constexpr Index index_schema_version = 2;

/// One member of one finished cell: a row of DIR/index.h5.
struct MemberRow {
  Index cell = 0;
  std::uint64_t seed = 0;
  MemberStatus status = MemberStatus::unfinished;
  Index epochs_done = 0;
  Index stopped_epoch = -1;
  double final_loss = 0.0;
  double edge_ratio = 0.0;
  Settled settled = Settled::unknown;
  std::vector<SweptValue> swept;
};

/// A further column of the table of members.
struct MetricColumn {
  std::vector<double> values;  ///< one per row
  std::string meaning;
  std::string units = "1";
};
using MetricColumns = std::map<std::string, MetricColumn>;  ///< by name

/// An axis of arrays over cells: numbers, or else labels.
struct IndexAxis {
  std::string name;
  std::string meaning;
  std::vector<Index> numbers;
  std::vector<std::string> labels;
};

/// One array, its last axis fastest.
struct IndexArray {
  std::string name;
  std::vector<std::string> axes;
  std::vector<double> values;
  std::string meaning;
  std::string units = "1";
};

/// What is known of whole cells.
struct IndexStatistics {
  std::vector<IndexAxis> axes;
  std::vector<IndexArray> arrays;
};

/// The rows of a cell's members.
[[nodiscard]] std::vector<MemberRow> member_rows(const CellContents& cell);
/// The rows of every finished cell in DIR/cells, by cell and member.
[[nodiscard]] std::vector<MemberRow> member_rows(const std::filesystem::path& directory);

/// Writes DIR/index.h5 through a temporary name: group `members` with one-dimensional data sets
/// (cell, cell_file, seed, status, epochs_done, stopped_epoch, final_loss, edge_ratio, settled,
/// swept/<key>, metrics), group `statistics` with the arrays of that name, unless there are none. A
/// swept column is float64 when all its values are numbers, else text. Throws CannotCreate or
/// IoError.
void write_index(const std::filesystem::path& directory, const std::vector<MemberRow>& rows,
                 const MetricColumns& metrics = {}, const IndexStatistics& statistics = {});

/// Writes the index anew from the cell files, which it is derived from.
void rebuild_index(const std::filesystem::path& directory);

}  // namespace polypath
