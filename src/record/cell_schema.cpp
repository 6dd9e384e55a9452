#include "cell_schema.hpp"

#include "polypath/core/build_info.hpp"
#include "polypath/core/error.hpp"
#include "polypath/io/guard.hpp"
#include "polypath/record/file_names.hpp"

#include "swept_json.hpp"
#include "timestamp.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include <fmt/format.h>

namespace polypath {
namespace {

constexpr Index chunk_bytes = Index{256} * 1024;
constexpr Index largest_chunk_bytes = Index{16} * 1024 * 1024;
constexpr double not_yet = std::numeric_limits<double>::quiet_NaN();

std::filesystem::path temporary_path(const std::filesystem::path& folder, Index cell) {
  return folder / (cell_name(cell) + ".tmp");
}

Index mode_count(const CellHeader& header) { return static_cast<Index>(header.modes.S.size()); }

Index record_count(const CellHeader& header) { return static_cast<Index>(header.epochs.size()); }

bool is_diagonal(const CellHeader& header) {
  return header.config.config.record.modes == ModesRecorded::diagonal;
}

bool is_reduced(const CellHeader& header) {
  return polypath::is_reduced(header.config.config.init.method);
}

std::filesystem::path made_folder(const std::filesystem::path& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) {
    throw CannotCreate(
        fmt::format("cannot create the folder '{}' ({}); choose another output "
                    "directory",
                    folder.string(), failure.message()));
  }
  return folder;
}

}  // namespace

Index deepest_pathway(const CellHeader& header) {
  std::size_t depth = 0;
  for (const auto& pathway : header.config.config.network.pathways) {
    depth = std::max(depth, pathway.hidden.size() + 1);
  }
  return static_cast<Index>(depth);
}

Index records_per_chunk(const CellHeader& header) {
  const Index modes = mode_count(header);
  Index numbers = header.pathways * modes * (is_diagonal(header) ? 1 : modes);
  if (header.config.config.record.layers == LayersRecorded::all) {
    numbers = std::max(numbers, header.pathways * deepest_pathway(header) * modes);
  }
  const Index fitting = chunk_bytes / std::max<Index>(1, numbers * bytes_of(Element::float64));
  return std::max<Index>(1, std::min(fitting, record_count(header)));
}

Extents record_chunk(Index records, const Extents& rest) {
  Extents chunk{1, records};
  chunk.insert(chunk.end(), rest.begin(), rest.end());
  for (std::size_t axis = 2; axis < chunk.size(); ++axis) {
    while (chunk[axis] > 1 &&
           elements_in(chunk) * bytes_of(Element::float64) > largest_chunk_bytes) {
      chunk[axis] = (chunk[axis] + 1) / 2;
    }
  }
  return chunk;
}

CellFile::CellFile(const std::filesystem::path& folder, const CellHeader& header)
    : final_path_(cell_path(made_folder(folder), header.cell)),
      partial_path_(partial_cell_path(folder, header.cell)),
      diagonal_(is_diagonal(header)),
      layers_(header.config.config.record.layers),
      file_(File::create(temporary_path(folder, header.cell), final_path_)) {
  const auto temporary = temporary_path(folder, header.cell);
  try {
    {
      const Hdf5Guard guard;
      Group root = file_.root();
      write_attributes(root, header);
      create_scales(root, header);
      write_modes(root, header.modes);
      create_members(root, header);
      create_records(root, header);
      if (is_reduced(header)) {
        create_reduction(root, header);
      }
      create_layers(root, header);
      file_.flush();
    }
    publish_file(temporary, partial_path_);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    throw;
  }
}

void CellFile::write_attributes(Group& root, const CellHeader& header) const {
  const auto put = [&](const std::string& name, const auto& value) {
    write_attribute(root.handle(), name, value, root.where());
  };
  for (const auto& [name, fact] : header.facts) {
    std::visit([&, &key = name](const auto& value) { put(key, value); }, fact);
  }
  const BuildInfo& build = build_info();
  put("schema_version", cell_schema_version);
  put("title", std::string("Learning dynamics of a multi-pathway network: one cell of a sweep"));
  put("cell", header.cell);
  put("rank", header.modes.rank);
  put("resolved_config", header.config.resolved);
  put("settings_hash", settings_hash(header.config.resolved));
  put("swept", swept_to_json(header.config.swept));
  put("program_version", build.version);
  put("git_revision", build.git_revision);
  put("compiler", build.compiler);
  put("start_time", utc_timestamp());
  put("end_time", std::string());
}

