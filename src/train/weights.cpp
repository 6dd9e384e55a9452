#include "polypath/train/weights.hpp"

#include "weight_rows.hpp"

#include <algorithm>
#include <cassert>

namespace polypath {

template <class T>
void upload_matrix(Backend& backend, const Matrix<double>& source, MatrixView<T> target) {
  assert(source.rows() == target.rows && source.columns() == target.columns);
  std::vector<T> row(static_cast<std::size_t>(target.columns));
  for (Index r = 0; r < target.rows; ++r) {
    std::transform(&source(r, 0), &source(r, 0) + target.columns, row.begin(),
                   [](double value) { return static_cast<T>(value); });
    backend.upload(target.row(r), row.data(), target.columns * Index{sizeof(T)});
  }
}

template <class T>
Matrix<double> download_matrix(Backend& backend, MatrixView<const T> source) {
  Matrix<double> result(source.rows, source.columns);
  WeightRows(backend).each(source, [&](Index first, MatrixView<const double> rows) {
    for (Index r = 0; r < rows.rows; ++r) {
      std::copy_n(rows.row(r), rows.columns, &result(first + r, 0));
    }
  });
  return result;
}

template void upload_matrix(Backend&, const Matrix<double>&, MatrixView<float>);
template void upload_matrix(Backend&, const Matrix<double>&, MatrixView<double>);
template Matrix<double> download_matrix(Backend&, MatrixView<const float>);
template Matrix<double> download_matrix(Backend&, MatrixView<const double>);

}  // namespace polypath
