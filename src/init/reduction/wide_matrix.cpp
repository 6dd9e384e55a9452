#include "src/init/reduction/wide_matrix.hpp"

#include "polypath/core/error.hpp"

#include "src/backend/cpu/simd_target.hpp"

#include <algorithm>
#include <vector>

#include <cblas.h>

namespace polypath::reduction {
namespace {

/// Parts that threads take; also the partial sums of a transposed product.
constexpr Index most_parts = 16;
/// What the partial sums may take together, bytes.
constexpr Index partial_sum_bytes = Index{512} << 20U;
/// Normals of a panel that is generated at once, about the second-level cache.
constexpr Index panel_normals = Index{1} << 18U;
constexpr Index most_panel_rows = 128;
/// Columns of a tile that is converted to double and multiplied.
constexpr Index tile_columns = 256;

int blas_size(Index size) { return static_cast<int>(size); }

/// Columns [first, first + columns) of `panel` as doubles.
void convert_tile(MatrixView<const float> panel, Index first, Index columns, double* tile) {
  for (Index r = 0; r < panel.rows; ++r) {
    const float* row = panel.row(r) + first;
    std::copy_n(row, columns, tile + r * columns);
  }
}

void add_matrix(const Matrix<double>& term, Matrix<double>& sum) {
  for (Index i = 0; i < sum.rows() * sum.columns(); ++i) {
    sum.data()[i] += term.data()[i];
  }
}

/// Columns [first, first + count).
template <class T>
MatrixView<T> columns_of(MatrixView<T> matrix, Index first, Index count) {
  return {matrix.data + first, matrix.rows, count, matrix.leading_dimension};
}

Index panel_rows(Index columns) {
  return std::clamp(panel_normals / columns, Index{8}, most_panel_rows);
}

}  // namespace

WideMatrix::WideMatrix(Index rows, Index columns, const NormalStream& stream, const Access& access)
    : rows_(rows), columns_(columns), stream_(stream), access_(access) {
  if (access_.keep == Keep::stored) {
    stored_ = Matrix<float>(rows, columns);
    access_.pool.run(most_parts, [this](Index number) {
      const Part rows_of_part = part(number, most_parts);
      generate(rows_of_part.first,
               stored_.view().row_block(rows_of_part.first, rows_of_part.count));
    });
  }
}

WideMatrix::Part WideMatrix::part(Index number, Index parts) const {
  const Index first = rows_ * number / parts;
  return {first, rows_ * (number + 1) / parts - first};
}

void WideMatrix::generate(Index first_row, MatrixView<float> target) const {
  static const cpu::SimdKernels kernels = cpu::kernels_of(cpu::choose_target(""));
  if (!target.empty()) {
    kernels.float32.fill_normal(target, first_row, stream_, 1.0F);
  }
}

template <class Visit>
void WideMatrix::for_panels(Part part, const Visit& visit) const {
  const Index height = panel_rows(columns_);
  Matrix<float> buffer;
  if (stored_.empty()) {
    buffer = Matrix<float>(std::min(height, part.count), columns_);
  }
  for (Index r = 0; r < part.count; r += height) {
    const Index rows = std::min(height, part.count - r);
    const Index first_row = part.first + r;
    if (access_.stop.stop_requested()) {
      throw Interrupted("interrupted");
    }
    if (stored_.empty()) {
      const MatrixView<float> panel = buffer.view().row_block(0, rows);
      generate(first_row, panel);
      visit(first_row, MatrixView<const float>(panel));
    } else {
      visit(first_row, stored_.view().row_block(first_row, rows));
    }
  }
}

template <class Visit>
void WideMatrix::for_slices(const Visit& visit) const {
  const Index most = std::max(access_.slice_normals / columns_, Index{1});
  for (Index first = 0; first < rows_; first += most) {
    if (access_.stop.stop_requested()) {
      throw Interrupted("interrupted");
    }
    visit(NormalRows{stream_, first, std::min(most, rows_ - first), columns_});
  }
}

Matrix<double> WideMatrix::backend_times(const Matrix<double>& directions) const {
  Matrix<double> result(directions.rows(), rows_);
  for_slices([&](const NormalRows& rows) {
    access_.products->times(rows, directions.view(),
                            columns_of(result.view(), rows.first_row, rows.rows));
  });
  return result;
}

Matrix<double> WideMatrix::backend_transposed_times(const Matrix<double>& directions) const {
  Matrix<double> result(directions.rows(), columns_);
  Matrix<double> term(directions.rows(), columns_);
  for_slices([&](const NormalRows& rows) {
    access_.products->transposed_times(
        rows, columns_of(directions.view(), rows.first_row, rows.rows), term.view());
    add_matrix(term, result);
  });
  return result;
}

Matrix<double> WideMatrix::times(const Matrix<double>& directions) const {
  if (on_backend()) {
    return backend_times(directions);
  }
  const Index count = directions.rows();
  Matrix<double> result(count, rows_);
  access_.pool.run(most_parts, [&](Index number) {
    std::vector<double> tile(static_cast<std::size_t>(most_panel_rows * tile_columns));
    for_panels(part(number, most_parts), [&](Index first_row, MatrixView<const float> panel) {
      for (Index c = 0; c < columns_; c += tile_columns) {
        const Index columns = std::min(tile_columns, columns_ - c);
        convert_tile(panel, c, columns, tile.data());
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, blas_size(count),
                    blas_size(panel.rows), blas_size(columns), 1.0, directions.data() + c,
                    blas_size(columns_), tile.data(), blas_size(columns), 1.0,
                    result.data() + first_row, blas_size(rows_));
      }
    });
  });
  return result;
}

Matrix<double> WideMatrix::transposed_times(const Matrix<double>& directions) const {
  if (on_backend()) {
    return backend_transposed_times(directions);
  }
  const Index count = directions.rows();
  const Index parts = std::clamp(partial_sum_bytes / (8 * count * columns_), Index{1}, most_parts);
  std::vector<Matrix<double>> sums(static_cast<std::size_t>(parts));
  access_.pool.run(parts, [&](Index number) {
    Matrix<double>& sum = sums[static_cast<std::size_t>(number)];
    sum = Matrix<double>(count, columns_);
    std::vector<double> tile(static_cast<std::size_t>(most_panel_rows * tile_columns));
    for_panels(part(number, parts), [&](Index first_row, MatrixView<const float> panel) {
      for (Index c = 0; c < columns_; c += tile_columns) {
        const Index columns = std::min(tile_columns, columns_ - c);
        convert_tile(panel, c, columns, tile.data());
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, blas_size(count), blas_size(columns),
                    blas_size(panel.rows), 1.0, directions.data() + first_row, blas_size(rows_),
                    tile.data(), blas_size(columns), 1.0, sum.data() + c, blas_size(columns_));
      }
    });
  });
  for (Index number = 1; number < parts; ++number) {
    add_matrix(sums[static_cast<std::size_t>(number)], sums[0]);
  }
  return std::move(sums[0]);
}

Matrix<double> small_normals(Index rows, Index columns, const NormalStream& stream) {
  Matrix<double> result(rows, columns);
  const cpu::SimdKernels kernels = cpu::kernels_of(cpu::choose_target(""));
  if (!result.empty()) {
    kernels.float64.fill_normal(result.view(), 0, stream, 1.0);
  }
  return result;
}

}  // namespace polypath::reduction
