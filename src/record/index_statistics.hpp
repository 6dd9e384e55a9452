#pragma once

#include "polypath/io/file.hpp"
#include "polypath/record/index_file.hpp"

namespace polypath {

/// Writes axes as dimension scales, and the arrays over them. Throws InternalError for an array
/// that is not as large as its axes say.
void write_statistics(Group& group, const IndexStatistics& statistics);

}  // namespace polypath
