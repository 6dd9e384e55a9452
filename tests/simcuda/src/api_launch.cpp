// Kernel launches, with the limits of the documentation.
#include "kernel.hpp"
#include "report.hpp"
#include "runtime.hpp"
#include "simcuda/builtins.hpp"
#include "stream.hpp"

#include <cstring>

namespace simcuda {
namespace {

constexpr std::size_t kOptInSharedBytes = std::size_t{99} << 10;  // the least of sm_75 to sm_120

bool shape_is_legal(const dim3& grid, const dim3& block) {
  const bool some =
      grid.x > 0 && grid.y > 0 && grid.z > 0 && block.x > 0 && block.y > 0 && block.z > 0;
  return some && grid.x <= 0x7fffffffu && grid.y <= 65535 && grid.z <= 65535 && block.x <= 1024 &&
         block.y <= 1024 && block.z <= 64 && std::size_t{block.x} * block.y * block.z <= 1024;
}

// Code is loaded at its first use, or when its attributes are asked for.
cudaError_t load_for(cudaStream_t stream, Kernel& kernel) {
  require_stream(stream, kernel.name.c_str());
  if (!kernel.loaded && config().loading == Loading::lazy) {
    if (const cudaError_t error = refuse_loading_in_capture(stream); error != cudaSuccess) {
      return error;
    }
  }
  kernel.loaded = true;
  return cudaSuccess;
}

}  // namespace

cudaError_t enqueue_device_task(cudaStream_t stream, void (*function)(void*),
                                void (*destroy)(void*), void* argument) {
  const ApiCall call("enqueue_device_task");
  const std::shared_ptr<void> owned(argument, destroy);
  if (call.failed()) {
    return call.error();
  }
  if (const cudaError_t left = cudaGetLastError(); left != cudaSuccess) {
    return left;  // Thrust looks at the last error after its launch, whoever made it
  }
  enqueue(stream, {"library task", [function, owned] { function(owned.get()); }});
  return cudaSuccess;
}

}  // namespace simcuda

using simcuda::ApiCall;
using simcuda::record_error;

extern "C" {

cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t* config, const void* function,
                                void** args) {
  const ApiCall call("cudaLaunchKernelExC");
  if (call.failed()) {
    return call.error();
  }
  simcuda::Kernel* kernel = simcuda::find_kernel(function);
  if (kernel == nullptr) {
    return record_error(cudaErrorInvalidDeviceFunction);
  }
  if (!simcuda::shape_is_legal(config->gridDim, config->blockDim) ||
      config->dynamicSmemBytes > kernel->dynamic_shared_limit || config->numAttrs != 0) {
    return record_error(cudaErrorInvalidConfiguration);
  }
  const dim3& block = config->blockDim;
  if (std::size_t{block.x} * block.y * block.z > kernel->max_threads) {
    return record_error(cudaErrorInvalidValue);  // more than __launch_bounds__ promised
  }
  if (const cudaError_t error = simcuda::load_for(config->stream, *kernel); error != cudaSuccess) {
    return error;
  }
  auto launch = std::make_shared<simcuda::Launch>();
  launch->kernel = kernel;
  launch->grid = config->gridDim;
  launch->block = config->blockDim;
  launch->dynamic_shared = config->dynamicSmemBytes;
  for (std::size_t i = 0; i < kernel->parameter_bytes.size(); ++i) {
    const char* argument = static_cast<const char*>(args[i]);
    launch->arguments.emplace_back(argument, argument + kernel->parameter_bytes[i]);
  }
  simcuda::enqueue(config->stream, {kernel->name, [launch] { simcuda::execute(*launch); }});
  return cudaSuccess;
}

cudaError_t cudaLaunchKernel(const void* function, dim3 grid, dim3 block, void** args,
                             std::size_t shared_bytes, cudaStream_t stream) {
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = block;
  config.dynamicSmemBytes = shared_bytes;
  config.stream = stream;
  return cudaLaunchKernelExC(&config, function, args);
}

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void* function) {
  const ApiCall call("cudaFuncGetAttributes");
  if (call.failed()) {
    return call.error();
  }
  simcuda::Kernel* kernel = simcuda::find_kernel(function);
  if (kernel == nullptr) {
    return record_error(cudaErrorInvalidDeviceFunction);
  }
  kernel->loaded = true;
  *attributes = cudaFuncAttributes{};
  attributes->maxThreadsPerBlock = static_cast<int>(kernel->max_threads);
  attributes->maxDynamicSharedSizeBytes = static_cast<int>(kernel->dynamic_shared_limit);
  attributes->ptxVersion = attributes->binaryVersion =
      10 * simcuda::config().compute_major + simcuda::config().compute_minor;
  return cudaSuccess;
}

cudaError_t cudaFuncSetAttribute(const void* function, cudaFuncAttribute attribute, int value) {
  const ApiCall call("cudaFuncSetAttribute");
  if (call.failed()) {
    return call.error();
  }
  simcuda::Kernel* kernel = simcuda::find_kernel(function);
  if (kernel == nullptr) {
    return record_error(cudaErrorInvalidDeviceFunction);
  }
  if (attribute == cudaFuncAttributePreferredSharedMemoryCarveout) {
    return cudaSuccess;  // a hint about caches, which are not modelled
  }
  if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize || value < 0 ||
      static_cast<std::size_t>(value) > simcuda::kOptInSharedBytes) {
    return record_error(cudaErrorInvalidValue);
  }
  kernel->dynamic_shared_limit = static_cast<std::size_t>(value);
  return cudaSuccess;
}

}  // extern "C"
