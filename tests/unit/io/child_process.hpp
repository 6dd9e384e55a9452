#pragma once

#include <csignal>
#include <cstdlib>
#include <functional>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace polypath::testing {

/// Runs `work` in a forked child and returns its wait status. The child ends as a program does
/// (std::exit with what `work` returns), so that what HDF5 does at the end of a process happens.
inline int status_of_child(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    int code = 99;
    try {
      code = work();
    } catch (...) {
      code = 98;
    }
    std::exit(code);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

/// Stands in for a full disk: files of this process cannot grow beyond `bytes`. To be called in a
/// child, as main() ignores SIGXFSZ in the program itself.
inline void limit_file_size(rlim_t bytes) {
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{bytes, bytes};
  ::setrlimit(RLIMIT_FSIZE, &limit);
}

}  // namespace polypath::testing
