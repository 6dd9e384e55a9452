#pragma once

#include "kernels/cuda/operand.cuh"
#include "polypath/backend/operations.hpp"

#include <array>

#include <cuda_runtime.h>

namespace polypath::cuda {

// Reductions in a fixed order: the same bits at every run.

/// The outputs of one pathway group, `pathways` matrices a member.
template <class T>
struct OutputGroup {
  Operand<const T> outputs;
  Index pathways;  ///< 0: no group
};

/// As many groups as one launch takes.
template <class T>
using OutputGroups = std::array<OutputGroup<T>, 4>;

/// Where a launch stands when a member has more groups than one launch takes.
struct GroupsPosition {
  bool first;  ///< starts from zero, else from what `residual` holds
  bool last;   ///< completes the residual by -target, and sums its squares
};

/// How many blocks share the entries of one member.
[[nodiscard]] Index residual_chunks(Index entries);

/// residual = sum of the groups' outputs - target; squares (members x chunks) = sums of its squares
/// over each chunk, when `position.last`.
template <class T>
[[nodiscard]] cudaError_t launch_residual(cudaStream_t stream, const OutputGroups<T>& groups,
                                          GroupsPosition position, Operand<const T> target,
                                          Operand<T> residual, double* squares, Extent extent);

/// loss = loss_scale * sum of a member's chunks; then the watch is brought up to date.
[[nodiscard]] cudaError_t launch_watch(cudaStream_t stream, const double* squares, Index chunks,
                                       double loss_scale, LossWatch watch, Index members);

/// norms[i] = the Frobenius norm of matrix i.
[[nodiscard]] cudaError_t launch_norms(cudaStream_t stream, Operand<const double> matrices,
                                       double* norms, Extent extent);

}  // namespace polypath::cuda
