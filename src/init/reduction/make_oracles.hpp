#pragma once

#include "polypath/core/thread_pool.hpp"
#include "polypath/init/reduction.hpp"

#include "src/init/reduction/mode_basis.hpp"
#include "src/init/reduction/oracle.hpp"

#include <memory>
#include <vector>

namespace polypath::reduction {

/// One oracle a pathway. `pool` outlives them. Throws BadData for the orthogonal scheme and
/// OutOfMemory where weights that shall be stored have no room.
[[nodiscard]] std::vector<std::unique_ptr<Oracle>> make_oracles(const ReductionProblem& problem,
                                                                const ReductionSettings& settings,
                                                                const ModeBasis& basis,
                                                                ThreadPool& pool);

/// Bytes of the wide weights as they would be stored.
[[nodiscard]] Index stored_bytes(const NetworkShape& shape);

}  // namespace polypath::reduction
