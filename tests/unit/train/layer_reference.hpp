#pragma once

#include "polypath/core/linalg.hpp"
#include "polypath/train/layer_quantities.hpp"
#include "polypath/train/weights.hpp"

#include "unit/train/training.hpp"

#include <limits>
#include <vector>

namespace polypath::testing {

/// One member's weights on the host: pathway, layer.
using HostWeights = std::vector<std::vector<Matrix<double>>>;

inline HostWeights host_weights(Backend& backend, const AnyMemberWeights& source) {
  HostWeights result;
  std::visit(
      [&]<class T>(const MemberWeights<T>& weights) {
        for (const auto& pathway : weights.pathways) {
          result.emplace_back();
          for (const auto& layer : pathway) {
            result.back().push_back(download_matrix<T>(backend, layer.weights));
          }
        }
      },
      source);
  return result;
}

inline double column_product(const Matrix<double>& a, const Matrix<double>& b, Index column) {
  double sum = 0.0;
  for (Index r = 0; r < a.rows(); ++r) {
    sum += a(r, column) * b(r, column);
  }
  return sum;
}

/// W^last ... W^first V and the like, plainly: factors of the identity are left out.
inline Matrix<double> chained(const std::vector<Matrix<double>>& layers, std::size_t first,
                              std::size_t last, Matrix<double> right) {
  for (std::size_t d = first; d < last; ++d) {
    right = multiply(layers[d].view(), right.view());
  }
  return right;
}

inline Matrix<double> chained_back(const std::vector<Matrix<double>>& layers, std::size_t first,
                                   Matrix<double> right) {
  for (std::size_t d = layers.size(); d-- > first;) {
    right = multiply_transposed_left(layers[d].view(), right.view());
  }
  return right;
}

/// W^{d+1 T} W^{d+1} - W^d W^{d T}, N_d x N_d, of the layers below and above a hidden layer.
inline Matrix<double> balance_of(const Matrix<double>& below, const Matrix<double>& above) {
  Matrix<double> result = multiply_transposed_left(above.view(), above.view());
  const Matrix<double> outer = multiply_transposed_right(below.view(), below.view());
  for (Index i = 0; i < result.rows() * result.columns(); ++i) {
    result.data()[i] -= outer.data()[i];
  }
  return result;
}

inline double drift_of(const std::vector<Matrix<double>>& start,
                       const std::vector<Matrix<double>>& now, std::size_t hidden) {
  Matrix<double> change = balance_of(now[hidden - 1], now[hidden]);
  const Matrix<double> before = balance_of(start[hidden - 1], start[hidden]);
  for (Index i = 0; i < change.rows() * change.columns(); ++i) {
    change.data()[i] -= before.data()[i];
  }
  return frobenius_norm(change.view());
}

/// The layer quantities as their definition reads, from whole matrices; layers at least as wide as
/// there are modes. Nothing is shared with the probe but the BLAS.
inline LayerQuantities layer_reference(const HostWeights& start, const HostWeights& now,
                                       const Modes& modes) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  std::size_t deepest = 0;
  for (const auto& pathway : now) {
    deepest = std::max(deepest, pathway.size());
  }
  LayerQuantities result;
  for (std::size_t a = 0; a < now.size(); ++a) {
    const std::size_t depth = now[a].size();
    for (std::size_t d = 1; d <= deepest; ++d) {
      const bool hidden = d < depth;
      Matrix<double> before = modes.V;
      if (d > 1 && d <= depth) {
        before = qr_orthonormal(chained(start[a], 0, d - 1, modes.V).view());
      }
      for (Index mode = 0; mode < modes.V.columns(); ++mode) {
        if (d > depth) {
          result.gain.push_back(none);
          result.forward_gain.push_back(none);
          result.backward_gain.push_back(none);
          continue;
        }
        const Matrix<double> image = multiply(now[a][d - 1].view(), before.view());
        if (hidden) {
          const Matrix<double> after = qr_orthonormal(chained(start[a], 0, d, modes.V).view());
          result.gain.push_back(column_product(after, image, mode));
        } else {
          result.gain.push_back(none);
          result.p.push_back(column_product(modes.U, image, mode));
        }
        const auto growth = [mode](const Matrix<double>& to, const Matrix<double>& from) {
          return std::sqrt(column_product(to, to, mode) / column_product(from, from, mode));
        };
        result.forward_gain.push_back(
            growth(chained(now[a], 0, d, modes.V), chained(now[a], 0, d - 1, modes.V)));
        result.backward_gain.push_back(
            growth(chained_back(now[a], d - 1, modes.U), chained_back(now[a], d, modes.U)));
      }
      result.balance_drift.push_back(hidden ? drift_of(start[a], now[a], d) : none);
    }
  }
  return result;
}

}  // namespace polypath::testing
