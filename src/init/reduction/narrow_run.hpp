#pragma once

#include "polypath/init/reduction.hpp"

#include "src/init/reduction/mode_basis.hpp"
#include "src/init/reduction/snapshot.hpp"

#include <memory>
#include <stop_token>
#include <vector>

namespace polypath::reduction {

/// The training of a narrow network as seen by the search for its directions.
struct NarrowHistory {
  std::vector<Snapshot> snapshots;     ///< about equally far apart in arc length
  std::vector<std::vector<double>> K;  ///< per watched epoch: pathway x mode x mode_in
  Index spacing = 1;                   ///< epochs between watched ones
  bool diverged = false;
};

/// The largest difference of K over watched epochs, pathways and modes, relative to the largest
/// target. A history that ended early, all learned, stays where it was.
[[nodiscard]] double largest_difference(const NarrowHistory& a, const NarrowHistory& b,
                                        const Modes& modes);

/// Trains narrow networks with the project's trainer, float64 on the cpu backend.
class NarrowTraining {
 public:
  NarrowTraining(const ReductionProblem& problem, const ModeBasis& basis, std::stop_token stop);

  /// Ends before the last epoch once everything is learned. Throws Interrupted.
  [[nodiscard]] NarrowHistory run(const ReducedNetwork& network);

 private:
  const ReductionProblem& problem_;
  const ModeBasis& basis_;
  std::stop_token stop_;
  std::unique_ptr<Backend> backend_;
};

}  // namespace polypath::reduction
