// The one translation unit with Thrust, which costs compile time: initial weights, set-up only.
#define POLYPATH_DEV_THRUST
#include "kernels/cuda/dev.cuh"
#include "kernels/cuda/normal.cuh"
#include "kernels/functor/normal.hpp"

#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>

namespace polypath::cuda {

/// Writes the four columns that one Philox call makes, `index` counting them through the matrix.
template <class T>
struct WriteNormals {
  T* data;
  Index columns;
  Index leading_dimension;
  Index blocks;  ///< of four columns in a row, the last one perhaps cut
  NormalStream normals;
  T sigma;

  POLYPATH_HOST_DEVICE void operator()(Index index) const {
    const Index row = index / blocks;
    const Index block = index - row * blocks;
    const Normal4 z = normal4(normal_counter(normals, row, block), normal_key(normals));
    const Index left = columns - 4 * block;
    for (int c = 0; c < 4; ++c) {
      if (c < left) {
        data[row * leading_dimension + 4 * block + c] = sigma * static_cast<T>(z.z[c]);
      }
    }
  }
};

template <class T>
cudaError_t fill_normal(cudaStream_t stream, MatrixView<T> target, const NormalStream& normals,
                        T sigma) {
  const Index blocks = (target.columns + 3) / 4;
  const WriteNormals<T> write{target.data, target.columns, target.leading_dimension,
                              blocks,      normals,        sigma};
  const Index count = target.rows * blocks;
  return dev::with_thrust(stream, [write, count](const auto& policy) {
    thrust::for_each_n(policy, thrust::counting_iterator<Index>(0), count, write);
  });
}

template cudaError_t fill_normal(cudaStream_t, MatrixView<float>, const NormalStream&, float);
template cudaError_t fill_normal(cudaStream_t, MatrixView<double>, const NormalStream&, double);

}  // namespace polypath::cuda
