#pragma once

#include "polypath/config/config.hpp"
#include "polypath/core/matrix.hpp"
#include "polypath/data/dataset.hpp"

#include <vector>

namespace polypath {

/// The economy SVD of Sigma_yx (outputs x inputs), float64.
struct SingularValues {
  Matrix<double> U;       ///< outputs x modes
  std::vector<double> S;  ///< modes, largest first
  Matrix<double> V;       ///< inputs x modes
};

/// Singular modes of the input-output correlation in the canonical basis, and what projecting onto
/// them needs. modes = min(outputs, inputs); `rank` of them have S >= 1e-10 S_1.
struct Modes {
  Matrix<double> U;          ///< outputs x modes
  std::vector<double> S;     ///< modes
  Matrix<double> V;          ///< inputs x modes
  std::vector<Index> group;  ///< modes; modes of equal singular value share a number from 0
  Index rank = 0;
  Matrix<double>
      target;  ///< modes x modes: U^T Sigma_yx Sigma_x^+ V (sums), what sum_a K_a tends to
  Matrix<double> pseudo_x;  ///< examples x inputs: X (X^T X)^+
  Matrix<double> Q;         ///< examples x modes: pseudo_x V
};

/// sum_i y_i x_i^T, or its mean.
[[nodiscard]] Matrix<double> input_output_correlation(const Dataset& data, CorrelationKind kind);

/// LAPACK's economy SVD. Throws InternalError when it does not converge.
[[nodiscard]] SingularValues singular_value_decomposition(const Matrix<double>& correlation);

/// How many of the singular values (largest first) are at least 1e-10 S_1; 0 when S_1 is 0.
[[nodiscard]] Index numerical_rank(const std::vector<double>& S);

/// Replaces U and V by the canonical basis (SCIENCE.md) of the same decomposition: within each
/// group of singular values equal to 1e-6 relative, V_g is the Gram-Schmidt basis of the group
/// projector's columns P e_1, P e_2, ... (residuals below 1e-6 skipped) and U_g = Sigma_yx V_g / s,
/// made orthonormal where rounding or unequal values left it short of that. Only V and S of `svd`
/// are used. Modes below 1e-10 S_1 form one group: V and U are completed with the same recipe, P
/// being the projector onto what the other modes leave.
/// Returns the group of each mode. Throws InternalError when `svd` does not belong to
/// `correlation`: wrong shapes, S not in descending order, or vectors that do not fit.
std::vector<Index> make_canonical(const Matrix<double>& correlation, SingularValues& svd);

/// Everything above for a data set.
[[nodiscard]] Modes find_modes(const Dataset& data, CorrelationKind kind);
/// The same from a decomposition made elsewhere (another library, another device).
[[nodiscard]] Modes find_modes(const Dataset& data, CorrelationKind kind, SingularValues svd);

}  // namespace polypath
