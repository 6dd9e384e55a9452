#pragma once

#include "polypath/core/matrix.hpp"
#include "polypath/core/thread_pool.hpp"

namespace polypath::reduction {

/// Orthonormal directions of a wide space, one a row of Q (count x width). Sums along the width
/// are cut into parts and taken in order, whatever the number of threads.
class DirectionFrame {
 public:
  DirectionFrame(Index width, ThreadPool& pool) : width_(width), pool_(&pool) {}

  [[nodiscard]] Index count() const { return count_; }

  /// Appends an orthonormal basis of the part of the rows of X (m x width) that lies outside the
  /// frame, as far as it exceeds rounding (1e-13 of X). Returns how many directions that makes.
  Index append(const Matrix<double>& X);

  /// X Q^T (m x count).
  [[nodiscard]] Matrix<double> coordinates(const Matrix<double>& X) const;

  /// Rows [first, first + count) of Q.
  [[nodiscard]] Matrix<double> directions(Index first, Index count) const;

  /// Rows from `first` on <- H^T rows.
  void rotate(Index first, const Matrix<double>& H);

 private:
  /// X - X Q^T Q.
  void remove_frame(Matrix<double>& X) const;

  Index width_;
  ThreadPool* pool_;
  Index count_ = 0;
  std::vector<double> rows_;
};

}  // namespace polypath::reduction
