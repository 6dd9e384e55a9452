#pragma once

#include "polypath/analysis/prediction.hpp"
#include "polypath/core/thread_pool.hpp"

#include "named_arrays.hpp"

namespace polypath {

/// A cell's modes by the theory: targets, gains, escape epochs from K_a(0) = 0.
void write_theory_cell(NamedArrays& out, const analysis::TheoryCell& cell);

/// The predictions for every finished member from its own K_a(0) and, where the file has layer
/// quantities, from the gains that its layers had then (attribute gains_used says which), beside
/// what was recorded, in axes member, record (at most 400 of those recorded), pathway, mode. After
/// write_theory_cell.
void write_predictions(NamedArrays& out, const analysis::TheoryCell& theory,
                       const CellContents& cell, ThreadPool& pool);

}  // namespace polypath