DataSet& CellFile::add(Group& root, const std::string& name, Element element,
                       const std::vector<std::string>& axes, const Storage& storage) {
  Extents extents;
  for (const auto& axis : axes) {
    extents.push_back(data_sets_.at(axis).extents().front());
  }
  DataSet data_set = root.create_data_set(name, element, extents, storage);
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    data_set.attach_scale(static_cast<Index>(axis), data_sets_.at(axes[axis]));
  }
  return data_sets_.insert_or_assign(name, std::move(data_set)).first->second;
}

void CellFile::add_scale(Group& root, const std::string& name, const std::vector<Index>& values,
                         const std::string& meaning, const std::string& units) {
  DataSet scale = root.create_data_set(name, Element::int64, {static_cast<Index>(values.size())});
  scale.write(values);
  scale.describe(meaning, units);
  scale.make_scale(name);
  data_sets_.insert_or_assign(name, std::move(scale));
}

void CellFile::create_scales(Group& root, const CellHeader& header) {
  const Index modes = mode_count(header);
  const auto members = static_cast<Index>(header.seeds.size());
  add_scale(root, "member", counted(members, 0), "member of the ensemble");
  add_scale(root, "epoch", header.epochs,
            "epoch of the record: gradient-descent steps done before it", "epoch");
  add_scale(root, "pathway", counted(header.pathways, 0), "pathway, from 0");
  add_scale(root, "mode", counted(modes, 1), "singular mode at the output (column of U), from 1");
  add_scale(root, "mode_in", counted(modes, 1), "singular mode at the input (column of V), from 1");
  add_scale(root, "output", counted(header.modes.U.rows(), 0), "output unit");
  add_scale(root, "input", counted(header.modes.V.rows(), 0), "input unit");
}

void CellFile::write_modes(Group& root, const Modes& modes) {
  const auto put = [&](const std::string& name, const std::vector<double>& values,
                       const std::vector<std::string>& axes, const std::string& meaning) {
    DataSet& data_set = add(root, name, Element::float64, axes);
    data_set.write(values);
    data_set.describe(meaning, "1");
  };
  put("U", modes.U.elements(), {"output", "mode"}, "left singular vectors of Sigma_yx");
  put("S", modes.S, {"mode"}, "singular values of Sigma_yx, largest first");
  put("V", modes.V.elements(), {"input", "mode"}, "right singular vectors of Sigma_yx");
  put("target", modes.target.elements(), {"mode", "mode_in"},
      "what the sum of K over the pathways tends to in a linear network");
  DataSet& group = add(root, "mode_group", Element::int64, {"mode"});
  group.write(modes.group);
  group.describe("modes of equal singular value share a number", "1");
}

void CellFile::create_members(Group& root, const CellHeader& header) {
  const std::size_t members = header.seeds.size();
  DataSet& seed = add(root, "seed", Element::uint64, {"member"});
  seed.write(header.seeds);
  seed.describe("seed of the member's initial weights", "1");

  DataSet& status = add(root, "status", Element::int8, {"member"});
  status.write(
      std::vector<std::int8_t>(members, static_cast<std::int8_t>(MemberStatus::unfinished)));
  status.describe("how the member's training ended", "1");
  write_attribute(status.handle(), "flag_values", std::vector<std::int8_t>{0, 1, 2},
                  status.where());
  write_attribute(status.handle(), "flag_meanings", std::string("finished diverged unfinished"),
                  status.where());

  DataSet& stopped = add(root, "stopped_epoch", Element::int64, {"member"});
  stopped.write(std::vector<Index>(members, -1));
  stopped.describe("epoch at which the member stopped; -1 before it has", "epoch");

  DataSet& final_loss = add(root, "final_loss", Element::float64, {"member"});
  final_loss.write(std::vector<double>(members, not_yet));
  final_loss.describe("loss at the end of training", "1");
  create_stability(root, members);
}

