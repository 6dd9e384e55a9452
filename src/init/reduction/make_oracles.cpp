#include "src/init/reduction/make_oracles.hpp"

#include "polypath/core/error.hpp"
#include "polypath/plan/memory.hpp"

#include "src/init/reduction/projected_oracle.hpp"
#include "src/init/reduction/sampled_oracle.hpp"

#include <cmath>
#include <limits>
#include <new>

#include <fmt/format.h>

namespace polypath::reduction {
namespace {

/// Rows of a layer are counted in 32 bits by the weights' random numbers and by BLAS.
constexpr Index widest_projected = std::numeric_limits<std::int32_t>::max();

std::vector<double> deviations(const InitConfig& init, const PathwayShape& shape) {
  std::vector<double> result;
  for (std::size_t d = 1; d < shape.units.size(); ++d) {
    const auto units = static_cast<double>(shape.units[d]);
    result.push_back(init.scheme == InitScheme::scaled ? init.sigma / std::sqrt(units)
                                                       : init.sigma);
  }
  return result;
}

/// What multiplies with regenerated weights; null: the threads of the pool.
NormalProducts* products_of(const ReductionSettings& settings) {
  return settings.backend == nullptr ? nullptr : settings.backend->normal_products();
}

WideMatrix::Keep choose_keep(const ReductionProblem& problem, const ReductionSettings& settings) {
  const bool fits =
      stored_bytes(problem.shape) <= settings.weight_memory && products_of(settings) == nullptr;
  const bool stored = settings.weights == WideWeights::stored ||
                      (settings.weights == WideWeights::automatic && fits);
  return stored ? WideMatrix::Keep::stored : WideMatrix::Keep::regenerated;
}

void require_projectable(const NetworkShape& shape) {
  for (const auto& pathway : shape.pathways) {
    for (const Index units : pathway.units) {
      if (units > widest_projected) {
        throw BadData(fmt::format(
            "a layer of {} units is too wide to project: its weights are generated one by one, "
            "and rows are counted in 32 bits; use init.method = \"sampled\" (network.width)",
            units));
      }
    }
  }
}

}  // namespace

Index stored_bytes(const NetworkShape& shape) {
  double bytes = 0.0;  // widths of sampled networks overflow integers
  for (const auto& pathway : shape.pathways) {
    for (std::size_t d = 2; d + 1 < pathway.units.size(); ++d) {
      bytes +=
          4.0 * static_cast<double>(pathway.units[d]) * static_cast<double>(pathway.units[d - 1]);
    }
  }
  return static_cast<Index>(std::min(bytes, 4e18));
}

std::vector<std::unique_ptr<Oracle>> make_oracles(const ReductionProblem& problem,
                                                  const ReductionSettings& settings,
                                                  const ModeBasis& basis, ThreadPool& pool) {
  std::vector<std::unique_ptr<Oracle>> oracles;
  const auto& pathways = problem.shape.pathways;
  if (settings.weights == WideWeights::sampled) {
    for (std::size_t a = 0; a < pathways.size(); ++a) {
      oracles.push_back(std::make_unique<SampledOracle>(
          pathways[a], deviations(problem.init, pathways[a]), basis.input_dimension(), problem.seed,
          static_cast<Index>(a)));
    }
    return oracles;
  }
  require_projectable(problem.shape);
  const WideMatrix::Access access{choose_keep(problem, settings), pool, settings.stop,
                                  products_of(settings)};
  try {
    for (std::size_t a = 0; a < pathways.size(); ++a) {
      oracles.push_back(
          std::make_unique<ProjectedOracle>(pathways[a], deviations(problem.init, pathways[a]),
                                            basis, problem.seed, static_cast<Index>(a), access));
    }
  } catch (const std::bad_alloc&) {
    throw OutOfMemory(fmt::format(
        "no memory to compress a network of {} in hidden weights (init.method = \"projected\"); "
        "train fewer members at once, or use init.method = \"sampled\", which needs none of them",
        format_bytes(stored_bytes(problem.shape))));
  }
  return oracles;
}

}  // namespace polypath::reduction
