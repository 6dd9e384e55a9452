// The one symbol that the program looks up in this library.
#include "kernels/cuda/cuda_backend.hpp"
#include "kernels/cuda/device.hpp"
#include "kernels/cuda/limits.hpp"
#include "polypath/backend/cuda_plugin.hpp"
#include "polypath/core/build_info.hpp"

extern "C" __attribute__((visibility("default"))) const polypath::CudaPlugin*
polypath_cuda_plugin() {
  static const polypath::CudaPlugin plugin{
      polypath::cuda_plugin_abi,
      polypath::cuda_plugin_layout,
      polypath::build_info().version.c_str(),
      polypath::build_info().git_revision.c_str(),
      [] { return polypath::cuda::unusable_reason(); },
      [](polypath::OpenVendorLibrary open) { return polypath::cuda::make_cuda_backend(open); },
      &polypath::cuda::measure_limits};
  return &plugin;
}
