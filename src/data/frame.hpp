#pragma once

#include "polypath/core/matrix.hpp"

#include <vector>

namespace polypath {

/// Orthonormal vectors of one length, grown by Gram and Schmidt's method.
class Frame {
 public:
  /// Room for `capacity` <= `length` vectors.
  Frame(Index length, Index capacity) : vectors_(capacity, length) {}

  /// Appends the normalised residual of `candidate` against the vectors so far; false, and no
  /// change, when the residual is shorter than 1e-6.
  bool append(const std::vector<double>& candidate);
  /// Fills the frame with e_1, e_2, ... in this order.
  void complete();

  [[nodiscard]] Index size() const { return size_; }
  /// size x length, one vector a row.
  [[nodiscard]] MatrixView<const double> vectors() const {
    return vectors_.view().row_block(0, size_);
  }

 private:
  void subtract_projection(std::vector<double>& vector) const;

  Matrix<double> vectors_;
  Index size_ = 0;
};

}  // namespace polypath
