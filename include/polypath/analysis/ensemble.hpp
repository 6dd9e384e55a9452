#pragma once

#include "polypath/analysis/cell.hpp"
#include "polypath/analysis/run_cells.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace polypath::analysis {

/// A cell that a fit would have with the others, were its dominance known.
struct AbsentCell {
  Index cell = 0;
  double x = 0;     ///< width or depth
  std::string why;  ///< "no cell that can be read", "no finished member", "nothing learned"
};

/// How mean |dominance| of a mode changes over cells that differ in one setting: over those in
/// which it is defined for some member (and, for Members::learned, learned by one).
struct DominanceFit {
  enum class Against { width, depth };
  Against against = Against::width;
  Index mode = 0;
  std::string held;  ///< what the cells have in common, for people
  std::vector<Index> cells;
  std::vector<double> x;       ///< width or depth
  std::vector<double> mean;    ///< of dominance
  std::vector<Index> members;  ///< behind each mean
  std::vector<Index> learned;  ///< those of them that have learned the mode
  std::vector<AbsentCell> absent;
  /// Against width: exponent, d log(mean) / d log(width). Against depth: change of the mean per
  /// layer. By least squares over the cells, each with the same weight.
  double slope = 0;
  double intercept = 0;  ///< of log(mean), of mean
  Interval interval;     ///< of slope: Student's t, its error by the jackknife over seeds
};

/// All fits that the cells allow: two or more widths (depths) with everything else equal except
/// what moves along (epochs, tolerance, precision, seeds, [record]; against width also sigma,
/// either itself or sigma sqrt(width), to 1 %, being held). What of these takes several values at
/// one width (depth), being an axis of its own, makes fits of their own. `held` names activation,
/// depth or width and sigma, and every other setting whose values tell fits apart. By the first of
/// their cells. A seed is left out of all cells together, since a narrow network's initial weights
/// are a corner of the wide one's with the same seed. Modes that no cell has learned have no fit;
/// cells of the plan that are not among `cells` are told as absent.
[[nodiscard]] std::vector<DominanceFit> fit_dominance(const std::vector<CellStatistics>& cells,
                                                      const std::vector<PlannedCell>& planned = {},
                                                      Members members = Members::all);

struct Ensemble {
  std::filesystem::path directory;
  std::vector<CellStatistics> cells;
  std::vector<DominanceFit> fits;                 ///< over all members
  std::vector<DominanceFit> learned_fits;         ///< over those that have learned the mode
  Coverage coverage;                              ///< what of the run is in the cells
  std::vector<std::string> notes;                 ///< what could not be read or is left out
  std::map<std::string, std::string> provenance;  ///< text attributes of the first cell
};

/// Every cell that can be read; what cannot is told in `notes`.
[[nodiscard]] Ensemble analyse_directory(const std::filesystem::path& directory);

/// A table for people.
[[nodiscard]] std::string text_table(const Ensemble& ensemble, Members members = Members::all);
/// One row per cell and quantity (of a mode, a group or the member), with a head line.
/// Probabilities of winning are rows "wins" and, of two modes, "same_winner" (the second one in
/// other_mode) with Wilson's interval. `learned` counts those of the members behind a mean that
/// have learned the mode. The last column, interval_method, says how mean_low and mean_high were
/// had: "student_t", the same on a "_log" or "_logit" scale, "wilson", or nothing where there is no
/// interval.
[[nodiscard]] std::string csv_table(const Ensemble& ensemble, Members members = Members::all);
/// Everything, over all members and over those that have learned; NaN as null, an interval that is
/// undefined as [null, null]. `interval_method` of a mean is as in the CSV, or null.
[[nodiscard]] std::string json_text(const Ensemble& ensemble);

}  // namespace polypath::analysis
