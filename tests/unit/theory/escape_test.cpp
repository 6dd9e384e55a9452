// The product flow against trained networks: when does each mode of the hierarchy escape?
// Learning rate 0.01, c = 2, g = 0.316. Descent in steps of this size is itself up to 3 % slower
// than the flow that the theory integrates (1.75 % in mode 1 at D = 2, falling with the mode).
#include "unit/theory/simulated_escapes.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

namespace polypath::testing {
namespace {

constexpr double gain = 0.316;

ReductionCase network_of(Index pathways, Index depth, Index width, Index epochs) {
  ReductionCase result =
      equal_widths(std::vector<Index>(static_cast<std::size_t>(pathways), depth), width, epochs);
  result.init.sigma = gain / std::sqrt(static_cast<double>(width));
  result.init.scheme = InitScheme::orthogonal;
  return result;
}

/// Mode `mode`, from 1, escapes within `share` of the prediction.
void expect_escape(const Escapes& simulated, const Escapes& predicted, std::size_t mode,
                   double share) {
  const double expected = predicted.at(mode - 1);
  EXPECT_NEAR(simulated.at(mode - 1), expected, share * expected) << "mode " << mode;
}

/// What was simulated, beside the product flow from rest and from the member's own start.
struct Outcome {
  Escapes simulated;
  Escapes from_rest;
  Escapes from_start;
};

/// Wide float64 training from scheme = "orthogonal"; `isolated` as isolate_outputs makes it.
Outcome train_orthogonal(const ReductionCase& network, std::uint64_t seed, bool isolated) {
  const Task task;
  const auto problem = network.problem(task, seed);
  InitConfig init = problem.init;
  init.seed = seed;
  LayerQuantities layers;
  const auto history = train_network(
      problem, problem.shape, 1, [&](Backend& backend, const AnyMemberWeights& target) {
        gaussian_weights(init, problem.shape)->write(0, backend, target);
        if (isolated) {
          isolate_outputs(backend, target, gain);
        }
        layers = LayerProbe(backend, target, task.modes, Balance::ignored).initial();
      });
  return {simulated_escapes(history, task.modes), escapes_from_rest(problem, gain),
          escapes_from_start(problem, history, layers)};
}

// The conditions of the theory: hidden layers g times orthogonal, the last one g times orthonormal
// rows orthogonal to all that reaches it, so that K(0) = 0 in every entry.
TEST(Escape, IsometricLayersEscapeWithinThreePerCent) {
  for (const auto& [depth, epochs] :
       std::vector<std::pair<Index, Index>>{{2, 100}, {3, 200}, {4, 350}}) {
    for (const Index pathways : {1, 2}) {
      SCOPED_TRACE(::testing::Message() << pathways << " pathways, D = " << depth);
      const auto outcome = train_orthogonal(network_of(pathways, depth, 64, epochs), 1, true);
      for (std::size_t mode = 1; mode <= 8; ++mode) {
        expect_escape(outcome.simulated, outcome.from_rest, mode, 0.03);
      }
    }
  }
}

// With two pathways at D = 7 rounding errors grow into a coupling of modes that share a pathway:
// mode 2 escapes 9 % early, modes 5 to 8 up to 6 %, by how much depends on the last bits.
TEST(Escape, IsometricLayersAtDepthSevenOfTheModesThatDoNotCouple) {
  const auto alone = train_orthogonal(network_of(1, 7, 64, 4500), 1, true);
  for (std::size_t mode = 1; mode <= 8; ++mode) {
    expect_escape(alone.simulated, alone.from_rest, mode, 0.03);
  }
  const auto shared = train_orthogonal(network_of(2, 7, 64, 2700), 1, true);
  for (const std::size_t mode : {1U, 3U, 4U}) {
    expect_escape(shared.simulated, shared.from_rest, mode, 0.03);
  }
  EXPECT_LT(shared.simulated[1], 0.95 * shared.from_rest[1]);
}

// The scheme as configured: the last layer is Gaussian, K(0) is not zero and differs between modes
// and pathways. From measured K(0) and gains mode 1 is right to 3 %, and every mode at D = 2. The
// product flow of K(0) = 0 and g misses some of the same networks by more than 5 %.
TEST(Escape, TheOrthogonalSchemeEscapesAsPredictedFromItsOwnStart) {
  double worst_from_rest = 0.0;
  for (const std::uint64_t seed : {1U, 2U}) {
    for (const auto& [depth, epochs] :
         std::vector<std::pair<Index, Index>>{{2, 100}, {3, 60}, {4, 110}}) {
      for (const Index pathways : {1, 2}) {
        SCOPED_TRACE(::testing::Message()
                     << pathways << " pathways, D = " << depth << ", seed " << seed);
        const auto outcome =
            train_orthogonal(network_of(pathways, depth, 200, epochs), seed, false);
        for (std::size_t mode = 1; mode <= (depth == 2 ? 8U : 1U); ++mode) {
          expect_escape(outcome.simulated, outcome.from_start, mode, 0.03);
          worst_from_rest =
              std::fmax(worst_from_rest,
                        std::abs(outcome.simulated[mode - 1] / outcome.from_rest[mode - 1] - 1));
        }
      }
    }
  }
  EXPECT_GT(worst_from_rest, 0.05);
}

/// Square Gaussian layers of width 10^9, whose K(0) and gains are those of the limit.
Outcome train_sampled(Index depth, Index epochs, std::uint64_t seed) {
  const Task task;
  ReductionCase network = network_of(2, depth, 1'000'000'000, epochs);
  network.init.scheme = InitScheme::fixed;
  const auto problem = network.problem(task, seed);
  const auto narrow = reduce(problem, tolerance_of(1e-3, WideWeights::sampled));
  return {simulated_escapes(train_narrow(problem, narrow, 1), task.modes),
          escapes_from_rest(problem, gain),
          {}};
}

// Gaussian layers stretch unevenly and escape before the isometric ones of the theory, by a share
// of the predicted epoch that grows with depth and, slowly, with the mode. Measured for modes 1, 2
// and 8: -1.8, -1.0, -0.1 % at D = 2 (late: the step), 0.8, 2.0, 3.6 % at D = 3, 5.7, 6.5, 7.9 % at
// D = 4; seeds differ by less than 0.01 %.
TEST(Escape, SampledWideNetworksEscapeEarlierByAFewPerCent) {
  struct Row {
    Index depth;
    Index epochs;
    double first_modes;  ///< 1 and 2
    double last_modes;   ///< 5 to 8
  };
  for (const Row& row :
       {Row{2, 70, 0.03, 0.03}, Row{3, 150, 0.03, 0.04}, Row{4, 320, 0.07, 0.08}}) {
    for (const std::uint64_t seed : {1U, 2U}) {
      SCOPED_TRACE(::testing::Message() << "D = " << row.depth << ", seed " << seed);
      const auto outcome = train_sampled(row.depth, row.epochs, seed);
      expect_escape(outcome.simulated, outcome.from_rest, 1, row.first_modes);
      expect_escape(outcome.simulated, outcome.from_rest, 2, row.first_modes);
      expect_escape(outcome.simulated, outcome.from_rest, 8, row.last_modes);
      if (row.depth > 2) {
        EXPECT_LT(outcome.simulated[0], outcome.from_rest[0]);
      }
    }
  }
}

// Mode 1 at 19.9 %. Mode 2 couples to it and comes 39 % early.
TEST(Escape, NightlySampledWideNetworksOfDepthSevenEscapeTwentyPerCentEarlier) {
  if (std::getenv("POLYPATH_NIGHTLY") == nullptr) {  // NOLINT(concurrency-mt-unsafe)
    GTEST_SKIP() << "takes half a minute; set POLYPATH_NIGHTLY to run it";
  }
  const auto outcome = train_sampled(7, 1100, 1);
  expect_escape(outcome.simulated, outcome.from_rest, 1, 0.20);
  EXPECT_LT(outcome.simulated[0], 0.85 * outcome.from_rest[0]);
  EXPECT_LT(outcome.simulated[1], 0.75 * outcome.from_rest[1]);
}

}  // namespace
}  // namespace polypath::testing
