#include "kernels/cuda/solver_library.hpp"

#include "polypath/core/error.hpp"

#include <string>

#include <dlfcn.h>

namespace polypath::cuda {
namespace {

/// As its soname has it: the version whose header the calls were compiled with.
std::string library_name() { return "libcusolver.so." + std::to_string(CUSOLVER_VER_MAJOR); }

[[noreturn]] void fail(const std::string& what) {
  throw BackendUnavailable(library_name() + " cannot be used (" + what +
                           "), so the GPU makes no singular value decomposition. Install cuSOLVER "
                           "beside cuBLAS, or set data.svd = \"host\"");
}

void* open_library(OpenVendorLibrary open) {
  if (dlsym(RTLD_DEFAULT, "cusolverDnCreate") != nullptr) {
    return RTLD_DEFAULT;
  }
  std::string reason;
  void* library = open(library_name().c_str(), reason);
  if (library == nullptr) {
    fail(reason);
  }
  return library;
}

template <class Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function == nullptr) {
    fail(std::string("it has no ") + name);
  }
}

}  // namespace

SolverLibrary::SolverLibrary(OpenVendorLibrary open) {
  void* library = open_library(open);
  find(library, "cusolverDnCreate", create);
  find(library, "cusolverDnDestroy", destroy);
  find(library, "cusolverDnSetStream", set_stream);
  find(library, "cusolverDnDgesvd_bufferSize", gesvd_buffer_size);
  find(library, "cusolverDnDgesvd", gesvd);
}

}  // namespace polypath::cuda
