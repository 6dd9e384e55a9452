#include "polypath/train/loss.hpp"

namespace polypath {

LossFactors loss_factors(Loss loss, Index examples, Index outputs) {
  switch (loss) {
    case Loss::sum_squares:
      return {2.0, 1.0};
    case Loss::half_sum_squares:
      return {1.0, 0.5};
    case Loss::mean_squares:
      break;
  }
  const double entries = static_cast<double>(examples * outputs);
  return {2.0 / entries, 1.0 / entries};
}

double zero_network_loss(Loss loss, const Dataset& data) {
  double squares = 0.0;
  for (const double y : data.y.elements()) {
    squares += y * y;
  }
  return loss_factors(loss, data.examples(), data.outputs()).loss * squares;
}

}  // namespace polypath
