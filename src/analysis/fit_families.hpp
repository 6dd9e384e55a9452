#pragma once

#include "polypath/analysis/ensemble.hpp"

#include <string>
#include <vector>

namespace polypath::analysis {

/// A cell of the run as fits see it.
struct FitCell {
  Index number = 0;
  double x = 0;                                ///< width or depth
  const CellStatistics* statistics = nullptr;  ///< null: without a finished member
  std::string why;                             ///< statistics is null
  const CellSettings* settings = nullptr;
};

/// Cells that differ in width (depth) alone, but for what moves along with it (epochs, tolerance,
/// precision, seeds, what is recorded); by x. Of what takes several values at one x, a family has
/// one, which `held` names.
struct FitFamily {
  std::string held;  ///< what they have in common, for people
  std::vector<FitCell> cells;
};

/// The families with statistics at two or more different x, each with its cells that have none.
/// They refer to `cells` and `planned`.
[[nodiscard]] std::vector<FitFamily> fit_families(const std::vector<CellStatistics>& cells,
                                                  const std::vector<PlannedCell>& planned,
                                                  DominanceFit::Against against);

}  // namespace polypath::analysis
