#pragma once

#include "polypath/backend/backend.hpp"
#include "polypath/data/dataset.hpp"
#include "polypath/train/trainer.hpp"
#include "polypath/train/weights.hpp"

#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace polypath {

/// The Hessian H of the training loss in all weights and biases of one member, exact for any
/// activation, as an operator on vectors that are never as large as the weights.
///
/// The gradient of layer d is Delta^T A, with A (examples x N_{d-1}) its inputs and Delta (examples
/// x N_d) its deltas. Its derivative along any direction is R{Delta}^T A + Delta^T R{A}: whatever H
/// is applied to, the result lies in the space of matrices X^T A + Delta^T Y. All eigenvectors of H
/// whose eigenvalue is not zero do, so H is studied there, in orthonormal coordinates: V = X^T Q +
/// P^T Y with Q, P orthonormal bases of the rows of A and Delta, and Y Q^T = 0; a bias has itself.
/// A vector takes examples x (N_d + N_{d-1}) numbers a layer, a product two passes over the
/// weights, about as long as an epoch. Weights are multiplied by the backend in their precision,
/// all else is float64 on the host.
class HessianOperator {
 public:
  /// At `weights`, which must be finite and, like `backend`, outlive the operator; of `settings`
  /// the batch does not matter.
  HessianOperator(Backend& backend, const AnyMemberWeights& weights,
                  const TrainerSettings& settings, const Dataset& data);
  /// Whether outputs and deltas are; else the operator has no meaning and `apply` must not be
  /// called.
  [[nodiscard]] bool finite() const;
  ~HessianOperator();
  HessianOperator(HessianOperator&&) noexcept;
  HessianOperator& operator=(HessianOperator&&) noexcept;

  /// Numbers in a vector.
  [[nodiscard]] Index size() const;
  /// Makes a vector of any numbers one of the space (Y Q^T = 0).
  void project(std::span<double> vector) const;
  /// result = H vector; `vector` must lie in the space.
  void apply(std::span<const double> vector, std::span<double> result);

  /// The direction that a vector stands for: [pathway][layer] N_d x N_{d-1} and, where the network
  /// has biases, 1 x N_d.
  struct Direction {
    std::vector<std::vector<Matrix<double>>> weights;
    std::vector<std::vector<Matrix<double>>> biases;
  };
  [[nodiscard]] Direction direction(std::span<const double> vector) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// The largest eigenvalue of a symmetric operator, within about a thousandth of itself: Lanczos'
/// recurrence from `start`, without orthogonalising again, so that three vectors are all that is
/// kept (copies of eigenvalues may come, but no others). 0 for a start of zeros; NaN where a number
/// is not finite, or the recurrence has not settled after 500 steps.
[[nodiscard]] double largest_eigenvalue(
    std::vector<double> start,
    const std::function<void(std::span<const double>, std::span<double>)>& apply);

/// The largest Hessian eigenvalue of a member's training loss at `weights`; NaN where the outputs
/// or deltas there are not finite.
[[nodiscard]] double largest_hessian_eigenvalue(Backend& backend, const AnyMemberWeights& weights,
                                                const TrainerSettings& settings,
                                                const Dataset& data);

}  // namespace polypath
