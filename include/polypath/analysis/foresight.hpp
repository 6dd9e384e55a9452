#pragma once

#include "polypath/config/config.hpp"
#include "polypath/data/dataset.hpp"
#include "polypath/data/modes.hpp"

#include <string>
#include <vector>

namespace polypath::analysis {

/// From this share of the edge of stability on, as printed to a hundredth, it is spoken of.
inline constexpr double near_the_edge = 0.895;

/// The largest Hessian eigenvalue over c, the factor of the loss's gradient, of a linear network
/// without biases that has learned every mode and each in one pathway alone, that being the same
/// one, with balanced layers: of these solutions (pathway a of depth D = depths[a] the winner, for
/// each a) the sharpest. With V', sigma the right singular vectors and values of the map Y X^+ that
/// is learned, it is the largest eigenvalue of
///   X (sum_b k_b v'_b v'_b^T) X^T,  k_b = sum_{d=1..D} sigma_1^{2(D-d)/D} sigma_b^{2(d-1)/D},
/// over a basis of the inputs (sigma_b = 0 beyond the modes), to which each other pathway of depth
/// 1 adds 1 to every k_b. White inputs leave k_1 = D sigma_1^(2-2/D). A mode that several pathways
/// share is flatter, by up to the (1-2/D)th power of their number. 0 where there is no mode.
[[nodiscard]] double single_winner_curvature(const Dataset& data, const Modes& modes,
                                             const std::vector<Index>& depths);

/// Where the edge of stability lies, as far as it is known before training.
struct EdgeForecast {
  double ratio = 0.0;   ///< the configured learning rate over the edge; NaN where unknown
  double edge = 0.0;    ///< learning rate at the edge, 2 over the largest eigenvalue; likewise
  std::string unknown;  ///< why, where it is: "biases", ...
  [[nodiscard]] bool near() const { return ratio >= near_the_edge; }
};

/// A mode that does not reach half its target in time: theory's epoch, less the 40 % by which
/// simulated ones come before it at most (src/theory/README.md), lies after the last epoch.
struct LateMode {
  Index mode = 0;             ///< from 1
  double escape_epoch = 0.0;  ///< infinite where no weight moves
};

struct Foresight {
  EdgeForecast edge;
  /// By the product flow from K(0) = 0 and the configured gains. Empty also where the flow does not
  /// hold: biases, ReLU, tanh at gains of order 1, weights from a file.
  std::vector<LateMode> late;
};

/// What can be said of a cell before it is trained. The edge: of linear networks without biases
/// whose layers start small, with gains up to half of what they end with (beyond, layers are far
/// from balanced, and losers keep a part).
[[nodiscard]] Foresight foresee(const Config& config, const Dataset& data, const Modes& modes);

/// A share of the edge, to a hundredth: "1.33", three figures from 1000 on.
[[nodiscard]] std::string ratio_text(double ratio);
/// "train.learning_rate = 0.01 is 1.33 times the edge of stability 0.0075", what follows, and what
/// to set.
[[nodiscard]] std::string edge_warning(double learning_rate, double ratio);
/// The same for a ratio measured at the end of training.
[[nodiscard]] std::string measured_edge_warning(double learning_rate, double ratio);
/// "modes 1 to 8 will not be learned within train.epochs = 20000: ..."; empty where all will.
[[nodiscard]] std::string late_modes_text(const Foresight& foresight, Index epochs);

}  // namespace polypath::analysis
