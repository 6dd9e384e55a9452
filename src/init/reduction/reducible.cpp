#include "polypath/core/error.hpp"
#include "polypath/init/reduction.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace polypath {
namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& why, const std::string& todo) {
  throw BadData(fmt::format(
      "{} cannot be compressed to a narrow network (init.method = \"projected\" or \"sampled\"): "
      "{}; {} or use init.method = \"gaussian\"",
      what, why, todo));
}

/// Directions that a hidden layer keeps at tolerances of 1e-3 and above.
Index most_directions(Index depth) {
  return std::min<Index>(std::max<Index>(32 * (depth - 1), 32), 260);
}

}  // namespace

void require_reducible(const Config& config) {
  if (config.network.activation != Activation::linear) {
    refuse(fmt::format("A network with network.activation = \"{}\"",
                       to_string(config.network.activation)),
           "a nonlinear unit mixes the directions that a linear network keeps apart",
           "set network.activation = \"linear\"");
  }
  if (config.network.bias) {
    refuse("A network with network.bias = true",
           "biases move the weights outside the subspaces that the data span",
           "set network.bias = false");
  }
  if (config.init.scheme == InitScheme::orthogonal) {
    refuse("A network with init.scheme = \"orthogonal\"",
           "only independent normal weights can be generated piece by piece",
           "set init.scheme = \"fixed\" or \"scaled\"");
  }
  if (config.init.method == InitMethod::file) {
    refuse("A network read from a file (init.method = \"file\")",
           "its weights are not the normals of a seed", "remove init.file");
  }
}

void write_reduced(const ReducedNetwork& network, Backend& backend,
                   const AnyMemberWeights& target) {
  std::visit(
      [&]<class T>(const MemberWeights<T>& weights) {
        for (std::size_t a = 0; a < network.cores.size(); ++a) {
          for (std::size_t d = 0; d < network.cores[a].size(); ++d) {
            upload_matrix<T>(backend, network.cores[a][d], weights.pathways[a][d].weights);
          }
        }
      },
      target);
}

Index reduction_bytes(const ReductionProblem& problem, WideWeights weights, Index directions) {
  // Named directions are two to three times the expanded ones; the search holds the snapshots of
  // two trainings, at most this many or this much of each.
  constexpr double named_ratio = 3.0;
  constexpr double snapshots = 801;
  constexpr double most_snapshot_bytes = 256.0 * (1 << 20U);
  constexpr double copies = 3.0;  // the frame, a block of images, and LAPACK's copy of it
  const auto columns = static_cast<double>(
      std::min(problem.data.examples(), problem.data.inputs()) + problem.data.outputs());
  double bytes = 0.0;
  double stored = 0.0;
  double snapshot = 0.0;
  for (const auto& pathway : problem.shape.pathways) {
    const Index asked = directions > 0 ? directions : most_directions(pathway.depth());
    for (std::size_t s = 1; s + 1 < pathway.units.size(); ++s) {
      const auto units = static_cast<double>(pathway.units[s]);
      const double k = std::min(static_cast<double>(asked), units);
      bytes += 8.0 * named_ratio * k * named_ratio * k;
      snapshot += 8.0 * k * columns;
      if (weights != WideWeights::sampled) {
        bytes += 8.0 * (named_ratio + copies) * k * units;
        stored += s > 1 ? 4.0 * units * static_cast<double>(pathway.units[s - 1]) : 0.0;
      }
    }
  }
  bytes += 2.0 * std::min(snapshots * snapshot, most_snapshot_bytes);
  return static_cast<Index>(std::min(
      bytes + (weights == WideWeights::stored || weights == WideWeights::automatic ? stored : 0.0),
      4e18));
}

}  // namespace polypath
