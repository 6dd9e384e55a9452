// Kernels the simulator knows, and one launch of one of them.
#pragma once

#include "simcuda/simcuda.hpp"

#include <memory>
#include <string>
#include <vector>

#include <cuda_runtime.h>

namespace simcuda {

// What one CUDA thread executes. The fiber executor has one for g++'s code, the PTX executor one
// for nvcc's; everything else about a launch is common to both.
class KernelBody {
 public:
  virtual ~KernelBody() = default;
  // Before the threads of each block, with fresh shared memory.
  virtual void begin_block() {}
  virtual void run_thread(void* const* args) const = 0;
  virtual bool measures_traffic() const { return false; }
};

struct Kernel {
  std::string name;  // demangled, without parameters
  std::unique_ptr<KernelBody> body;
  std::vector<std::size_t> parameter_bytes;
  unsigned max_threads = 1024;  // of a block, from __launch_bounds__ where nvcc tells it
  std::size_t dynamic_shared_limit = std::size_t{48} << 10;
  bool loaded = false;  // its code is on the device
};

// nullptr if nothing was registered under this address.
Kernel* find_kernel(const void* function);
void add_kernel(const void* function, Kernel kernel);
std::string demangled_without_parameters(const char* mangled);

struct Launch {
  Kernel* kernel = nullptr;
  dim3 grid;
  dim3 block;
  std::size_t dynamic_shared = 0;
  std::vector<std::vector<char>> arguments;  // copied when the launch was queued
};

// Runs all blocks of the launch, now.
void execute(const Launch& launch);

// Counts what the launch declared to touch, if somebody declared it.
void count_declared_traffic(const Launch& launch, void* const* args);
// Adds an access to every named range it meets.
void count_traffic(const void* address, std::size_t bytes, bool writes);
bool traffic_is_counted();

}  // namespace simcuda
