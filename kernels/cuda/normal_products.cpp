#include "kernels/cuda/normal_products.hpp"

#include <algorithm>

namespace polypath::cuda {
namespace {

/// Doubles that a product takes, whatever the number of its directions.
struct Elements {
  Index directions;
  Index sums;
  Index result;
};

Elements elements_of(const NormalProduct& product) {
  const Index outputs = most_directions * product.outputs;
  return {most_directions * product.inner, outputs * product.parts,
          product.parts > 1 ? outputs : 0};
}

}  // namespace

CudaNormalProducts::CudaNormalProducts(cudaStream_t stream, Staging& staging, GraphCache& graphs)
    : stream_(stream),
      staging_(staging),
      directions_(stream, graphs),
      sums_(stream, graphs),
      result_(stream, graphs) {}

Index CudaNormalProducts::work_bytes(Index rows, Index columns) const {
  Elements most{};
  for (const ProductForm form : {ProductForm::times, ProductForm::transposed}) {
    const Elements some = elements_of(plan_product({{}, 0, rows, columns}, form, most_directions));
    most = {std::max(most.directions, some.directions), std::max(most.sums, some.sums),
            std::max(most.result, some.result)};
  }
  return static_cast<Index>(sizeof(double)) * (most.directions + most.sums + most.result);
}

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
  const Elements elements = elements_of(product);
  auto* const uploaded = directions_.get<double>(elements.directions);
  auto* const sums = sums_.get<double>(elements.sums);
  for (Index r = 0; r < directions.rows; ++r) {
    staging_.upload(uploaded + r * product.inner, directions.row(r),
                    product.inner * static_cast<Index>(sizeof(double)));
  }
  product.directions = uploaded;
  product.sums = sums;
  check(launch_normal_product(stream_, form, product), "normal_product");
  const double* found = sums;
  if (product.parts > 1) {
    auto* const total = result_.get<double>(elements.result);
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
