// Linked as an object into every program (tools/cmake/PolypathTargets.cmake): runs before main.
#include "src/core/blas_start.hpp"

#include "polypath/core/blas.hpp"

#include <array>
#include <cstdlib>
#include <string>

#include <cblas.h>
#include <unistd.h>

namespace {

using polypath::blas_core_replaced;
using polypath::blas_core_variable;

/// The file that this program was started from; empty where there is no /proc, and where the file
/// is the dynamic loader, called by its name with the program as its argument.
std::string program_file() {
  std::array<char, 4096> path{};
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0 || length == static_cast<ssize_t>(path.size())) {
    return "";
  }
  const std::string file(path.data(), static_cast<std::size_t>(length));
  const std::string name = file.substr(file.rfind('/') + 1);
  return name.rfind("ld-", 0) == 0 || name.rfind("ld.so", 0) == 0 ? "" : file;
}

/// Starts the program again where OpenBLAS has taken a core much older than the processor. By then
/// it has read its environment, which no code of a program can change before it does: variables
/// set in .preinit_array are lost when the C library takes the environment over. Its own variable
/// is the guard: with it set the second start changes nothing. Where that is not possible the
/// program goes on with the core it has, and says so.
__attribute__((constructor)) void start_with_better_blas_core(int /*argc*/, char** argv,
                                                              char** /*environment*/) {
  // NOLINTBEGIN(concurrency-mt-unsafe): before main
  const char* asked = std::getenv(blas_core_variable);
  const std::string in_use = openblas_get_corename();
  const std::string better = polypath::better_blas_core(
      {polypath::processor_vector_unit(), in_use, asked == nullptr ? "" : asked});
  const std::string file = better.empty() ? "" : program_file();
  if (file.empty()) {
    return;
  }
  setenv(blas_core_variable, better.c_str(), 1);
  setenv(blas_core_replaced, in_use.c_str(), 1);
  execv(file.c_str(), argv);
  unsetenv(blas_core_variable);
  unsetenv(blas_core_replaced);
  // NOLINTEND(concurrency-mt-unsafe)
}

}  // namespace
