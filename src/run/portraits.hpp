#pragma once

#include "polypath/analysis/prediction.hpp"

#include "named_arrays.hpp"

#include <vector>

namespace polypath {

/// Figure 3 for these cells: one panel for every different (depth, configured gain) of a pathway,
/// with mode 1's target as S, and each of the two widths of the starting noise. Writes nothing
/// without such pathways. Returns the number of panels.
Index write_portraits(Group& root, const std::vector<analysis::TheoryCell>& cells);

}  // namespace polypath
