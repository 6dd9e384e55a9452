#pragma once

#include "polypath/config/config.hpp"
#include "polypath/core/matrix.hpp"
#include "polypath/data/dataset.hpp"
#include "polypath/data/modes.hpp"
#include "polypath/record/cell_reader.hpp"
#include "polypath/theory/mode_problem.hpp"

#include <optional>
#include <string>
#include <vector>

namespace polypath::analysis {

/// The theory's view of a cell: what the reduced equations of its modes need.
struct TheoryCell {
  /// Depth and configured gain; a gain of NaN: the members' own, measured ones alone are known.
  std::vector<theory::TheoryPathway> pathways;
  std::vector<double> target;          ///< rank: T
  std::vector<double> time_per_epoch;  ///< rank: theory time t in an epoch; NaN where T <= 0
  /// rank: how much of what the mode adds to the outputs is the same for all examples, 0 to 1 (of
  /// squares), in a network with biases, which learn that within a few epochs; 0 without biases.
  std::vector<double> constant_part;
  std::vector<std::string> notes;  ///< where the equations hold only roughly
};

/// The gain that gives isometric layers the plateau rate expected of the configured initial
/// weights, theory::effective_gain of E sum_d |B^d u|^2 |A^{d-1} v|^2: sigma sqrt(N) for `fixed`
/// and `orthogonal` (unequal widths: their geometric mean); `scaled`: of sigma^{2D-2} sum_d
/// N_d/N_D. `outputs` is N_D. 1 at depth 1, where the gain drops out of every equation. Throws
/// BadData for init.method = "file" at other depths, as no setting tells these gains.
[[nodiscard]] double configured_gain(const InitConfig& init, const PathwayConfig& pathway,
                                     Index outputs);

/// A mode of which more than this is learned by biases stays unknown.
inline constexpr double most_constant_part = 0.1;

/// Of a cell before it is trained. Modes with a target that is not positive and those that biases
/// learn (constant_part) stay unknown, which the notes say. Throws BadData where no theory applies
/// (weights from a file, a nonlinear activation).
[[nodiscard]] TheoryCell theory_cell(const Config& config, const Modes& modes, const Dataset& data);
/// Of a recorded cell. Weights from a file are covered where the layers were measured
/// (record.layers). BadData also when its settings cannot be read, or need examples (biases,
/// mean_squares, correlation = "mean") of a data file that is not to be found.
[[nodiscard]] TheoryCell theory_cell(const CellContents& cell);

enum class PredictionStatus {
  predicted = 0,
  no_start = 1,   ///< K_a(0) that no isometric layers of this gain have: too narrow, or no gain
  failed = 2,     ///< the integration was given up
  no_target = 3,  ///< T <= 0, for which the equations are not made
  biased = 4,     ///< learned by the biases, which the equations are without
};

/// One mode by the product flow, beside what the paper's equation (20) says. NaN where unknown: a
/// failure of the one leaves the other.
struct ModePrediction {
  PredictionStatus status = PredictionStatus::predicted;  ///< of the product flow
  Matrix<double> K;                                       ///< epochs x pathways, product flow
  std::vector<double> final_K;                            ///< pathways, product flow
  double escape_epoch = 0;            ///< product flow; NaN: not before the last epoch
  Index winner = -1;                  ///< product flow
  std::vector<double> final_K_paper;  ///< pathways, (20) and (22)
  double escape_epoch_paper = 0;
  Index winner_paper = -1;
};

/// Mode `mode` (from 0) from the measured K_a(0), at these epochs (ascending).
[[nodiscard]] ModePrediction predict_mode(const TheoryCell& cell, Index mode,
                                          const std::vector<double>& start,
                                          const std::vector<Index>& epochs);

struct EscapePrediction {
  double product_flow = 0;
  double paper = 0;  ///< (20)
};

/// Escape epochs of a mode from K_a(0) = 0 and configured gains; NaN where one is unknown.
[[nodiscard]] EscapePrediction predict_escape(const TheoryCell& cell, Index mode);

}  // namespace polypath::analysis
