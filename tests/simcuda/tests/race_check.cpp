// ThreadSanitizer as a race checker for kernels: silent on correct ones, a report on wrong ones.
#include "bad_kernels.cuh"
#include "kernels.cuh"
#include "simcuda/simcuda.hpp"

#include <cstdio>
#include <cstring>

namespace {

template <class T>
T* zeros(cudaStream_t stream, std::size_t count) {
  void* address = nullptr;
  if (cudaMalloc(&address, count * sizeof(T)) != cudaSuccess ||
      cudaMemsetAsync(address, 0, count * sizeof(T), stream) != cudaSuccess) {
    std::fputs("allocation failed\n", stderr);
  }
  return static_cast<T*>(address);
}

void run_correct_kernels(cudaStream_t stream) {
  float* x = zeros<float>(stream, 1024);
  float* y = zeros<float>(stream, 1024);
  double* d = zeros<double>(stream, 273);
  double* e = zeros<double>(stream, 273);
  int* i = zeros<int>(stream, 200);
  auto* u = zeros<unsigned>(stream, 256);
  test_kernels::launch_tanh_bias(stream, x, y, zeros<float>(stream, 16), 16, 1024);
  test_kernels::launch_axpy(stream, y, x, 0.5f, 1024);
  test_kernels::launch_block_sums(stream, d, e, 3, 273);
  test_kernels::launch_row_sums(stream, x, y, 4, 256);
  test_kernels::launch_philox(stream, u, {}, 64);
  test_kernels::launch_histogram(stream, i, u, 200);
  test_kernels::launch_votes(stream, i, u);
  test_kernels::launch_transpose(stream, d, e, 13, 21);
}

}  // namespace

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "correct";
  simcuda::reset();
  cudaStream_t stream = nullptr;
  cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking);
  float* x = zeros<float>(stream, 64);
  float* y = zeros<float>(stream, 64);
  if (std::strcmp(what, "missing_barrier") == 0) {
    bad_kernels::launch_missing_barrier(stream, x, y);
  } else if (std::strcmp(what, "race_of_blocks") == 0) {
    bad_kernels::launch_race_of_blocks(stream, y);
  } else {
    run_correct_kernels(stream);
  }
  const cudaError_t error = cudaStreamSynchronize(stream);
  std::printf("%s: %s, %llu threads\n", what, cudaGetErrorString(error),
              static_cast<unsigned long long>(simcuda::counters().threads));
  return error == cudaSuccess ? 0 : 2;
}
