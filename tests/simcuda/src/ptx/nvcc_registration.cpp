// The entry points that nvcc's host code calls before main and at every launch. With them, objects
// of plain `nvcc -c` link with the simulator in place of libcudart.
#include "../kernel.hpp"
#include "../report.hpp"
#include "../runtime.hpp"
#include "body.hpp"
#include "fatbin.hpp"
#include "module.hpp"

#include <memory>
#include <vector>

#include <cuda_runtime.h>

namespace {

using simcuda::ptx::Module;

struct PendingLaunch {
  dim3 grid;
  dim3 block;
  std::size_t shared_bytes = 0;
  cudaStream_t stream = nullptr;
};

// Modules live as long as the process: kernels point into them.
std::vector<std::unique_ptr<Module>>& modules() {
  static std::vector<std::unique_ptr<Module>> list;
  return list;
}

thread_local std::vector<PendingLaunch> pending_launches;

}  // namespace

extern "C" {

void** __cudaRegisterFatBinary(void* wrapper) {
  const auto lock = simcuda::lock_device();
  const std::string text = simcuda::ptx::ptx_of_fat_binary(wrapper);
  modules().push_back(std::make_unique<Module>(simcuda::ptx::parse_module(text)));
  return reinterpret_cast<void**>(modules().back().get());
}

void __cudaRegisterFatBinaryEnd(void**) {}
void __cudaUnregisterFatBinary(void**) {}
char __cudaInitModule(void**) { return 1; }

void __cudaRegisterFunction(void** handle, const char* host_function, char*,
                            const char* device_name, int, uint3*, uint3*, dim3*, dim3*, int*) {
  const auto lock = simcuda::lock_device();
  auto& module = *reinterpret_cast<Module*>(handle);
  const auto entry = module.entries.find(device_name);
  if (entry == module.entries.end()) {
    simcuda::violation("ptx: kernel %s was registered, but its object's PTX does not have it",
                       device_name);
  }
  simcuda::Kernel kernel;
  kernel.name = simcuda::demangled_without_parameters(device_name);
  kernel.body = std::make_unique<simcuda::ptx::PtxBody>(entry->second);
  kernel.max_threads = entry->second.max_threads;
  for (const auto& parameter : entry->second.parameters) {
    kernel.parameter_bytes.push_back(parameter.bytes);
  }
  simcuda::add_kernel(host_function, std::move(kernel));
}

// Thrust has such variables without using them. Kernels may read what the module initialises; that
// the host writes one (cudaMemcpyToSymbol) is not modelled.
void __cudaRegisterVar(void**, char*, char*, const char*, int, std::size_t, int, int) {}

cudaError_t __cudaGetKernel(cudaKernel_t* kernel, const void* host_function) {
  *kernel = reinterpret_cast<cudaKernel_t>(const_cast<void*>(host_function));
  return cudaSuccess;
}

unsigned __cudaPushCallConfiguration(dim3 grid, dim3 block, std::size_t shared_bytes,
                                     cudaStream_t stream) {
  pending_launches.push_back({grid, block, shared_bytes, stream});
  return 0;
}

cudaError_t __cudaPopCallConfiguration(dim3* grid, dim3* block, std::size_t* shared_bytes,
                                       void* stream) {
  const PendingLaunch launch = pending_launches.back();
  pending_launches.pop_back();
  *grid = launch.grid;
  *block = launch.block;
  *shared_bytes = launch.shared_bytes;
  *static_cast<cudaStream_t*>(stream) = launch.stream;
  return cudaSuccess;
}

cudaError_t __cudaLaunchKernel(cudaKernel_t kernel, dim3 grid, dim3 block, void** args,
                               std::size_t shared_bytes, cudaStream_t stream) {
  return cudaLaunchKernel(reinterpret_cast<const void*>(kernel), grid, block, args, shared_bytes,
                          stream);
}

}  // extern "C"
