#pragma once

#include "kernels/functor/host_device.hpp"
#include "polypath/core/matrix.hpp"
#include "polypath/core/types.hpp"

namespace polypath::cuda {

/// A batch of row-major matrices as a kernel sees it; the sizes come separately.
template <class T>
struct Operand {
  T* data;
  Index leading_dimension;
  Index stride;

  POLYPATH_HOST_DEVICE T& at(Index matrix, Index row, Index column) const {
    return data[matrix * stride + row * leading_dimension + column];
  }
};

template <class T>
inline Operand<T> operand(const BatchView<T>& batch) {
  return {batch.data, batch.leading_dimension, batch.stride};
}

/// Rows, columns and number of the matrices that a launch covers.
struct Extent {
  Index rows;
  Index columns;
  Index count;
};

template <class T>
inline Extent extent(const BatchView<T>& batch) {
  return {batch.rows, batch.columns, batch.count};
}

}  // namespace polypath::cuda
