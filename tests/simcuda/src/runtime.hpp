// What every entry point of the simulated libraries goes through: the lock, counting, faults.
#pragma once

#include "simcuda/simcuda.hpp"

#include <mutex>
#include <random>
#include <string>
#include <vector>

#include <cuda_runtime.h>

namespace simcuda {

const Config& config();
Counters& mutable_counters();
// Of streams and allocations; live_objects() adds what is held by handle.
LiveObjects& mutable_live_objects();

// Random choices of the device. Those of the libraries (singular vectors) have an engine of their
// own, so that they do not depend on the order of execution. Both are seeded by reset().
std::mt19937_64& random_engine();
std::size_t random_below(std::size_t bound);
std::mt19937_64& library_random_engine();

// Remembers `error` for cudaGetLastError of this thread and returns it.
cudaError_t record_error(cudaError_t error);

// Held during one call of the CUDA API: device state is touched by one thread at a time.
class ApiCall {
 public:
  explicit ApiCall(const char* name);
  bool failed() const { return error_ != cudaSuccess; }
  cudaError_t error() const { return error_; }

 private:
  std::unique_lock<std::recursive_mutex> lock_;
  cudaError_t error_;
};

// The lock alone, for work that is no API call.
std::unique_lock<std::recursive_mutex> lock_device();

// For a process with a thread of the simulator: fork() waits until that thread is outside, and the
// child, which does not have it, gets a free lock and *started == false.
void keep_lock_across_fork(bool* started);

// While it lives, the device runs a host function, which must not call CUDA.
class HostFunctionScope {
 public:
  HostFunctionScope();
  ~HostFunctionScope();
  HostFunctionScope(const HostFunctionScope&) = delete;
  HostFunctionScope& operator=(const HostFunctionScope&) = delete;
};

// Parts of reset(), each in the file that owns the state.
void reset_faults();
// The calls whose injected failure has not come yet; "*" for any call.
std::vector<std::string> faults_not_met();
void reset_memory();
void reset_pinned_memory();
void reset_streams();
void reset_kernels();
void reset_traffic();

// Whether an error was sticky: nothing runs and nothing is freed any more.
bool device_is_dead();

// The error that a call must return now, by the faults injected; cudaSuccess if none.
cudaError_t apply_faults(const char* api);

}  // namespace simcuda
