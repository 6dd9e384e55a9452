#pragma once

#include "polypath/config/config.hpp"
#include "polypath/core/matrix.hpp"
#include "polypath/data/dataset.hpp"
#include "polypath/data/modes.hpp"
#include "polypath/plan/shape.hpp"
#include "polypath/train/weights.hpp"

#include <cstdint>
#include <stop_token>
#include <vector>

namespace polypath {

// A linear network of any width has the same trajectories of K as a narrow one: gradient descent
// moves its weights only inside small subspaces of every hidden layer. src/init/reduction/README.md
// has the algorithm.

/// Where the numbers of the wide network come from.
enum class WideWeights {
  automatic,    ///< `stored` where settings.weight_memory has room for them, else `regenerated`
  stored,       ///< those of gaussian_weights, made once and kept as float32
  regenerated,  ///< the same, made again at every pass; memory O(width * k)
  sampled,      ///< drawn in compressed form from the exact law; no cost depends on the width
};

/// The wide network that is compressed and how it will be trained. `data` and `modes` outlive it.
struct ReductionProblem {
  NetworkShape shape;      ///< of the wide network; widths to 10^15 when sampled
  InitConfig init;         ///< scheme (fixed or scaled) and sigma
  std::uint64_t seed = 1;  ///< of this member
  TrainConfig train;       ///< learning rate, loss, epochs
  const Dataset& data;
  const Modes& modes;
};

struct ReductionSettings {
  WideWeights weights = WideWeights::automatic;
  double tolerance = 1e-3;    ///< of K, relative to the largest target
  Index max_iterations = 12;  ///< sweeps
  Index threads = 1;          ///< that share the passes over the wide weights
  Index weight_memory = 0;    ///< bytes that `automatic` may store weights in
  bool prune = false;         ///< drop directions that the final trajectory does not use
  std::stop_token stop = {};
  /// Multiplies with regenerated weights where it can (Backend::normal_products), and `automatic`
  /// then stores none. Called by this thread only.
  Backend* backend = nullptr;
};

/// The narrow network.
struct ReducedNetwork {
  NetworkShape shape;  ///< hidden units: k rounded up to 16; inputs and outputs as in the wide one
  std::vector<std::vector<Matrix<double>>> cores;  ///< [pathway][layer d - 1], zero where padded
  std::vector<std::vector<Index>> k;               ///< [pathway][hidden layer]
  /// Of the largest error of K over pathways, modes and epochs, relative to the largest target.
  /// Above the tolerance where max_iterations ended the search; infinite for a diverging network.
  double estimate = 0.0;
  Index passes = 0;      ///< over every wide weight matrix
  Index iterations = 0;  ///< sweeps
};

/// Compresses one member: finds subspaces that the whole training stays in, by training the narrow
/// network in float64 and enriching it where it leaks. The result is a function of `problem`,
/// tolerance, max_iterations, prune and the kind of weights, not of threads. Stored and regenerated
/// weights give the same bits. The products of a backend agree with them to rounding, which may
/// change how many directions are kept, within the tolerance. Throws Interrupted, OutOfMemory.
[[nodiscard]] ReducedNetwork reduce(const ReductionProblem& problem,
                                    const ReductionSettings& settings);

/// Throws BadData with the reason for a network that the reduction does not cover: a nonlinear
/// activation, biases, weights that are not independent normals.
void require_reducible(const Config& config);

/// Bytes that `reduce` takes at most for one member of which the hidden layers keep about
/// `directions` each (0: what is usual for the depth); `sampled` does not depend on the width.
[[nodiscard]] Index reduction_bytes(const ReductionProblem& problem, WideWeights weights,
                                    Index directions = 0);

/// Copies the cores into the weights of a trainer whose shape is network.shape.
void write_reduced(const ReducedNetwork& network, Backend& backend, const AnyMemberWeights& target);

}  // namespace polypath
