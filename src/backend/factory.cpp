#include "polypath/backend/backend.hpp"
#include "polypath/core/error.hpp"

#include "src/backend/cpu/cpu_backend.hpp"
#include "src/backend/reference/reference_backend.hpp"

namespace polypath {

std::unique_ptr<Backend> make_backend(const BackendOptions& options) {
  switch (options.kind) {
    case BackendKind::automatic:
    case BackendKind::cpu:
      return make_cpu_backend(options.threads);
    case BackendKind::reference:
      return make_reference_backend();
    case BackendKind::cuda:
      break;
  }
  throw BackendUnavailable(
      "the cuda backend cannot be used (option --backend cuda): this installation has no CUDA "
      "plug-in, so nothing here can drive a GPU. Use --backend cpu, or build polypath on a machine "
      "with the CUDA toolkit (nvcc 12.8 or newer).");
}

}  // namespace polypath
