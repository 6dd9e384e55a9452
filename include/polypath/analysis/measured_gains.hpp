#pragma once

#include "polypath/record/cell_reader.hpp"
#include "polypath/theory/mode_problem.hpp"

#include <optional>
#include <vector>

namespace polypath::analysis {

/// The gains that a member's own layers had at epoch 0, as the theory takes them: for each pathway
/// and mode that of isometric layers with the same plateau rate (theory::plateau_rate,
/// effective_gain). They come from the layer quantities in the member's file (record.layers).
class MeasuredGains {
 public:
  /// `configured`: one per pathway; its gain stands in where none was recorded or the layers let
  /// nothing of a mode through. Throws as read_cell.
  MeasuredGains(const CellContents& cell, Index member,
                std::vector<theory::TheoryPathway> configured);

  /// The pathways with the gains of this mode, from 0. A pathway of depth 1 keeps its configured
  /// gain, which drops out of every equation.
  [[nodiscard]] std::vector<theory::TheoryPathway> of_mode(Index mode) const;

 private:
  [[nodiscard]] std::vector<double> of_layers(const std::vector<double>& values, Index pathway,
                                              Index mode) const;

  std::vector<theory::TheoryPathway> configured_;
  Index layers_;
  Index modes_;
  std::optional<LayerQuantities> measured_;
};

}  // namespace polypath::analysis
