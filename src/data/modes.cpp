#include "polypath/data/modes.hpp"

#include "polypath/core/linalg.hpp"

#include "input_range.hpp"

#include <utility>

namespace polypath {
namespace {

/// X (X^T X)^+ = A diag(1/s) B^T, examples x inputs.
Matrix<double> pseudo_inverse_transposed(const Matrix<double>& x) {
  InputRange range = find_input_range(x);
  for (Index r = 0; r < range.examples.rows(); ++r) {
    for (Index c = 0; c < range.examples.columns(); ++c) {
      range.examples(r, c) /= range.values[static_cast<std::size_t>(c)];
    }
  }
  return multiply_transposed_right(range.examples.view(), range.inputs.view());
}

}  // namespace

Matrix<double> input_output_correlation(const Dataset& data, CorrelationKind kind) {
  Matrix<double> correlation = multiply_transposed_left(data.y.view(), data.x.view());
  if (kind == CorrelationKind::mean) {
    const auto examples = static_cast<double>(data.examples());
    for (double* entry = correlation.data();
         entry != correlation.data() + correlation.elements().size(); ++entry) {
      *entry /= examples;
    }
  }
  return correlation;
}

SingularValues singular_value_decomposition(const Matrix<double>& correlation) {
  ThinSvd svd = thin_svd(correlation.view());
  return {std::move(svd.U), std::move(svd.S), std::move(svd.V)};
}

Modes find_modes(const Dataset& data, CorrelationKind kind) {
  return find_modes(data, kind, singular_value_decomposition(input_output_correlation(data, kind)));
}

Modes find_modes(const Dataset& data, CorrelationKind kind, SingularValues svd) {
  Modes modes;
  modes.group = make_canonical(input_output_correlation(data, kind), svd);
  modes.rank = numerical_rank(svd.S);
  modes.U = std::move(svd.U);
  modes.S = std::move(svd.S);
  modes.V = std::move(svd.V);
  modes.pseudo_x = pseudo_inverse_transposed(data.x);
  modes.Q = multiply(modes.pseudo_x.view(), modes.V.view());
  // Sigma_yx Sigma_x^+ = Y^T X (X^T X)^+, so the target is (Y U)^T Q.
  const Matrix<double> projected = multiply(data.y.view(), modes.U.view());
  modes.target = multiply_transposed_left(projected.view(), modes.Q.view());
  return modes;
}

}  // namespace polypath
