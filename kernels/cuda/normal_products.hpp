#pragma once

#include "kernels/cuda/graph_cache.hpp"
#include "kernels/cuda/normal_product.cuh"
#include "kernels/cuda/staging.hpp"

namespace polypath::cuda {

/// Products with normals that are made on the device, 64 directions at a time: a product takes
/// up to 64 (inner + (1 + parts) outputs) doubles of device memory, allocated when first needed,
/// and one or two kernels for each 64 directions.
class CudaNormalProducts final : public NormalProducts {
 public:
  CudaNormalProducts(cudaStream_t stream, Staging& staging, GraphCache& graphs);

  [[nodiscard]] Index work_bytes(Index rows, Index columns) const override;
  void times(const NormalRows& Z, MatrixView<const double> directions,
             MatrixView<double> result) override;
  void transposed_times(const NormalRows& Z, MatrixView<const double> directions,
                        MatrixView<double> result) override;

 private:
  void multiply(const NormalRows& Z, ProductForm form, MatrixView<const double> directions,
                MatrixView<double> result);
  /// At most most_directions rows of each.
  void multiply_some(const NormalRows& Z, ProductForm form, MatrixView<const double> directions,
                     MatrixView<double> result);

  cudaStream_t stream_;
  Staging& staging_;
  Workspace directions_;
  Workspace sums_;
  Workspace result_;
};

}  // namespace polypath::cuda
