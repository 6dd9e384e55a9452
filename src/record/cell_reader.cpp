#include "polypath/record/cell_reader.hpp"

#include "polypath/core/error.hpp"
#include "polypath/io/file.hpp"
#include "polypath/io/guard.hpp"

#include "cell_schema.hpp"
#include "layer_schema.hpp"
#include "swept_json.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace polypath {
namespace {

void check_schema(const Group& root) {
  if (!has_attribute(root.handle(), "schema_version", root.where())) {
    throw BadData(
        fmt::format("{} is not a cell file of polypath (no schema_version)", root.where()));
  }
  const Index version = read_index_attribute(root.handle(), "schema_version", root.where());
  if (version < 1 || version > cell_schema_version) {
    throw BadData(
        fmt::format("{} has layout {}, and this program reads layouts 1 to {}; use the version "
                    "of polypath that made it",
                    root.where(), version, cell_schema_version));
  }
}

template <class T>
std::vector<T> numbers(const Group& root, const std::string& name) {
  return root.open_data_set(name).read<T>();
}

Matrix<double> matrix(const Group& root, const std::string& name) {
  const DataSet data_set = root.open_data_set(name);
  const Extents extents = data_set.extents();
  if (extents.size() != 2) {
    throw BadData(fmt::format("{} is not two-dimensional", data_set.where()));
  }
  Matrix<double> result(extents[0], extents[1]);
  const auto values = data_set.read<double>();
  std::copy(values.begin(), values.end(), result.data());
  return result;
}

void read_stability(const Group& root, CellContents& cell) {
  cell.edge_ratio.assign(cell.seeds.size(), std::numeric_limits<double>::quiet_NaN());
  cell.settled.assign(cell.seeds.size(), Settled::unknown);
  if (!root.has_data_set("edge_ratio") || !root.has_data_set("settled")) {
    return;  // a file from before these were measured
  }
  cell.edge_ratio = numbers<double>(root, "edge_ratio");
  const auto settled = numbers<std::int8_t>(root, "settled");
  std::transform(settled.begin(), settled.end(), cell.settled.begin(),
                 [](std::int8_t flag) { return static_cast<Settled>(flag); });
}

void read_members(const Group& root, CellContents& cell) {
  cell.epochs = numbers<Index>(root, "epoch");
  cell.seeds = numbers<std::uint64_t>(root, "seed");
  for (const auto status : numbers<std::int8_t>(root, "status")) {
    cell.status.push_back(static_cast<MemberStatus>(status));
  }
  cell.stopped_epoch = numbers<Index>(root, "stopped_epoch");
  cell.final_loss = numbers<double>(root, "final_loss");
  cell.loss = matrix(root, "loss");
  read_stability(root, cell);
}

void read_modes(const Group& root, CellContents& cell) {
  cell.U = matrix(root, "U");
  cell.S = numbers<double>(root, "S");
  cell.V = matrix(root, "V");
  cell.target = matrix(root, "target");
  cell.group = numbers<Index>(root, "mode_group");
}

/// The path itself, or the finished name of a `.h5.part` that has gone meanwhile.
std::filesystem::path present_path(const std::filesystem::path& path) {
  if (path.extension() == ".part" && !std::filesystem::exists(path)) {
    auto finished = path;
    return finished.replace_extension();
  }
  return path;
}

File open_cell(const std::filesystem::path& path) {
  const auto present = present_path(path);
  return File::open(present, present.extension() == ".part"
                                 ? "should no run be writing it, the same polypath run command "
                                   "trains the cell again"
                                 : "delete it: the same polypath run command trains the cell "
                                   "again");
}

std::vector<double> read_member(const std::filesystem::path& path, const std::string& name,
                                Index member) {
  const Hdf5Guard guard;
  const File file = open_cell(path);
  const DataSet data_set = file.root().open_data_set(name);
  Extents count = data_set.extents();
  Extents first(count.size(), 0);
  first.at(0) = member;
  count.at(0) = 1;
  return data_set.read<double>(first, count);
}

/// Files from before record.layers hold none.
void find_layers(const Group& root, CellContents& cell) {
  if (!root.has_data_set("layer") || !root.has_data_set("gain")) {
    return;
  }
  const auto axes = root.open_data_set("gain").extents().size();
  cell.layers = root.open_data_set("layer").extents().at(0);
  constexpr std::size_t axes_with_record = 5;
  cell.layers_recorded = axes == axes_with_record ? LayersRecorded::all : LayersRecorded::initial;
}

}  // namespace

std::string CellContents::attribute(const std::string& name, const std::string& otherwise) const {
  const auto found = attributes.find(name);
  return found == attributes.end() ? otherwise : found->second;
}

Index CellContents::epochs_done(Index member) const {
  const auto m = static_cast<std::size_t>(member);
  if (stopped_epoch.at(m) >= 0) {
    return stopped_epoch[m];
  }
  if (status.at(m) == MemberStatus::finished && !epochs.empty()) {
    return epochs.back();
  }
  Index done = 0;
  for (Index record = 0; record < records(); ++record) {
    if (!std::isnan(loss(member, record))) {
      done = epochs[static_cast<std::size_t>(record)];
    }
  }
  return done;
}

std::vector<double> CellContents::read_K(Index member) const {
  return read_member(path, diagonal ? "K_diagonal" : "K", member);
}

std::vector<double> CellContents::read_outside(Index member) const {
  return read_member(path, "outside", member);
}

LayerQuantities CellContents::read_layers(Index member, Index record) const {
  const Hdf5Guard guard;
  const File file = open_cell(path);
  const Group root = file.root();
  const bool all = layers_recorded == LayersRecorded::all;
  LayerQuantities result;
  for (const auto& array : layer_data_sets()) {
    if (!all && !array.at_start) {
      continue;
    }
    const DataSet data_set = root.open_data_set(array.name);
    Extents count = data_set.extents();
    Extents first(count.size(), 0);
    first.at(0) = member;
    count.at(0) = 1;
    if (all) {
      first.at(1) = record;
      count.at(1) = 1;
    }
    result.*array.values = data_set.read<double>(first, count);
  }
  return result;
}

CellContents read_cell(const std::filesystem::path& path) {
  const Hdf5Guard guard;
  CellContents cell;
  cell.path = path;
  const File file = open_cell(path);
  const Group root = file.root();
  check_schema(root);
  cell.cell = read_index_attribute(root.handle(), "cell", root.where());
  cell.rank = read_index_attribute(root.handle(), "rank", root.where());
  cell.attributes = read_text_attributes(root.handle(), root.where());
  cell.swept = swept_from_json(cell.attributes["swept"]);
  cell.pathways = root.open_data_set("pathway").extents().at(0);
  cell.diagonal = root.has_data_set("K_diagonal");
  find_layers(root, cell);
  read_members(root, cell);
  read_modes(root, cell);
  return cell;
}

}  // namespace polypath
