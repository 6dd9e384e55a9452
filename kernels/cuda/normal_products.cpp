#include "kernels/cuda/normal_products.hpp"

#include <algorithm>

namespace polypath::cuda {

CudaNormalProducts::CudaNormalProducts(cudaStream_t stream, Staging& staging)
    : stream_(stream), staging_(staging), directions_(stream), sums_(stream), result_(stream) {}

void CudaNormalProducts::times(const NormalRows& Z, MatrixView<const double> directions,
                               MatrixView<double> result) {
  multiply(Z, ProductForm::times, directions, result);
}

void CudaNormalProducts::transposed_times(const NormalRows& Z, MatrixView<const double> directions,
                                          MatrixView<double> result) {
  multiply(Z, ProductForm::transposed, directions, result);
}

void CudaNormalProducts::multiply(const NormalRows& Z, ProductForm form,
                                  MatrixView<const double> directions, MatrixView<double> result) {
  if (result.empty()) {
    return;
  }
  for (Index first = 0; first < result.rows; first += most_directions) {
    const Index count = std::min(most_directions, result.rows - first);
    const MatrixView<double> some = result.row_block(first, count);
    if (directions.columns == 0) {
      for (Index r = 0; r < count; ++r) {
        std::fill_n(some.row(r), some.columns, 0.0);
      }
    } else {
      multiply_some(Z, form, directions.row_block(first, count), some);
    }
  }
}

void CudaNormalProducts::multiply_some(const NormalRows& Z, ProductForm form,
                                       MatrixView<const double> directions,
                                       MatrixView<double> result) {
  NormalProduct product = plan_product(Z, form, directions.rows);
  auto* const uploaded = directions_.get<double>(most_directions * product.inner);
  auto* const sums = sums_.get<double>(most_directions * product.outputs * product.parts);
  for (Index r = 0; r < directions.rows; ++r) {
    staging_.upload(uploaded + r * product.inner, directions.row(r),
                    product.inner * static_cast<Index>(sizeof(double)));
  }
  product.directions = uploaded;
  product.sums = sums;
  check(launch_normal_product(stream_, form, product), "normal_product");
  const double* found = sums;
  if (product.parts > 1) {
    auto* const total = result_.get<double>(most_directions * product.outputs);
    check(launch_sum_parts(stream_, sums, product.parts, product.count * product.outputs, total),
          "sum_parts");
    found = total;
  }
  for (Index r = 0; r < result.rows; ++r) {
    staging_.download(result.row(r), found + r * product.outputs,
                      product.outputs * static_cast<Index>(sizeof(double)));
  }
}

}  // namespace polypath::cuda
