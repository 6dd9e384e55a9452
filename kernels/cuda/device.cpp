#include "kernels/cuda/device.hpp"

#include "kernels/cuda/check.hpp"
#include "kernels/cuda/probe.cuh"

#include <algorithm>

namespace polypath::cuda {
namespace {

/// Graphs, the library's and the projection's workspaces, and kernels loaded later.
constexpr Index reserved_bytes = Index{256} << 20;

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

std::string driver_reason() {
  int driver = 0;
  static_cast<void>(cudaDriverGetVersion(&driver));
  if (driver == 0) {
    return "no NVIDIA driver is loaded; install it, or load its kernel module (nvidia-smi must "
           "list the card)";
  }
  return "the NVIDIA driver is too old: it supports CUDA " + version_text(driver) +
         ", this build needs " + version_text(CUDART_VERSION) + "; update the driver";
}

std::string architecture_reason() {
  int major = 0;
  int minor = 0;
  static_cast<void>(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, 0));
  static_cast<void>(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, 0));
  return "this build has code for the architectures " POLYPATH_CUDA_CODE
         ", and not for that of the card, " +
         std::to_string(10 * major + minor) +
         "; build with -DCMAKE_CUDA_ARCHITECTURES=native, or make a bundle with tools/bundle "
         "--arch";
}

std::string reason_of(cudaError_t error) {
  static_cast<void>(cudaGetLastError());
  switch (error) {
    case cudaErrorInsufficientDriver:
    case cudaErrorUnsupportedPtxVersion:  // the driver is older than the compiler
      return driver_reason();
    case cudaErrorNoDevice:
      return "the driver sees no CUDA device; check nvidia-smi and CUDA_VISIBLE_DEVICES";
    case cudaErrorNoKernelImageForDevice:
      return architecture_reason();
    default:
      return std::string("the first use of the card failed with ") + cudaGetErrorName(error) +
             " (" + cudaGetErrorString(error) + "); check nvidia-smi and the kernel log";
  }
}

cudaError_t run_probe() {
  if (const cudaError_t error = cudaSetDevice(0); error != cudaSuccess) {
    return error;
  }
  cudaStream_t stream = nullptr;
  if (const cudaError_t error = cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking);
      error != cudaSuccess) {
    return error;
  }
  cudaError_t error = launch_probe(stream);
  if (error == cudaSuccess) {
    error = cudaStreamSynchronize(stream);
  }
  ignore(cudaStreamDestroy(stream));
  return error;
}

/// Empty where there is room for what every training takes beside its members.
std::string memory_reason() {
  std::size_t free = 0;
  std::size_t total = 0;
  if (const cudaError_t error = cudaMemGetInfo(&free, &total); error != cudaSuccess) {
    return reason_of(error);
  }
  if (static_cast<Index>(free) > reserved_bytes) {
    return {};
  }
  return "the card has " + std::to_string(free >> 20U) + " of " + std::to_string(total >> 20U) +
         " MiB free, " + std::to_string(reserved_bytes >> 20) +
         " are needed beside the networks; end other programs that use it (nvidia-smi lists them)";
}

}  // namespace

std::string unusable_reason() {
  int count = 0;
  cudaError_t error = cudaGetDeviceCount(&count);
  if (error == cudaSuccess && count == 0) {
    error = cudaErrorNoDevice;
  }
  if (error == cudaSuccess) {
    error = run_probe();
  }
  return error == cudaSuccess ? memory_reason() : reason_of(error);
}

Device open_device() {
  check(cudaSetDevice(0), "cudaSetDevice");
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, 0), "cudaGetDeviceProperties");
  Device device{properties.name, properties.major, properties.minor, 0};
  check(cudaDeviceGetAttribute(&device.float64_slowdown,
                               cudaDevAttrSingleToDoublePrecisionPerfRatio, 0),
        "cudaDeviceGetAttribute");
  return device;
}

Index plannable_memory() {
  std::size_t free = 0;
  std::size_t total = 0;
  check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
  return std::max<Index>(0, static_cast<Index>(free) - reserved_bytes);
}

}  // namespace polypath::cuda
