#include "report.hpp"

#include "simcuda/builtins.hpp"
#include "simcuda/simcuda.hpp"

#include <cstdarg>
#include <cstdio>

#include <unistd.h>

namespace simcuda {
namespace {

const char* running_name = nullptr;
bool running_has_threads = false;

}  // namespace

const char* running_operation() { return running_name; }

RunningOperation::RunningOperation(const char* name, bool has_threads)
    : outer_name_(running_name), outer_has_threads_(running_has_threads) {
  running_name = name;
  running_has_threads = has_threads;
}

RunningOperation::~RunningOperation() {
  running_name = outer_name_;
  running_has_threads = outer_has_threads_;
}

void violation(const char* format, ...) {
  std::fputs("simcuda: violation: ", stderr);
  va_list arguments;
  va_start(arguments, format);
  std::vfprintf(stderr, format, arguments);
  va_end(arguments);
  if (running_name != nullptr && running_has_threads) {
    std::fprintf(stderr, " [in %s, block (%u,%u,%u), thread (%u,%u,%u)]", running_name, blockIdx.x,
                 blockIdx.y, blockIdx.z, threadIdx.x, threadIdx.y, threadIdx.z);
  } else if (running_name != nullptr) {
    std::fprintf(stderr, " [in %s]", running_name);
  }
  std::fputc('\n', stderr);
  std::fflush(stderr);
  _exit(kViolationExit);
}

}  // namespace simcuda
