#include "runtime.hpp"

#include "library_handles.hpp"
#include "report.hpp"
#include "stream.hpp"

#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include <pthread.h>

namespace simcuda {
namespace {

struct Runtime {
  Config config;
  Counters counters;
  LiveObjects live;
  std::mt19937_64 random;
  std::mt19937_64 library_random;
  bool initialised = false;
};

Runtime& runtime() {
  static Runtime instance;
  return instance;
}

std::recursive_mutex& device_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

thread_local cudaError_t last_error = cudaSuccess;
thread_local bool in_host_function = false;

// Writes POLYPATH_SIMCUDA_REPORT when the process, or the plug-in that holds the simulator, ends,
// and names failures that were asked for in the environment and never came.
struct ReportAtExit {
  std::string path;
  bool faults_asked = false;
  ~ReportAtExit() {
    for (const std::string& api : faults_asked ? faults_not_met() : std::vector<std::string>()) {
      std::fprintf(
          stderr,
          "simcuda: warning: the failure asked for never came: %s was not called so often\n",
          api == "*" ? "the runtime" : api.c_str());
    }
    if (!path.empty()) {
      write_report(path);
    }
  }
};

void report_at_exit_if_asked() {
  live_objects();  // all that is reported exists before the reporter, hence is destroyed after it
  static ReportAtExit report;
  if (const char* path = std::getenv("POLYPATH_SIMCUDA_REPORT")) {
    report.path = path;
  }
  for (const char* name : {"POLYPATH_SIMCUDA_FAIL_API", "POLYPATH_SIMCUDA_FAIL_NTH",
                           "POLYPATH_SIMCUDA_LOSE_DEVICE_AT"}) {
    const char* fault = std::getenv(name);
    report.faults_asked = report.faults_asked || (fault != nullptr && *fault != '\0');
  }
}

}  // namespace

void inject_faults_from_environment();

const Config& config() { return runtime().config; }
Counters& mutable_counters() { return runtime().counters; }
const Counters& counters() { return runtime().counters; }
LiveObjects& mutable_live_objects() { return runtime().live; }
LiveObjects live_objects() {
  LiveObjects live = runtime().live;
  live.events = events().size();
  live.graphs = graphs().size();
  live.graph_executables = graph_executables().size();
  live.library_handles = cublas_handles().size() + cusolver_handles().size();
  return live;
}
std::mt19937_64& random_engine() { return runtime().random; }
std::mt19937_64& library_random_engine() { return runtime().library_random; }
std::size_t random_below(std::size_t bound) { return runtime().random() % bound; }

void reset_counters() {
  const auto lock = lock_device();
  Counters fresh;
  fresh.live_bytes = runtime().counters.live_bytes;
  fresh.stranded_bytes = runtime().counters.stranded_bytes;
  fresh.peak_bytes = fresh.live_bytes;
  for (const auto& named : runtime().counters.traffic) {
    fresh.traffic[named.first] = Traffic{};
  }
  runtime().counters = fresh;
}

void reset(const Config& config) {
  const auto lock = lock_device();
  Runtime& state = runtime();
  report_at_exit_if_asked();
  reset_streams();
  cublas_handles().clear();
  cusolver_handles().clear();
  state.config = config;
  state.counters = Counters{};
  state.live = LiveObjects{};
  state.random.seed(config.seed);
  state.library_random.seed(config.seed);
  state.initialised = true;
  last_error = cudaSuccess;
  reset_memory();
  reset_pinned_memory();
  reset_kernels();
  reset_library_kernels();
  reset_traffic();
  reset_faults();
}

cudaError_t record_error(cudaError_t error) {
  if (error != cudaSuccess) {
    last_error = error;
  }
  return error;
}

std::unique_lock<std::recursive_mutex> lock_device() {
  return std::unique_lock<std::recursive_mutex>(device_mutex());
}

void keep_lock_across_fork(bool* started) {
  static bool* started_flag = nullptr;
  static bool registered = false;
  started_flag = started;
  if (registered) {
    return;
  }
  registered = true;
  pthread_atfork([] { device_mutex().lock(); }, [] { device_mutex().unlock(); },
                 [] {
                   // The child has another thread id, with which it may not unlock.
                   new (&device_mutex()) std::recursive_mutex;
                   *started_flag = false;
                 });
}

ApiCall::ApiCall(const char* name) : lock_(lock_device()), error_(cudaSuccess) {
  if (in_host_function) {
    violation("%s called from a host function (cudaLaunchHostFunc): CUDA forbids it", name);
  }
  if (!runtime().initialised) {
    reset(config_from_environment());
    inject_faults_from_environment();
  }
  ++runtime().counters.api_calls;
  ++runtime().counters.calls_by_api[name];
  error_ = record_error(apply_faults(name));
}

HostFunctionScope::HostFunctionScope() { in_host_function = true; }
HostFunctionScope::~HostFunctionScope() { in_host_function = false; }

}  // namespace simcuda

extern "C" {

cudaError_t cudaGetLastError() {
  const cudaError_t error = simcuda::last_error;
  simcuda::last_error = cudaSuccess;
  return error;
}

cudaError_t cudaPeekAtLastError() { return simcuda::last_error; }

}  // extern "C"
