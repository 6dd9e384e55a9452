#pragma once

#include "polypath/io/file.hpp"
#include "polypath/record/cell_file.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace polypath {

/// The version of the layout below; readers refuse a newer one. Version 1, which they read too, had
/// a scale `record` (0, 1, ...) in the place of the scale `epoch`, and `epoch` along it.
inline constexpr Index cell_schema_version = 2;

/// Records per chunk: about 256 KiB of K for one member, at least one record and at most all.
[[nodiscard]] Index records_per_chunk(const CellHeader& header);

/// Weight matrices of the deepest pathway.
[[nodiscard]] Index deepest_pathway(const CellHeader& header);

/// The chunk of a data set that has a member, a record and the axes `rest`: one member, `records`
/// records and the rest whole, unless that passes 16 MiB (HDF5 allows no 4 GiB); then the rest is
/// halved axis by axis.
[[nodiscard]] Extents record_chunk(Index records, const Extents& rest);

/// One cell's file, laid out and filled. Used by one thread at a time.
class CellFile {
 public:
  /// Writes everything known before training to FOLDER/cell-N.tmp, flushes it and renames it to
  /// FOLDER/cell-N.h5.part. Throws CannotCreate, or IoError (nothing is left behind then).
  CellFile(const std::filesystem::path& folder, const CellHeader& header);

  /// Each of these flushes.
  void write(const RecordBlock& block);
  void write(const InitialLayers& initial);
  void write_result(Index member, const MemberResult& result);
  /// Stamps the end time, closes and renames to FOLDER/cell-N.h5.
  void finish();

 private:
  void write_attributes(Group& root, const CellHeader& header) const;
  void create_scales(Group& root, const CellHeader& header);
  void write_modes(Group& root, const Modes& modes);
  void create_records(Group& root, const CellHeader& header);
  void create_members(Group& root, const CellHeader& header);
  void create_stability(Group& root, std::size_t members);
  void create_reduction(Group& root, const CellHeader& header);
  void create_layers(Group& root, const CellHeader& header);
  /// Layer quantities of a member: of `records` records from `first_record` on, or of epoch 0.
  void write_layers(Index member, Index first_record, Index records, const LayerQuantities& layers);
  void write_reduction(Index member, const ReductionResult& reduction);
  /// The scale of an axis.
  void add_scale(Group& root, const std::string& name, const std::vector<Index>& values,
                 const std::string& meaning, const std::string& units = "1");
  /// A data set whose axes are the named scales.
  DataSet& add(Group& root, const std::string& name, Element element,
               const std::vector<std::string>& axes, const Storage& storage = {});

  std::filesystem::path final_path_;
  std::filesystem::path partial_path_;
  bool diagonal_ = false;
  LayersRecorded layers_ = LayersRecorded::none;
  File file_;
  // Closed before the file, as members are destroyed in reverse.
  std::map<std::string, DataSet, std::less<>> data_sets_;
};

}  // namespace polypath