void CellFile::create_stability(Group& root, std::size_t members) {
  DataSet& edge_ratio = add(root, "edge_ratio", Element::float64, {"member"});
  edge_ratio.write(std::vector<double>(members, not_yet));
  edge_ratio.describe(
      "learning_rate times the largest Hessian eigenvalue at the end of training over 2; from 1 "
      "on, "
      "the edge of stability, gradient descent moves away from this point; NaN for members that "
      "diverged or did not finish",
      "1");

  DataSet& settled = add(root, "settled", Element::int8, {"member"});
  settled.write(std::vector<std::int8_t>(members, static_cast<std::int8_t>(Settled::unknown)));
  settled.describe(
      "whether the loss only fell, or was at rest, over the last tenth of the epochs; unknown for "
      "members that diverged or did not finish",
      "1");
  write_attribute(settled.handle(), "flag_values", std::vector<std::int8_t>{0, 1, 2},
                  settled.where());
  write_attribute(settled.handle(), "flag_meanings", std::string("not_settled settled unknown"),
                  settled.where());
}

void CellFile::create_records(Group& root, const CellHeader& header) {
  const Index modes = mode_count(header);
  const Index records = records_per_chunk(header);
  const auto create = [&](const std::string& name, const std::vector<std::string>& rest_axes,
                          const Extents& rest, const std::string& meaning) {
    std::vector<std::string> axes{"member", "epoch"};
    axes.insert(axes.end(), rest_axes.begin(), rest_axes.end());
    add(root, name, Element::float64, axes, {record_chunk(records, rest)}).describe(meaning, "1");
  };
  create("loss", {}, {}, "training loss, as configured; NaN where not recorded");
  create("outside", {"pathway"}, {header.pathways},
         "Frobenius norm of what a pathway does outside the modes");
  if (diagonal_) {
    create("K_diagonal", {"pathway", "mode"}, {header.pathways, modes},
           "strength of each mode in each pathway: the diagonal of K; NaN where not recorded");
  } else {
    create("K", {"pathway", "mode", "mode_in"}, {header.pathways, modes, modes},
           "a pathway's input-output map in the singular modes; NaN where not recorded");
  }
}

void CellFile::write(const RecordBlock& block) {
  const Hdf5Guard guard;
  if (block.records > 0) {
    const auto put = [&](std::string_view name, const std::vector<double>& values) {
      DataSet& data_set = data_sets_.find(name)->second;
      Extents count = data_set.extents();
      Extents first(count.size(), 0);
      first[0] = block.member;
      count[0] = 1;
      first[1] = block.first_record;
      count[1] = block.records;
      data_set.write(std::span<const double>(values), first, count);
    };
    put("loss", block.loss);
    put("outside", block.outside);
    put(diagonal_ ? "K_diagonal" : "K", block.K);
    if (layers_ == LayersRecorded::all) {
      write_layers(block.member, block.first_record, block.records, block.layers);
    }
  }
  file_.flush();
}

void CellFile::write_result(Index member, const MemberResult& result) {
  const Hdf5Guard guard;
  const auto put = [&](std::string_view name, auto value) {
    data_sets_.find(name)->second.write(std::span<const decltype(value)>(&value, 1), {member}, {1});
  };
  put("stopped_epoch", result.stopped_epoch);
  put("final_loss", result.final_loss);
  put("edge_ratio", result.edge_ratio);
  put("settled", static_cast<std::int8_t>(result.settled));
  if (result.reduction) {
    write_reduction(member, *result.reduction);
  }
  put("status", static_cast<std::int8_t>(result.status));
  file_.flush();
}

void CellFile::finish() {
  {
    const Hdf5Guard guard;
    const Group root = file_.root();
    write_attribute(root.handle(), "end_time", utc_timestamp(), root.where());
  }
  for (auto& [name, data_set] : data_sets_) {
    data_set.close();
  }
  file_.close();
  publish_file(partial_path_, final_path_);
}

}  // namespace polypath
