#include "src/init/reduction/prune.hpp"

#include "polypath/core/linalg.hpp"

#include "src/init/reduction/blocks.hpp"

#include <algorithm>

namespace polypath::reduction {
namespace {

/// Hidden units come in multiples of this; padding with zeros changes nothing.
constexpr Index granule = 16;

std::vector<Matrix<double>> expanded_cores(const Oracle& oracle) {
  std::vector<Matrix<double>> cores;
  for (Index d = 1; d <= oracle.depth(); ++d) {
    cores.push_back(oracle.expanded_core(d));
  }
  return cores;
}

/// Adds a pathway: cores in the mode bases of the end spaces.
void add_pathway(const std::vector<Matrix<double>>& cores, const ModeBasis& basis,
                 ReducedNetwork& network) {
  PathwayShape shape{{basis.inputs.rows()}};
  std::vector<Index> k;
  for (std::size_t d = 0; d + 1 < cores.size(); ++d) {
    k.push_back(cores[d].rows());
    shape.units.push_back(round_up(std::max(k.back(), Index{1}), granule));
  }
  shape.units.push_back(basis.outputs.rows());
  std::vector<Matrix<double>> layers;
  for (std::size_t d = 0; d < cores.size(); ++d) {
    Matrix<double> core = cores[d];
    if (d == 0) {
      core = multiply_transposed_right(core.view(), basis.inputs.view());
    }
    if (d + 1 == cores.size()) {
      core = multiply(basis.outputs.view(), core.view());
    }
    layers.push_back(padded(core.view(), shape.units[d + 1], shape.units[d]));
  }
  network.shape.pathways.push_back(std::move(shape));
  network.cores.push_back(std::move(layers));
  network.k.push_back(std::move(k));
}

/// Orthonormal columns that hold the vectors of space s up to tau.
Matrix<double> principal_directions(const Stacks& stacks, std::size_t s, double tau) {
  const Residual vectors{stacks.forward[s], stacks.backward[s]};
  const Matrix<double> relative = relative_residual(vectors, stacks, static_cast<Index>(s));
  const SymmetricEigen eigen =
      symmetric_eigen(multiply_transposed_right(relative.view(), relative.view()).view());
  const Matrix<double> turned = multiply_transposed_left(eigen.vectors.view(), relative.view());
  std::vector<double> tail(static_cast<std::size_t>(turned.columns()), 0.0);
  Index kept = turned.rows();
  for (; kept > 0; --kept) {
    for (Index c = 0; c < turned.columns(); ++c) {
      tail[static_cast<std::size_t>(c)] += turned(kept - 1, c) * turned(kept - 1, c);
    }
    if (*std::max_element(tail.begin(), tail.end()) > tau * tau) {
      break;
    }
  }
  return padded(block(eigen.vectors, 0, eigen.vectors.rows(), 0, kept), eigen.vectors.rows(), kept);
}

}  // namespace

ReducedNetwork narrow_network(const std::vector<const Oracle*>& oracles, const ModeBasis& basis) {
  ReducedNetwork network;
  for (const Oracle* oracle : oracles) {
    add_pathway(expanded_cores(*oracle), basis, network);
    if (oracle->depth() > 2) {
      network.passes = std::max(network.passes, oracle->passes());
    }
  }
  return network;
}

ReducedNetwork pruned_network(const std::vector<const Oracle*>& oracles, const ModeBasis& basis,
                              const std::vector<const Snapshot*>& snapshots, double tau) {
  ReducedNetwork network;
  for (std::size_t a = 0; a < oracles.size(); ++a) {
    std::vector<Matrix<double>> cores = expanded_cores(*oracles[a]);
    const Stacks stacks = stack(snapshots, a);
    for (std::size_t s = 1; s < cores.size(); ++s) {
      const Matrix<double> Z = principal_directions(stacks, s, tau);
      cores[s - 1] = multiply_transposed_left(Z.view(), cores[s - 1].view());
      cores[s] = multiply(cores[s].view(), Z.view());
    }
    add_pathway(cores, basis, network);
    network.passes = std::max(network.passes, oracles[a]->passes());
  }
  return network;
}

}  // namespace polypath::reduction
