#include "balance.hpp"

#include "polypath/core/linalg.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace polypath {
namespace {

double epsilon_of(const AnyLayer& layer) {
  return std::holds_alternative<MatrixView<const float>>(layer)
             ? std::numeric_limits<float>::epsilon()
             : std::numeric_limits<double>::epsilon();
}

/// Columns of random numbers in [-1, 1), the same in every run; the identity where all fit.
Matrix<double> random_columns(Index rows, Index columns) {
  Matrix<double> result(rows, columns);
  if (columns == rows) {
    for (Index i = 0; i < rows; ++i) {
      result(i, i) = 1.0;
    }
    return result;
  }
  std::mt19937_64 bits(static_cast<std::uint64_t>(rows));
  for (Index i = 0; i < rows * columns; ++i) {
    result.data()[i] = static_cast<double>(bits() >> 11U) * 0x1p-52 - 1.0;
  }
  return result;
}

Matrix<double> difference(MatrixView<const double> a, MatrixView<const double> b) {
  Matrix<double> result(a.rows, a.columns);
  for (Index r = 0; r < a.rows; ++r) {
    for (Index c = 0; c < a.columns; ++c) {
      result(r, c) = a(r, c) - b(r, c);
    }
  }
  return result;
}

/// target += factor source, from row `first` of the target on.
void add(Matrix<double>& target, const Matrix<double>& source, double factor = 1.0,
         Index first = 0) {
  double* to = target.data() + first * target.columns();
  const double* from = source.data();
  for (Index i = 0; i < source.rows() * source.columns(); ++i) {
    to[i] += factor * from[i];
  }
}

double square(double value) { return value * value; }

Matrix<double> beside(const Matrix<double>& left, const Matrix<double>& right) {
  Matrix<double> result(left.rows(), left.columns() + right.columns());
  for (Index r = 0; r < result.rows(); ++r) {
    std::copy_n(left.view().row(r), left.columns(), result.view().row(r));
    std::copy_n(right.view().row(r), right.columns(), result.view().row(r) + left.columns());
  }
  return result;
}

/// |L K^T + K L^T|_F for L, K (N x m) of equal shape: in the span of their columns where that is
/// smaller than N, so that nothing is N x N unless N <= 2 m.
double symmetric_product_norm(Matrix<double> L, Matrix<double> K) {
  if (2 * L.columns() < L.rows()) {
    const Matrix<double> span = qr_orthonormal(beside(L, K).view());
    L = multiply_transposed_left(span.view(), L.view());
    K = multiply_transposed_left(span.view(), K.view());
  }
  Matrix<double> product = multiply_transposed_right(L.view(), K.view());
  for (Index r = 0; r < product.rows(); ++r) {
    for (Index c = 0; c <= r; ++c) {
      product(r, c) += product(c, r);
      product(c, r) = product(r, c);
    }
  }
  return frobenius_norm(product.view());
}

}  // namespace

BalanceWatch::BalanceWatch(WeightRows& rows, const AnyMemberWeights& initial) : rows_(rows) {
  const auto layers = depths(initial);
  for (std::size_t a = 0; a < layers.size(); ++a) {
    pathways_.emplace_back();
    for (std::size_t d = 0; d < layers[a]; ++d) {
      pathways_.back().push_back({rows_.copy(layer_of(initial, a, d))});
    }
  }
}

BalanceWatch::Norms BalanceWatch::sketch(const Layer& layer, const AnyLayer& now,
                                         Matrix<double>& Y) {
  const auto [rows, columns] = sides(now);
  const Matrix<double> random = random_columns(columns, layer.rank);
  Y = Matrix<double>(rows, layer.rank);
  Norms squares;
  rows_.each(now, layer.initial, [&](Index first, const auto& W, const auto& R) {
    const Matrix<double> change = difference(W, R);
    add(Y, multiply(change.view(), random.view()), 1.0, first);
    squares.change += square(frobenius_norm(change.view()));
    squares.weights += square(frobenius_norm(W));
  });
  return {std::sqrt(squares.change), std::sqrt(squares.weights)};
}

double BalanceWatch::fill(const Layer& layer, const AnyLayer& now, Change& change) {
  const auto [rows, columns] = sides(now);
  const Index rank = change.P.columns();
  change.C = Matrix<double>(columns, rank);
  change.initial_transposed_P = Matrix<double>(columns, rank);
  change.initial_C = Matrix<double>(rows, rank);
  rows_.each(now, layer.initial, [&](Index first, const auto& W, const auto& R) {
    const MatrixView<const double> P = change.P.view().row_block(first, W.rows);
    add(change.C, multiply_transposed_left(difference(W, R).view(), P));
    add(change.initial_transposed_P, multiply_transposed_left(R, P));
  });
  double rest = 0.0;
  rows_.each(now, layer.initial, [&](Index first, const auto& W, const auto& R) {
    const MatrixView<const double> P = change.P.view().row_block(first, W.rows);
    add(change.initial_C, multiply(R, change.C.view()), 1.0, first);
    Matrix<double> left = difference(W, R);
    add(left, multiply_transposed_right(P, change.C.view()), -1.0);
    rest += square(frobenius_norm(left.view()));
  });
  return std::sqrt(rest);
}

BalanceWatch::Change BalanceWatch::find_change(Layer& layer, const AnyLayer& now, Index epoch) {
  const auto [rows, columns] = sides(now);
  const Index full = std::min(rows, columns);
  const double unit = epsilon_of(now) * std::sqrt(1.0 + static_cast<double>(epoch));
  while (true) {
    layer.rank = std::min(layer.rank, full);
    Matrix<double> Y;
    const Norms norms = sketch(layer, now, Y);
    if (norms.change == 0.0 || !std::isfinite(norms.change)) {
      return {norms.change == 0.0, Matrix<double>(rows, 0), Matrix<double>(columns, 0),
              Matrix<double>(columns, 0), Matrix<double>(rows, 0)};
    }
    Change change;
    change.P = qr_orthonormal(Y.view());
    const double rest = fill(layer, now, change);
    if (layer.rank == full || rest <= unit * norms.weights) {
      return change;
    }
    layer.rank *= 2;
  }
}

double BalanceWatch::drift_between(const Change& below, const Change& above) {
  if (!below.finite || !above.finite) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  // W^T W - R^T R = C (R^T P + C/2)^T + its transpose for the layer above, and
  // W W^T - R R^T = P (R C + P C^T C/2)^T + its transpose for the layer below.
  Matrix<double> upper = above.initial_transposed_P;
  add(upper, above.C, 0.5);
  Matrix<double> lower = below.initial_C;
  const Matrix<double> gram = multiply_transposed_left(below.C.view(), below.C.view());
  add(lower, multiply(below.P.view(), gram.view()), 0.5);
  Matrix<double> negative_P(below.P.rows(), below.P.columns());
  add(negative_P, below.P, -1.0);
  return symmetric_product_norm(beside(above.C, negative_P), beside(upper, lower));
}

std::vector<double> BalanceWatch::drift(std::size_t pathway, const AnyMemberWeights& weights,
                                        Index epoch) {
  std::vector<double> result;
  Change below;
  for (std::size_t d = 0; d < pathways_[pathway].size(); ++d) {
    Change above = find_change(pathways_[pathway][d], layer_of(weights, pathway, d), epoch);
    if (d > 0) {
      result.push_back(drift_between(below, above));
    }
    below = std::move(above);
  }
  return result;
}

}  // namespace polypath
