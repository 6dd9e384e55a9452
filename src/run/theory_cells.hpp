#pragma once

#include "polypath/analysis/cell_predictions.hpp"

#include "named_arrays.hpp"

namespace polypath {

/// A cell's modes by the theory: targets, gains, escape epochs from K_a(0) = 0.
void write_theory_cell(NamedArrays& out, const analysis::TheoryCell& cell);

/// The predictions for the finished members beside what was recorded, in axes member, record,
/// pathway, mode; the attribute gains_used says which gains they were made with. After
/// write_theory_cell.
void write_predictions(NamedArrays& out, const analysis::CellPredictions& predictions);

}  // namespace polypath
