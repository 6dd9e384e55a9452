#pragma once

#include "polypath/core/types.hpp"

#include <vector>

namespace polypath {

/// What the weights of one member do to the singular modes, layer by layer: the symmetric
/// coordinates of section 3.1, sized from the weights themselves (linear coordinates, whatever the
/// activation; biases are outside them). W^d, d = 1..D, are a pathway's weights, R^d = W^d(0).
///
///   e_0 = V, e_d = R^d e_{d-1} made orthonormal, mode 1 first (Gram-Schmidt), for d < D: the
///       directions of R^d ... R^1 V, the same for the whole training;
///   gain:          q_d = e_d^T W^d e_{d-1} for d < D, the diagonal (one number a mode);
///   p:             U^T W^D e_{D-1}, the diagonal; K = p q_{D-1} ... q_1 where all are diagonal;
///   forward_gain:  f_d = |A^d v| / |A^{d-1} v|, A^d = W^d ... W^1, d = 1..D;
///   backward_gain: b_d = |B^{d-1} u| / |B^d u|, B^d = (W^D ... W^{d+1})^T, d = D..1;
///   balance_drift: ||X^d(t) - X^d(0)||_F, X^d = W^{d+1 T} W^{d+1} - W^d W^{d T}, d < D; zero under
///       the gradient flow of a linear network, of first order in the learning rate under descent.
///
/// The plateau rate of a mode (theory::plateau_rate) is sum_d b_D^2 ... b_{d+1}^2 f_{d-1}^2 ...
/// f_1^2. Arrays are pathway x layer x mode (p: pathway x mode; balance_drift: pathway x layer),
/// layer d at d - 1, as many layers as the deepest pathway has. NaN: no such layer (gain and
/// balance_drift have none at D), a direction that does not exist (more modes than units, weights
/// of zero), weights that are not finite, a balance that was not asked for.
struct LayerQuantities {
  std::vector<double> gain;
  std::vector<double> p;
  std::vector<double> forward_gain;
  std::vector<double> backward_gain;
  std::vector<double> balance_drift;

  /// Puts the arrays of `next` behind these: a record axis in front.
  void append(const LayerQuantities& next) {
    const auto join = [](std::vector<double>& values, const std::vector<double>& more) {
      values.insert(values.end(), more.begin(), more.end());
    };
    join(gain, next.gain);
    join(p, next.p);
    join(forward_gain, next.forward_gain);
    join(backward_gain, next.backward_gain);
    join(balance_drift, next.balance_drift);
  }
  [[nodiscard]] Index numbers() const {
    return static_cast<Index>(gain.size() + p.size() + forward_gain.size() + backward_gain.size() +
                              balance_drift.size());
  }
};

}  // namespace polypath
