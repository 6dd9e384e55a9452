#pragma once

#include "polypath/backend/operations.hpp"

#include <span>

namespace polypath::cpu {

// The operations that end in a few float64 numbers. Their matrices are small (examples, outputs,
// modes), so plain loops over rows serve; every sum runs in one fixed order. T: float or double.

/// Operations::residual.
template <class T>
void residual_and_loss(std::span<const BatchView<const T>> outputs, BatchView<const T> target,
                       double loss_scale, BatchView<T> residual, const LossWatch& watch);

/// Operations::project for one pathway output (examples x outputs): K is modes x modes, dense.
/// Returns || output^T pseudo_x - U K V^T ||_F.
template <class T>
double project_output(MatrixView<const T> output, const ProjectionOperator& projection, double* K);

}  // namespace polypath::cpu
