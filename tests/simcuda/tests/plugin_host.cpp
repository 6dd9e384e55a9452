// A process loads a library that contains the simulator and uses it; another reads its report.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

[[noreturn]] void use_plugin(const char* path) {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    std::exit(1);
  }
  const auto count = reinterpret_cast<int (*)(int)>(dlsym(library, "plugin_count"));
  std::exit(count != nullptr && count(5) == 5 ? 0 : 1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: plugin_host LIBRARY REPORT\n", stderr);
    return 64;
  }
  std::remove(argv[2]);
  setenv("POLYPATH_SIMCUDA_REPORT", argv[2], 1);
  const pid_t child = fork();
  if (child == 0) {
    use_plugin(argv[1]);
  }
  int status = 1;
  waitpid(child, &status, 0);
  std::ifstream file(argv[2]);
  std::stringstream report;
  report << file.rdbuf();
  const bool named = report.str().find("\"plugin::add_one\": 5") != std::string::npos;
  std::printf("status %d\n%s", status, report.str().c_str());
  return status == 0 && named ? 0 : 1;
}
