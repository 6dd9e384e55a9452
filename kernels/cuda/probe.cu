#include "kernels/cuda/dev.cuh"
#include "kernels/cuda/probe.cuh"

namespace polypath::cuda {
namespace {

constexpr int copy_threads = 256;

}  // namespace

__global__ void probe(int) {}

__global__ void copy_shifted(const float4* from, float4* to, long long elements, int passes,
                             long long shift) {
  const long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= elements) {
    return;
  }
  long long source = i;
  for (int pass = 0; pass < passes; ++pass) {
    to[i] = from[source];
    source += shift;
    source -= source < elements ? 0 : elements;
  }
}

cudaError_t launch_probe(cudaStream_t stream) {
  return dev::launch(stream, dim3(1), dim3(32), 0, probe, 0);
}

cudaError_t launch_copy(cudaStream_t stream, const float4* from, float4* to, long long elements,
                        int passes, long long shift) {
  const auto blocks = static_cast<unsigned>((elements + copy_threads - 1) / copy_threads);
  return dev::launch(stream, dim3(blocks), dim3(copy_threads), 0, copy_shifted, from, to, elements,
                     passes, shift);
}

}  // namespace polypath::cuda
