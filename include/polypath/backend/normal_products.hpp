#pragma once

#include "polypath/core/matrix.hpp"
#include "polypath/core/normal_stream.hpp"

namespace polypath {

/// Rows [first_row, first_row + rows) of the matrix of standard normals that `stream` names, Z for
/// short (rows x columns); its entries are the float32 numbers that initial weights are made of.
struct NormalRows {
  NormalStream stream;
  Index first_row = 0;
  Index rows = 0;
  Index columns = 0;
};

/// Products of host matrices with Z, accumulated in float64 in a fixed order. Z is made as it is
/// multiplied and stored nowhere. The directions are the rows of a matrix, any number m of them; an
/// inner length of 0 gives zeros. Throws OutOfMemory.
class NormalProducts {
 public:
  virtual ~NormalProducts() = default;

  /// Device memory that products with a rows x columns Z take, bytes; kept for later ones.
  [[nodiscard]] virtual Index work_bytes(Index rows, Index columns) const = 0;

  /// result (m x rows) = directions (m x columns) Z^T.
  virtual void times(const NormalRows& Z, MatrixView<const double> directions,
                     MatrixView<double> result) = 0;
  /// result (m x columns) = directions (m x rows) Z.
  virtual void transposed_times(const NormalRows& Z, MatrixView<const double> directions,
                                MatrixView<double> result) = 0;
};

}  // namespace polypath
