#pragma once

#include "polypath/core/matrix.hpp"
#include "polypath/data/dataset.hpp"
#include "polypath/data/modes.hpp"

namespace polypath::reduction {

/// Input and output space in orthonormal bases that begin with the singular modes. Everything that
/// the reduction does with the two end spaces happens in these coordinates.
struct ModeBasis {
  Matrix<double> inputs;   ///< l_x x r: V of the non-zero modes, then the rest of the range of x
  Matrix<double> outputs;  ///< l_y x l_y: U of the non-zero modes, then the null outputs
  Index modes = 0;         ///< with S > 0
  Matrix<double> correlation;  ///< l_y x r: sum_i y_i x_i^T in these bases
  Matrix<double> covariance;   ///< r x r: sum_i x_i x_i^T
  double scale = 1.0;          ///< the largest singular value of `correlation`; 1 for zero data

  [[nodiscard]] Index input_dimension() const { return inputs.columns(); }
  [[nodiscard]] Index output_dimension() const { return outputs.columns(); }
};

[[nodiscard]] ModeBasis make_mode_basis(const Dataset& data, const Modes& modes);

}  // namespace polypath::reduction
