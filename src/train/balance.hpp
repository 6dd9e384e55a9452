#pragma once

#include "weight_rows.hpp"

#include <vector>

namespace polypath {

/// Watches how the balance X^d = W^{d+1 T} W^{d+1} - W^d W^{d T} of a member's hidden layers drifts
/// from its initial value, through thin factors of what the layers have changed by: see LayerProbe.
class BalanceWatch {
 public:
  /// Copies the weights.
  BalanceWatch(WeightRows& rows, const AnyMemberWeights& initial);

  /// ||X^d(t) - X^d(0)||_F for d = 1 .. D-1 of a pathway; NaN next to weights that are not finite.
  [[nodiscard]] std::vector<double> drift(std::size_t pathway, const AnyMemberWeights& weights,
                                          Index epoch);

 private:
  /// W = R + P C^T: what a layer has changed by, P orthonormal (N_d x k), C (N_{d-1} x k), with
  /// R^T P (N_{d-1} x k) and R C (N_d x k).
  struct Change {
    bool finite = true;
    Matrix<double> P;
    Matrix<double> C;
    Matrix<double> initial_transposed_P;
    Matrix<double> initial_C;
  };
  struct Layer {
    LayerCopy initial;
    Index rank = 32;  ///< columns that sufficed for the last record, or the first guess
  };
  struct Norms {
    double change = 0.0;
    double weights = 0.0;
  };

  Change find_change(Layer& layer, const AnyLayer& now, Index epoch);
  /// Y = (W - R) times `layer.rank` random columns, and the norms of W - R and W.
  Norms sketch(const Layer& layer, const AnyLayer& now, Matrix<double>& Y);
  /// Fills the factors for a given P; returns |W - R - P C^T|_F.
  double fill(const Layer& layer, const AnyLayer& now, Change& change);
  static double drift_between(const Change& below, const Change& above);

  WeightRows& rows_;
  std::vector<std::vector<Layer>> pathways_;
};

}  // namespace polypath
