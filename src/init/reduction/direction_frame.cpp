#include "src/init/reduction/direction_frame.hpp"

#include "polypath/core/linalg.hpp"

#include "src/init/reduction/blocks.hpp"

#include <algorithm>

#include <cblas.h>

namespace polypath::reduction {
namespace {

constexpr double rounding_cut = 1e-13;
constexpr Index parts = 16;

struct Range {
  Index first = 0;
  Index count = 0;
};

Range part_of(Index width, Index number) {
  const Index first = width * number / parts;
  return {first, width * (number + 1) / parts - first};
}

MatrixView<const double> columns_of(const double* rows, Index count, Index width, Range range) {
  return {rows + range.first, count, range.count, width};
}

/// The first `count` columns of V as rows.
Matrix<double> leading_rows(const Matrix<double>& V, Index count) {
  return transpose(block(V, 0, V.rows(), 0, count));
}

}  // namespace

Matrix<double> DirectionFrame::coordinates(const Matrix<double>& X) const {
  std::vector<Matrix<double>> terms(parts);
  pool_->run(parts, [&](Index number) {
    const Range range = part_of(width_, number);
    terms[static_cast<std::size_t>(number)] =
        multiply_transposed_right(columns_of(X.data(), X.rows(), width_, range),
                                  columns_of(rows_.data(), count_, width_, range));
  });
  Matrix<double> sum = std::move(terms[0]);
  for (std::size_t number = 1; number < terms.size(); ++number) {
    for (Index i = 0; i < sum.rows() * sum.columns(); ++i) {
      sum.data()[i] += terms[number].data()[i];
    }
  }
  return sum;
}

void DirectionFrame::remove_frame(Matrix<double>& X) const {
  if (count_ == 0) {
    return;
  }
  const Matrix<double> inside = coordinates(X);
  pool_->run(parts, [&](Index number) {
    const Range range = part_of(width_, number);
    if (range.count > 0) {
      cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, static_cast<int>(X.rows()),
                  static_cast<int>(range.count), static_cast<int>(count_), -1.0, inside.data(),
                  static_cast<int>(count_), rows_.data() + range.first, static_cast<int>(width_),
                  1.0, X.data() + range.first, static_cast<int>(width_));
    }
  });
}

Index DirectionFrame::append(const Matrix<double>& X) {
  const double cut = rounding_cut * frobenius_norm(X.view());
  const Index room = width_ - count_;
  if (room == 0 || X.rows() == 0) {
    return 0;
  }
  Matrix<double> rest = X;
  remove_frame(rest);
  remove_frame(rest);  // once more: the first leaves rounding errors of the size of X
  const ThinSvd svd = thin_svd(rest.view());
  Index fresh = 0;
  while (fresh < std::min(room, static_cast<Index>(svd.S.size())) &&
         svd.S[static_cast<std::size_t>(fresh)] > cut) {
    ++fresh;
  }
  if (fresh == 0) {
    return 0;
  }
  Matrix<double> rows = leading_rows(svd.V, fresh);
  remove_frame(rows);
  const Matrix<double> basis = transpose(qr_orthonormal(transpose(rows.view()).view()).view());
  rows_.insert(rows_.end(), basis.elements().begin(), basis.elements().end());
  count_ += fresh;
  return fresh;
}

Matrix<double> DirectionFrame::directions(Index first, Index count) const {
  Matrix<double> result(count, width_);
  std::copy_n(rows_.data() + first * width_, count * width_, result.data());
  return result;
}

void DirectionFrame::rotate(Index first, const Matrix<double>& H) {
  const Index moved = count_ - first;
  pool_->run(parts, [&](Index number) {
    const Range range = part_of(width_, number);
    const Matrix<double> rotated = multiply_transposed_left(
        H.view(), columns_of(rows_.data() + first * width_, moved, width_, range));
    for (Index r = 0; r < moved; ++r) {
      std::copy_n(rotated.data() + r * range.count, range.count,
                  rows_.data() + (first + r) * width_ + range.first);
    }
  });
}

}  // namespace polypath::reduction
