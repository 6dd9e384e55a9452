#pragma once

#include "polypath/core/types.hpp"

#include <type_traits>
#include <vector>

namespace polypath {

/// A row-major matrix that this object does not own: element (r, c) is
/// data[r * leading_dimension + c], leading_dimension >= columns.
template <class T>
struct MatrixView {
  T* data = nullptr;
  Index rows = 0;
  Index columns = 0;
  Index leading_dimension = 0;

  [[nodiscard]] T& operator()(Index r, Index c) const { return data[r * leading_dimension + c]; }
  [[nodiscard]] T* row(Index r) const { return data + r * leading_dimension; }
  [[nodiscard]] bool empty() const { return rows == 0 || columns == 0; }
  /// Rows [first, first + count).
  [[nodiscard]] MatrixView row_block(Index first, Index count) const {
    return {data + first * leading_dimension, count, columns, leading_dimension};
  }
  operator MatrixView<const T>() const  // NOLINT(google-explicit-constructor)
      requires(!std::is_const_v<T>) {
    return {data, rows, columns, leading_dimension};
  }
};

/// `count` matrices of one shape, `stride` elements apart; stride 0 repeats one matrix.
template <class T>
struct BatchView {
  T* data = nullptr;
  Index rows = 0;
  Index columns = 0;
  Index leading_dimension = 0;
  Index count = 0;
  Index stride = 0;

  [[nodiscard]] MatrixView<T> operator[](Index i) const {
    return {data + i * stride, rows, columns, leading_dimension};
  }
  [[nodiscard]] bool empty() const { return rows == 0 || columns == 0 || count == 0; }
  /// Rows [first, first + number) of every matrix.
  [[nodiscard]] BatchView row_block(Index first, Index number) const {
    return {data + first * leading_dimension, number, columns, leading_dimension, count, stride};
  }
  /// The matrices `first` and later.
  [[nodiscard]] BatchView from(Index first) const {
    return {data + first * stride, rows, columns, leading_dimension, count - first, stride};
  }
  operator BatchView<const T>() const  // NOLINT(google-explicit-constructor)
      requires(!std::is_const_v<T>) {
    return {data, rows, columns, leading_dimension, count, stride};
  }
};

/// A row-major matrix in host memory that owns its elements; leading dimension = columns.
template <class T>
class Matrix {
 public:
  Matrix() = default;
  /// All elements zero.
  Matrix(Index rows, Index columns)
      : rows_(rows), columns_(columns), elements_(static_cast<std::size_t>(rows * columns)) {}

  [[nodiscard]] Index rows() const { return rows_; }
  [[nodiscard]] Index columns() const { return columns_; }
  [[nodiscard]] bool empty() const { return elements_.empty(); }
  [[nodiscard]] T* data() { return elements_.data(); }
  [[nodiscard]] const T* data() const { return elements_.data(); }
  [[nodiscard]] const std::vector<T>& elements() const { return elements_; }

  [[nodiscard]] T& operator()(Index r, Index c) {
    return elements_[static_cast<std::size_t>(r * columns_ + c)];
  }
  [[nodiscard]] const T& operator()(Index r, Index c) const {
    return elements_[static_cast<std::size_t>(r * columns_ + c)];
  }
  [[nodiscard]] MatrixView<T> view() { return {data(), rows_, columns_, columns_}; }
  [[nodiscard]] MatrixView<const T> view() const { return {data(), rows_, columns_, columns_}; }

 private:
  Index rows_ = 0;
  Index columns_ = 0;
  std::vector<T> elements_;
};

}  // namespace polypath
