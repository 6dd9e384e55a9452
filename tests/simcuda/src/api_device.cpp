// Device enumeration, properties, versions and the texts of errors.
#include "memory.hpp"
#include "runtime.hpp"

#include <cstdio>
#include <utility>

using simcuda::ApiCall;
using simcuda::config;
using simcuda::record_error;

namespace {

thread_local int current_device = 0;

struct ErrorText {
  cudaError_t error;
  const char* name;
  const char* text;
};

constexpr ErrorText kErrors[] = {
    {cudaSuccess, "cudaSuccess", "no error"},
    {cudaErrorInvalidValue, "cudaErrorInvalidValue", "invalid argument"},
    {cudaErrorMemoryAllocation, "cudaErrorMemoryAllocation", "out of memory"},
    {cudaErrorInitializationError, "cudaErrorInitializationError", "initialization error"},
    {cudaErrorInvalidConfiguration, "cudaErrorInvalidConfiguration",
     "invalid configuration argument"},
    {cudaErrorInvalidPitchValue, "cudaErrorInvalidPitchValue", "invalid pitch argument"},
    {cudaErrorInsufficientDriver, "cudaErrorInsufficientDriver",
     "CUDA driver version is insufficient for CUDA runtime version"},
    {cudaErrorInvalidDeviceFunction, "cudaErrorInvalidDeviceFunction", "invalid device function"},
    {cudaErrorNoDevice, "cudaErrorNoDevice", "no CUDA-capable device is detected"},
    {cudaErrorInvalidDevice, "cudaErrorInvalidDevice", "invalid device ordinal"},
    {cudaErrorNoKernelImageForDevice, "cudaErrorNoKernelImageForDevice",
     "no kernel image is available for execution on the device"},
    {cudaErrorECCUncorrectable, "cudaErrorECCUncorrectable", "uncorrectable ECC error encountered"},
    {cudaErrorInvalidResourceHandle, "cudaErrorInvalidResourceHandle", "invalid resource handle"},
    {cudaErrorIllegalState, "cudaErrorIllegalState",
     "the operation cannot be performed in the present state"},
    {cudaErrorNotReady, "cudaErrorNotReady", "device not ready"},
    {cudaErrorIllegalAddress, "cudaErrorIllegalAddress",
     "an illegal memory access was encountered"},
    {cudaErrorLaunchTimeout, "cudaErrorLaunchTimeout", "the launch timed out and was terminated"},
    {cudaErrorLaunchFailure, "cudaErrorLaunchFailure", "unspecified launch failure"},
    {cudaErrorStreamCaptureUnsupported, "cudaErrorStreamCaptureUnsupported",
     "operation not permitted when stream is capturing"},
    {cudaErrorStreamCaptureInvalidated, "cudaErrorStreamCaptureInvalidated",
     "operation failed due to a previous error during capture"},
    {cudaErrorStreamCaptureUnjoined, "cudaErrorStreamCaptureUnjoined",
     "capturing stream has unjoined work"},
    {cudaErrorStreamCaptureIsolation, "cudaErrorStreamCaptureIsolation",
     "dependency created on uncaptured work in another stream"},
    {cudaErrorCapturedEvent, "cudaErrorCapturedEvent",
     "operation not permitted on an event last recorded in a capturing stream"},
    {cudaErrorUnknown, "cudaErrorUnknown", "unknown error"},
};

const ErrorText* find_error(cudaError_t error) {
  for (const ErrorText& entry : kErrors) {
    if (entry.error == error) {
      return &entry;
    }
  }
  return nullptr;
}

cudaError_t check_device(int device) {
  const bool exists = device >= 0 && device < config().device_count;
  return exists ? cudaSuccess : record_error(cudaErrorInvalidDevice);
}

}  // namespace

