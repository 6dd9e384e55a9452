#pragma once

#include "polypath/analysis/cell_predictions.hpp"

#include <vector>

namespace polypath::analysis {

/// Mode by mode, over the members whose predictions are there.
[[nodiscard]] std::vector<Agreement> agreements(const CellPredictions& predictions, Index pathways,
                                                const std::vector<double>& targets);

}  // namespace polypath::analysis
