// The one symbol that the program looks up in this library.
#include "kernels/cuda/cuda_backend.hpp"
#include "kernels/cuda/device.hpp"
#include "kernels/cuda/limits.hpp"
#include "polypath/backend/cuda_plugin.hpp"

extern "C" __attribute__((visibility("default"))) const polypath::CudaPlugin*
polypath_cuda_plugin() {
  static const polypath::CudaPlugin plugin{polypath::cuda_plugin_abi,
                                           polypath::cuda_plugin_layout,
                                           POLYPATH_VERSION,
                                           [] { return polypath::cuda::unusable_reason(); },
                                           [] { return polypath::cuda::make_cuda_backend(); },
                                           &polypath::cuda::measure_limits};
  return &plugin;
}
