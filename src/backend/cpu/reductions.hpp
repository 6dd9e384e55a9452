#pragma once

#include "polypath/backend/operations.hpp"

#include <span>

namespace polypath::cpu {

/// Operations::residual, T float or double. Its matrices are small (examples x outputs), so plain
/// loops over rows serve; every sum runs in one fixed order, whatever the SIMD target.
template <class T>
void residual_and_loss(std::span<const BatchView<const T>> outputs, BatchView<const T> target,
                       double loss_scale, BatchView<T> residual, const LossWatch& watch);

}  // namespace polypath::cpu