extern "C" {

const char* cudaGetErrorName(cudaError_t error) {
  const ErrorText* entry = find_error(error);
  return entry != nullptr ? entry->name : "unrecognized error code";
}

const char* cudaGetErrorString(cudaError_t error) {
  const ErrorText* entry = find_error(error);
  return entry != nullptr ? entry->text : "unrecognized error code";
}

cudaError_t cudaGetDeviceCount(int* count) {
  const ApiCall call("cudaGetDeviceCount");
  if (call.failed()) {
    return call.error();
  }
  *count = config().device_count;
  return *count > 0 ? cudaSuccess : record_error(cudaErrorNoDevice);
}

cudaError_t cudaSetDevice(int device) {
  const ApiCall call("cudaSetDevice");
  if (call.failed()) {
    return call.error();
  }
  if (const cudaError_t error = check_device(device); error != cudaSuccess) {
    return error;
  }
  current_device = device;
  return cudaSuccess;
}

cudaError_t cudaGetDevice(int* device) {
  const ApiCall call("cudaGetDevice");
  if (call.failed()) {
    return call.error();
  }
  *device = current_device;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  const ApiCall call("cudaGetDeviceProperties");
  if (call.failed()) {
    return call.error();
  }
  if (const cudaError_t error = check_device(device); error != cudaSuccess) {
    return error;
  }
  *properties = cudaDeviceProp{};
  std::snprintf(properties->name, sizeof properties->name, "simulated device (simcuda, no GPU)");
  properties->totalGlobalMem = config().device_bytes;
  properties->major = config().compute_major;
  properties->minor = config().compute_minor;
  properties->multiProcessorCount = config().multiprocessors;
  properties->warpSize = 32;
  properties->sharedMemPerBlock = std::size_t{48} << 10;
  properties->sharedMemPerBlockOptin = std::size_t{99} << 10;
  properties->maxThreadsPerBlock = 1024;
  properties->maxThreadsDim[0] = properties->maxThreadsDim[1] = 1024;
  properties->maxThreadsDim[2] = 64;
  properties->maxGridSize[0] = 0x7fffffff;
  properties->maxGridSize[1] = properties->maxGridSize[2] = 65535;
  properties->regsPerBlock = 65536;
  properties->asyncEngineCount = 2;
  properties->concurrentKernels = 1;
  properties->l2CacheSize = config().cache_bytes;
  return cudaSuccess;
}

/// Float32 over float64 throughput: data-centre cards (8.0, 9.0, 10.0) against all others.
static int float64_slowdown() {
  return config().compute_minor == 0 && config().compute_major < 12 ? 2 : 64;
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  const ApiCall call("cudaDeviceGetAttribute");
  if (call.failed()) {
    return call.error();
  }
  if (const cudaError_t error = check_device(device); error != cudaSuccess) {
    return error;
  }
  const std::pair<cudaDeviceAttr, int> attributes[] = {
      {cudaDevAttrComputeCapabilityMajor, config().compute_major},
      {cudaDevAttrComputeCapabilityMinor, config().compute_minor},
      {cudaDevAttrMultiProcessorCount, config().multiprocessors},
      {cudaDevAttrMaxThreadsPerBlock, 1024},
      {cudaDevAttrMaxSharedMemoryPerBlock, 48 << 10},
      {cudaDevAttrMaxSharedMemoryPerBlockOptin, 99 << 10},
      {cudaDevAttrWarpSize, 32},
      {cudaDevAttrMaxGridDimX, 0x7fffffff},
      {cudaDevAttrMemoryPoolsSupported, 1},
      {cudaDevAttrL2CacheSize, config().cache_bytes},
      {cudaDevAttrSingleToDoublePrecisionPerfRatio, float64_slowdown()},
  };
  for (const auto& [known, known_value] : attributes) {
    if (known == attribute) {
      *value = known_value;
      return cudaSuccess;
    }
  }
  return record_error(cudaErrorInvalidValue);
}

cudaError_t cudaDriverGetVersion(int* version) {
  const ApiCall call("cudaDriverGetVersion");
  if (call.failed()) {
    return call.error();
  }
  *version = config().device_count > 0 ? CUDART_VERSION : 0;
  return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  const ApiCall call("cudaRuntimeGetVersion");
  if (call.failed()) {
    return call.error();
  }
  *version = CUDART_VERSION;
  return cudaSuccess;
}

}  // extern "C"
