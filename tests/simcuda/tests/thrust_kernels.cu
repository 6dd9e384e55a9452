#define POLYPATH_DEV_THRUST
#include "kernels/cuda/dev.cuh"

#include "thrust_kernels.cuh"

#include <thrust/tabulate.h>

namespace thrust_kernels {

struct Square {
  __host__ __device__ double operator()(long i) const { return double(i) * double(i); }
};

cudaError_t fill_squares(cudaStream_t stream, double* x, int n) {
  return dev::with_thrust(
      stream, [=](const auto& policy) { thrust::tabulate(policy, x, x + n, Square{}); });
}

}  // namespace thrust_kernels
