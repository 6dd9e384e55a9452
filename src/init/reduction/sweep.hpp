#pragma once

#include "src/init/reduction/oracle.hpp"
#include "src/init/reduction/residuals.hpp"

#include <vector>

namespace polypath::reduction {

/// Pathways of equal depth, which are enriched in step: each by the largest number of directions
/// that any of them needs. Otherwise their truncation errors differ and swamp a small true
/// difference between pathways.
struct LockStep {
  std::vector<Oracle*> oracles;
  std::vector<std::size_t> pathways;  ///< their numbers in the network
  [[nodiscard]] Index depth() const { return oracles.front()->depth(); }
};

/// Makes the directions of A^s(0) and B^s(0) of every mode (`modes` first inputs and outputs)
/// expanded ones: two passes over the weights. Pathways of depth 2 become exact.
void start_basis(const LockStep& group, Index modes);

/// One forward and one backward sweep over the hidden spaces, each of which makes enough
/// candidates expanded to bring its relative residuals on the snapshots to `tau` at most: two
/// passes over the weights.
void sweep(const LockStep& group, const std::vector<const Snapshot*>& snapshots, double tau);

}  // namespace polypath::reduction
