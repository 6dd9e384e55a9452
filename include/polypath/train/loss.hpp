#pragma once

#include "polypath/config/config.hpp"
#include "polypath/data/dataset.hpp"

namespace polypath {

/// The factor c of the gradient, dLoss/dYhat = c (Yhat - Y), and the factor of the loss itself,
/// loss sum (Yhat - Y)^2. Both depend on the sizes for mean_squares alone.
struct LossFactors {
  double gradient = 2.0;
  double loss = 1.0;
};
[[nodiscard]] LossFactors loss_factors(Loss loss, Index examples, Index outputs);

/// The loss of a network whose outputs are all zero.
[[nodiscard]] double zero_network_loss(Loss loss, const Dataset& data);

}  // namespace polypath
