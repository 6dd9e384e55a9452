#include "polypath/backend/backend.hpp"
#include "polypath/core/error.hpp"

#include "src/backend/cpu/cpu_backend.hpp"
#include "src/backend/cuda_libraries.hpp"
#include "src/backend/plugin.hpp"
#include "src/backend/reference/reference_backend.hpp"

namespace polypath {

namespace {

const CudaPlugin& usable_cuda_plugin() {
  if (cuda_plugin().plugin == nullptr) {
    throw BackendUnavailable("the cuda backend cannot be used (option --backend cuda): " +
                             cuda_plugin().reason + ". Or use --backend cpu");
  }
  return *cuda_plugin().plugin;
}

}  // namespace

std::unique_ptr<Backend> make_backend(const BackendOptions& options) {
  switch (options.kind) {
    case BackendKind::automatic:
      if (cuda_plugin().plugin != nullptr) {
        return cuda_plugin().plugin->make_backend(open_vendor_library);
      }
      return make_cpu_backend(options.threads);
    case BackendKind::cpu:
      return make_cpu_backend(options.threads);
    case BackendKind::reference:
      return make_reference_backend();
    case BackendKind::cuda:
      break;
  }
  return usable_cuda_plugin().make_backend(open_vendor_library);
}

DeviceLimits device_limits(const DeviceLimitsRequest& request) {
  return usable_cuda_plugin().measure_limits(request);
}

std::string cuda_unavailable_reason() { return cuda_plugin().reason; }

}  // namespace polypath
