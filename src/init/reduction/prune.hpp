#pragma once

#include "polypath/init/reduction.hpp"

#include "src/init/reduction/oracle.hpp"
#include "src/init/reduction/residuals.hpp"

#include <vector>

namespace polypath::reduction {

/// The narrow network that the expanded directions make, padded.
[[nodiscard]] ReducedNetwork narrow_network(const std::vector<const Oracle*>& oracles,
                                            const ModeBasis& basis);

/// The same in the principal directions of the snapshots' vectors, as many as leave no relative
/// column above `tau`. For a single use the rotated cores are what the trainer takes.
[[nodiscard]] ReducedNetwork pruned_network(const std::vector<const Oracle*>& oracles,
                                            const ModeBasis& basis,
                                            const std::vector<const Snapshot*>& snapshots,
                                            double tau);

}  // namespace polypath::reduction
