#pragma once

#include "polypath/config/config.hpp"
#include "polypath/core/matrix.hpp"
#include "polypath/train/layer_quantities.hpp"
#include "polypath/train/observer.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace polypath {

/// A finished or growing cell file, read back. K is left in the file until it is asked for.
struct CellContents {
  std::filesystem::path path;
  Index cell = 0;
  Index rank = 0;
  Index pathways = 0;
  bool diagonal = false;                                  ///< K_diagonal was recorded instead of K
  LayersRecorded layers_recorded = LayersRecorded::none;  ///< what the file holds
  Index layers = 0;  ///< length of the layer axis; 0 where layers_recorded is none
  /// Every root attribute that is text: resolved_config, settings_hash, swept, backend, ...
  std::map<std::string, std::string> attributes;
  std::vector<SweptValue> swept;

  std::vector<Index> epochs;         ///< record
  std::vector<std::uint64_t> seeds;  ///< member
  std::vector<MemberStatus> status;  ///< member
  std::vector<Index> stopped_epoch;  ///< member; -1 before it has stopped
  std::vector<double> final_loss;    ///< member; NaN before it has stopped
  std::vector<double> edge_ratio;    ///< member; NaN where unknown, as in files from before it
  std::vector<Settled> settled;      ///< member; likewise
  Matrix<double> loss;               ///< member x record; NaN where not written
  Matrix<double> U;                  ///< outputs x modes
  std::vector<double> S;             ///< modes
  Matrix<double> V;                  ///< inputs x modes
  Matrix<double> target;             ///< modes x modes
  std::vector<Index> group;          ///< modes

  [[nodiscard]] Index members() const { return static_cast<Index>(seeds.size()); }
  [[nodiscard]] Index records() const { return static_cast<Index>(epochs.size()); }
  [[nodiscard]] Index modes() const { return static_cast<Index>(S.size()); }
  /// The text attribute of that name, or `otherwise` where the file has none.
  [[nodiscard]] std::string attribute(const std::string& name, const std::string& otherwise) const;
  /// Epochs that a member has behind it as far as the file tells.
  [[nodiscard]] Index epochs_done(Index member) const;

  /// record x pathway x mode x mode_in, or record x pathway x mode when `diagonal`. Opens the file
  /// again (also under its final name, should it have been finished since); throws as read_cell.
  [[nodiscard]] std::vector<double> read_K(Index member) const;
  /// record x pathway.
  [[nodiscard]] std::vector<double> read_outside(Index member) const;
  /// The layer quantities of a member at a record; where layers_recorded is `initial`, at record 0
  /// alone and without balance_drift. Where it is none there are none to be read.
  [[nodiscard]] LayerQuantities read_layers(Index member, Index record = 0) const;
};

/// Throws MissingInput (no such file), BadData (not a cell file, damaged, or of a newer schema) or
/// IoError (unreadable, which a file that grows meanwhile can be for a moment: try again).
[[nodiscard]] CellContents read_cell(const std::filesystem::path& path);

}  // namespace polypath
