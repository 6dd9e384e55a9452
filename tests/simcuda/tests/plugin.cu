// A library with kernels and the simulator inside, as the program's plug-in will be.
#include "kernels/cuda/dev.cuh"

namespace plugin {

__global__ void add_one(int* x, int n) {
  const int i = int(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < n) {
    x[i] += 1;
  }
}

}  // namespace plugin

// Counts to `times` on the device; -1 when any CUDA call fails.
extern "C" int plugin_count(int times) {
  cudaStream_t stream = nullptr;
  void* memory = nullptr;
  int result = -1;
  bool ok = cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) == cudaSuccess &&
            cudaMalloc(&memory, sizeof(int)) == cudaSuccess &&
            cudaMemsetAsync(memory, 0, sizeof(int), stream) == cudaSuccess;
  for (int i = 0; ok && i < times; ++i) {
    ok =
        dev::launch(stream, 1, 32, 0, plugin::add_one, static_cast<int*>(memory), 1) == cudaSuccess;
  }
  ok = ok &&
       cudaMemcpyAsync(&result, memory, sizeof(int), cudaMemcpyDeviceToHost, stream) ==
           cudaSuccess &&
       cudaStreamSynchronize(stream) == cudaSuccess;
  ok = cudaFree(memory) == cudaSuccess && ok;
  return ok ? result : -1;
}
