#pragma once

#include "polypath/backend/backend.hpp"
#include "polypath/core/matrix.hpp"
#include "polypath/train/weights.hpp"

#include <memory>

namespace polypath {

/// Products of skinny float64 host matrices with the weights of one member, made by the backend in
/// the weights' precision.
class WeightProducts {
 public:
  virtual ~WeightProducts() = default;

  /// f(input W^T + bias) of layer `d` (from 0) of pathway `a`: examples x N_{d+1}.
  virtual Matrix<double> outputs(std::size_t a, std::size_t d, const Matrix<double>& input,
                                 Activation activation) = 0;
  /// input W^T.
  virtual Matrix<double> forward(std::size_t a, std::size_t d, const Matrix<double>& input) = 0;
  /// delta W.
  virtual Matrix<double> backward(std::size_t a, std::size_t d, const Matrix<double>& delta) = 0;
};

/// `backend` and the memory that `weights` point to must outlive the result.
[[nodiscard]] std::unique_ptr<WeightProducts> make_weight_products(Backend& backend,
                                                                   const AnyMemberWeights& weights,
                                                                   Index examples);

}  // namespace polypath
