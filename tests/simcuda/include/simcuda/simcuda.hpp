// Control surface of the simulated CUDA device: what a test may set, count and break.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <cuda_runtime.h>

namespace simcuda {

// The order in which blocks, the warps of a block, the lanes of a warp, ready streams and ready
// graph nodes are stepped. A correct program gives the same bits under all three.
enum class Order { forward, reverse, random };

// deferred: queued work runs only when somebody waits for it, and then only what is needed.
enum class Mode { eager, deferred };

// How device memory is kept from host code. automatic: memory protection keys where the processor
// and the kernel have them (about 5 us a launch), else page permissions.
enum class Protection { automatic, page_permissions, off };

// lazy, as CUDA does by default since 12.2: code is loaded at its first use, which no capture
// allows.
enum class Loading { lazy, eager };

struct Config {
  Order order = Order::forward;
  Mode mode = Mode::deferred;
  Protection protection = Protection::automatic;
  std::uint64_t seed = 1;
  std::size_t device_bytes = std::size_t{4} << 30;
  int device_count = 1;
  int compute_major = 8;
  int compute_minor = 0;
  int multiprocessors = 108;
  int cache_bytes = 40 << 20;  // of the second level, as told: the simulator has none
  Loading loading = Loading::lazy;
  // Products are split along k: each is a memset of the handle's workspace, the product, and the
  // sum of its parts, three nodes in a graph.
  bool split_k = false;
  // Side of the tiles by which a product reads its operands again, once per tile of the other one;
  // 0: everything is read once, which no device does better.
  int gemm_tile = 0;
  bool svd_diverges = false;  // gesvd says in devInfo that it did not converge, and gives NaN
};

// Defaults overridden by POLYPATH_SIMCUDA_*; see the README for the list.
Config config_from_environment();

// A fresh device: all memory, streams, events, graphs, faults and counters are forgotten. The
// first CUDA call of a process does reset(config_from_environment()) by itself.
void reset(const Config& config = {});

struct Traffic {
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
};

struct Counters {
  std::uint64_t api_calls = 0;
  std::uint64_t kernel_launches = 0;  // executed, so a graph's kernels count at every launch of it
  std::uint64_t library_calls = 0;    // cuBLAS and cuSOLVER operations executed
  std::uint64_t graph_launches = 0;
  std::uint64_t host_functions = 0;
  std::uint64_t synchronisations = 0;           // calls whose purpose is to wait
  std::uint64_t implicit_synchronisations = 0;  // cudaFree, pageable copies to the host, ...
  std::uint64_t allocations = 0;                // device and pinned host memory
  std::uint64_t frees = 0;
  std::uint64_t live_bytes = 0;
  std::uint64_t peak_bytes = 0;
  std::uint64_t stranded_bytes =
      0;  // of live_bytes: given back to a dead device, which frees nothing
  std::uint64_t host_to_device_bytes = 0;
  std::uint64_t device_to_host_bytes = 0;
  std::uint64_t device_to_device_bytes = 0;
  std::uint64_t memset_bytes = 0;
  std::uint64_t pageable_copies = 0;
  std::uint64_t gemm_flops = 0;
  std::uint64_t gemm_bytes = 0;  // A and B once per tile of the other, C once, twice if beta != 0
  std::uint64_t reduced_products = 0;            // in TF32 or emulated, by mode or by environment
  std::uint64_t captured_without_workspace = 0;  // GEMMs captured while cuBLAS owns the workspace
  std::uint64_t blocks = 0;
  std::uint64_t threads = 0;
  std::uint64_t barriers = 0;
  std::uint64_t warp_operations = 0;
  std::uint64_t ptx_instructions = 0;
  std::map<std::string, std::uint64_t> launches_by_kernel;
  std::map<std::string, std::uint64_t> nodes_by_name;  // executed by graphs: kernels, calls, copies
  std::map<std::string, std::uint64_t> calls_by_api;
  std::map<std::string, Traffic> traffic;  // per name given to name_range()
};

const Counters& counters();
// Sets everything but live_bytes to zero; peak_bytes starts again from live_bytes.
void reset_counters();
// Writes the counters and the live objects as JSON.
void write_report(const std::string& path);

// Counts bytes read and written in [address, address + bytes) under `name`: by copies, memsets and
// GEMMs from their operands, by kernels from a traffic model (executor 1) or measured (executor 2).
void name_range(const void* address, std::size_t bytes, const std::string& name);

struct Access {
  const void* address;
  std::size_t bytes;
  bool writes;
};
struct LaunchShape {
  dim3 grid;
  dim3 block;
};
// What a launch declares to touch; `args` points to each kernel argument, in order.
using TrafficModel = std::function<std::vector<Access>(const LaunchShape&, void* const* args)>;
// `kernel` as in launches_by_kernel: the demangled name without parameters. Ignored for kernels
// run from PTX, whose traffic is measured.
void declare_kernel_traffic(const std::string& kernel, TrafficModel model);

// once: that call fails, later ones work. sticky: the device is dead, so that this and every later
// call fail until reset(), nothing that was queued runs, and nothing is freed. asynchronous: the
// call succeeds and every later one fails, as after a fault in a kernel.
enum class FaultKind { once, sticky, asynchronous };

struct Fault {
  std::string api = "*";  // as in calls_by_api; "*" is any
  std::uint64_t nth = 1;  // counted from now, the first is 1
  cudaError_t error = cudaErrorMemoryAllocation;
  FaultKind kind = FaultKind::once;
};
void inject_fault(const Fault& fault);
// The device falls off the bus now: every later call fails.
void lose_device(cudaError_t error = cudaErrorLaunchFailure);

// What the program has not given back yet.
struct LiveObjects {
  std::size_t device_allocations = 0;
  std::size_t pinned_allocations = 0;
  std::size_t streams = 0;
  std::size_t events = 0;
  std::size_t graphs = 0;
  std::size_t graph_executables = 0;
  std::size_t library_handles = 0;
  std::size_t total() const {
    return device_allocations + pinned_allocations + streams + events + graphs + graph_executables +
           library_handles;
  }
};
LiveObjects live_objects();

// Exit status of a process whose program broke a rule of CUDA (or of this simulator): it is
// reported on stderr as "simcuda: violation: ..." and the process ends at once.
inline constexpr int kViolationExit = 97;

}  // namespace simcuda
