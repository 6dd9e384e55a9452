#include "kernels/cuda/dev.cuh"
#include "kernels/cuda/normal_product.cuh"
#include "kernels/functor/normal.hpp"

namespace polypath::cuda {

// A block makes 64 outputs of 64 directions; each of its 16 x 16 threads 4 x 4 of them, 16 apart,
// in registers. 16 steps of the inner length at a time, 1024 normals are made, which is one Philox
// call for each thread.
constexpr int side = 16;
constexpr int each = 4;
constexpr int tile_outputs = side * each;
constexpr int tile_inner = 16;
constexpr int product_threads = side * side;
constexpr int directions_pitch = most_directions + 1;  // columns of a tile in different banks
constexpr int sum_threads = 256;
// As many blocks as keep every card busy, if the inner length can be cut into so many parts.
constexpr Index wanted_blocks = 1024;
constexpr Index most_parts = 64;

/// normals[step][output] of Z. What lies outside Z is made too: it meets zeros, or is not written.
template <ProductForm form>
__device__ inline void make_tile(const NormalRows& Z, Index first_inner, Index first_output,
                                 float* normals) {
  const int thread = static_cast<int>(threadIdx.y * side + threadIdx.x);
  if constexpr (form == ProductForm::times) {
    const int output = thread % tile_outputs;
    const int block = thread / tile_outputs;
    const Normal4 z = normal4(
        normal_counter(Z.stream, Z.first_row + first_output + output, first_inner / 4 + block),
        normal_key(Z.stream));
    for (int c = 0; c < 4; ++c) {
      normals[(4 * block + c) * tile_outputs + output] = z.z[c];
    }
  } else {
    const int step = thread / side;
    const int block = thread % side;
    const Normal4 z = normal4(
        normal_counter(Z.stream, Z.first_row + first_inner + step, first_output / 4 + block),
        normal_key(Z.stream));
    for (int c = 0; c < 4; ++c) {
      normals[step * tile_outputs + 4 * block + c] = z.z[c];
    }
  }
}

/// tile[step][direction], zero beyond `end` and beyond the last direction.
__device__ inline void load_directions(const NormalProduct& product, Index first, Index end,
                                       double* tile) {
  const Index inner = first + threadIdx.x;
  for (int j = 0; j < each; ++j) {
    const int direction = static_cast<int>(threadIdx.y) + side * j;
    const bool inside = inner < end && direction < product.count;
    tile[threadIdx.x * directions_pitch + static_cast<unsigned>(direction)] =
        inside ? product.directions[direction * product.inner + inner] : 0.0;
  }
}

/// sums += directions^T normals over one tile; rows of `sums` beyond `used` are left out.
__device__ inline void multiply_tile(const double* directions, const float* normals, int used,
                                     double (&sums)[each][each]) {
  for (int step = 0; step < tile_inner; ++step) {
    double z[each];
#pragma unroll
    for (int o = 0; o < each; ++o) {
      z[o] = static_cast<double>(normals[step * tile_outputs + threadIdx.x + side * o]);
    }
#pragma unroll
    for (int i = 0; i < each; ++i) {
      if (i < used) {
        const double x = directions[step * directions_pitch + threadIdx.y + side * i];
#pragma unroll
        for (int o = 0; o < each; ++o) {
          sums[i][o] += x * z[o];
        }
      }
    }
  }
}

template <ProductForm form>
__global__ void __launch_bounds__(product_threads) normal_product(NormalProduct product) {
  DEV_SHARED(float, normals, tile_inner* tile_outputs);
  DEV_SHARED(double, directions, tile_inner* directions_pitch);
  const Index first_output = Index{blockIdx.x} * tile_outputs;
  const Index first = Index{blockIdx.y} * product.part_length;
  const Index last = first + product.part_length;
  const Index end = last < product.inner ? last : product.inner;
  const int used = static_cast<int>((product.count + side - 1) / side);
  double sums[each][each] = {};
  for (Index inner = first; inner < end; inner += tile_inner) {
    make_tile<form>(product.Z, inner, first_output, normals);
    load_directions(product, inner, end, directions);
    __syncthreads();
    multiply_tile(directions, normals, used, sums);
    __syncthreads();
  }
  double* const part = product.sums + blockIdx.y * product.count * product.outputs;
#pragma unroll
  for (int i = 0; i < each; ++i) {
#pragma unroll
    for (int o = 0; o < each; ++o) {
      const Index direction = threadIdx.y + side * i;
      const Index output = first_output + threadIdx.x + side * o;
      if (direction < product.count && output < product.outputs) {
        part[direction * product.outputs + output] = sums[i][o];
      }
    }
  }
}

__global__ void __launch_bounds__(sum_threads)
    sum_parts(const double* sums, Index parts, Index entries, double* result) {
  const Index entry = Index{blockIdx.x} * sum_threads + threadIdx.x;
  if (entry >= entries) {
    return;
  }
  double sum = sums[entry];
  for (Index part = 1; part < parts; ++part) {
    sum += sums[part * entries + entry];
  }
  result[entry] = sum;
}

namespace {

Index ratio_up(Index a, Index b) { return (a + b - 1) / b; }

}  // namespace

NormalProduct plan_product(const NormalRows& Z, ProductForm form, Index count) {
  const bool times = form == ProductForm::times;
  NormalProduct product{};
  product.Z = Z;
  product.inner = times ? Z.columns : Z.rows;
  product.outputs = times ? Z.rows : Z.columns;
  product.count = count;
  const Index wanted = wanted_blocks / ratio_up(product.outputs, tile_outputs);
  const Index parts = wanted < 1 ? 1 : wanted < most_parts ? wanted : most_parts;
  product.part_length = tile_inner * ratio_up(ratio_up(product.inner, parts), tile_inner);
  product.parts = ratio_up(product.inner, product.part_length);
  return product;
}

cudaError_t launch_normal_product(cudaStream_t stream, ProductForm form,
                                  const NormalProduct& product) {
  const dim3 grid(static_cast<unsigned>(ratio_up(product.outputs, tile_outputs)),
                  static_cast<unsigned>(product.parts));
  void (*const kernel)(NormalProduct) = form == ProductForm::times
                                            ? normal_product<ProductForm::times>
                                            : normal_product<ProductForm::transposed>;
  return dev::launch(stream, grid, dim3(side, side), 0, kernel, product);
}

cudaError_t launch_sum_parts(cudaStream_t stream, const double* sums, Index parts, Index entries,
                             double* result) {
  return dev::launch(stream, dim3(static_cast<unsigned>(ratio_up(entries, sum_threads))),
                     dim3(sum_threads), 0, sum_parts, sums, parts, entries, result);
}

}  // namespace polypath::cuda
