// Launching kernels and declaring shared memory, for nvcc and for g++ with the simulated device.
//
// Only this file and kernels/functor/host_device.hpp may ask which compiler reads them. Rules for
// .cu files that keep both happy:
//  1. launch through dev::launch, never <<<>>>;
//  2. shared arrays through DEV_SHARED and DEV_DYN_SHARED, never raw __shared__;
//  3. no inline PTX, CUB block primitives, textures, device printf or malloc, nested launches;
//  4. no __constant__: small structs by value; parameters trivially copyable;
//  5. kernels in a named namespace, templates instantiated explicitly;
//  6. explicit non-blocking streams, no synchronous cudaMemcpy or cudaMemset;
//  7. no float atomics; nothing relies on lanes of a warp running together without __syncwarp.
#pragma once

#include <cstddef>
#include <utility>

#include <cuda_runtime.h>

// A translation unit that uses Thrust says so before it includes this file: it costs compile time.
#if defined(POLYPATH_DEV_THRUST) && defined(__CUDACC__)
#include <thrust/system/cuda/execution_policy.h>
#include <thrust/system_error.h>
#elif defined(POLYPATH_DEV_THRUST)
#include <thrust/execution_policy.h>
#endif

#if defined(__CUDACC__)
// A shared array of `count` elements, visible to the whole block.
#define DEV_SHARED(type, name, count) __shared__ type name[count]
// The launch's dynamic shared memory as an array; one per kernel, aligned to 16 bytes.
#define DEV_DYN_SHARED(type, name)                                         \
  extern __shared__ __align__(16) unsigned char polypath_dynamic_shared[]; \
  type* name = reinterpret_cast<type*>(polypath_dynamic_shared)
#else
#define DEV_SHARED(type, name, count) auto& name = simcuda::shared_array<type[count]>([] {})
#define DEV_DYN_SHARED(type, name) type* name = static_cast<type*>(simcuda::dynamic_shared())
#endif

namespace dev {

// Keeps an argument out of template deduction, so that the kernel alone fixes the types.
template <class T>
struct Exactly {
  using Type = T;
};

template <class... P>
inline cudaError_t launch(cudaStream_t stream, dim3 grid, dim3 block, std::size_t shared_bytes,
                          void (*kernel)(P...), typename Exactly<P>::Type... args) {
#if !defined(__CUDACC__)
  simcuda::enroll(kernel);
#endif
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = block;
  config.dynamicSmemBytes = shared_bytes;
  config.stream = stream;
  return cudaLaunchKernelEx(&config, kernel, args...);
}

#if defined(POLYPATH_DEV_THRUST)
// Runs algorithm(policy) in the order of `stream`. It is given raw device pointers only, and must
// not use an algorithm that returns a value, because that would wait for the device.
template <class Algorithm>
inline cudaError_t with_thrust(cudaStream_t stream, Algorithm algorithm) {
#if defined(__CUDACC__)
  try {
    algorithm(thrust::cuda::par_nosync.on(stream));
  } catch (const thrust::system_error& failure) {
    static_cast<void>(cudaGetLastError());  // it is told once, by whoever checks the result
    return static_cast<cudaError_t>(failure.code().value());
  }
  return cudaGetLastError();
#else
  const auto run = [](void* queued) { (*static_cast<Algorithm*>(queued))(thrust::host); };
  const auto destroy = [](void* queued) { delete static_cast<Algorithm*>(queued); };
  return simcuda::enqueue_device_task(stream, run, destroy, new Algorithm(std::move(algorithm)));
#endif
}
#endif

}  // namespace dev
