#pragma once

#include "polypath/config/config.hpp"
#include "polypath/plan/shape.hpp"
#include "polypath/train/weights.hpp"

#include <memory>

namespace polypath {

/// Independent normal weights, a pure function of (seed, pathway, layer, row, column):
///   fixed       sigma
///   scaled      sigma / sqrt(N_d)
///   orthogonal  layer 1 and hidden-to-hidden layers: sigma sqrt(max(N_d, N_{d-1})) times a matrix
///               with orthonormal columns (or rows, where wider than high); last layer as `fixed`.
/// The orthogonal factor is the Q of the QR decomposition (R's diagonal positive) of the Gaussian
/// matrix of the same stream; it goes through LAPACK, so it is the same to rounding only.
/// Member m has seed init.seed + m.
[[nodiscard]] std::unique_ptr<InitialWeights> gaussian_weights(const InitConfig& init,
                                                               const NetworkShape& shape);

/// Data sets initial_weights/pathway_<a>/layer_<d> (a from 0, d from 1; units out x units in) of an
/// HDF5 file and, with `bias`, initial_biases/... (units) where present, zeros otherwise. Read at
/// once. Throws MissingInput, or BadData when a data set is missing or has another shape.
[[nodiscard]] std::unique_ptr<InitialWeights> file_weights(const std::string& path,
                                                           const NetworkShape& shape, bool bias);

/// The source that a config asks for: gaussian or file (projected and sampled: reduction.hpp).
[[nodiscard]] std::unique_ptr<InitialWeights> make_initial_weights(const Config& config,
                                                                   const NetworkShape& shape);

/// Host memory that writing one member takes for a while, bytes.
[[nodiscard]] Index initial_weights_bytes(const InitConfig& init, const NetworkShape& shape);

}  // namespace polypath
