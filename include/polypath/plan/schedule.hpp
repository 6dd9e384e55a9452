#pragma once

#include "polypath/core/types.hpp"

#include <vector>

namespace polypath {

/// The epochs that are recorded, ascending: 0, the last, and in between every `every`-th epoch or,
/// for every = 0 ("log"), 20 per decade (rounded, repeats dropped).
[[nodiscard]] std::vector<Index> recorded_epochs(Index epochs, Index every);

/// How many these are, without listing them.
[[nodiscard]] Index record_count(Index epochs, Index every);

}  // namespace polypath
