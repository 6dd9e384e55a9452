// One kernel launch: argument block, order of the blocks, counting.
#include "block.hpp"
#include "kernel.hpp"
#include "report.hpp"
#include "runtime.hpp"
#include "shared_memory.hpp"

#include <algorithm>
#include <numeric>

namespace simcuda {
namespace {

std::vector<std::size_t> block_order(std::size_t blocks) {
  std::vector<std::size_t> order(blocks);
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (config().order == Order::reverse) {
    std::reverse(order.begin(), order.end());
  } else if (config().order == Order::random) {
    std::shuffle(order.begin(), order.end(), random_engine());
  }
  return order;
}

void count_launch(const Launch& launch, std::size_t blocks) {
  Counters& count = mutable_counters();
  ++count.kernel_launches;
  ++count.launches_by_kernel[launch.kernel->name];
  count.blocks += blocks;
  count.threads += blocks * launch.block.x * launch.block.y * launch.block.z;
}

}  // namespace

void execute(const Launch& launch) {
  const RunningOperation running(launch.kernel->name.c_str(), true);
  const dim3 g = launch.grid;
  const std::size_t blocks = std::size_t{g.x} * g.y * g.z;
  std::vector<void*> args;
  for (const auto& argument : launch.arguments) {
    args.push_back(const_cast<char*>(argument.data()));
  }
  count_launch(launch, blocks);
  count_declared_traffic(launch, args.data());
  gridDim = g;
  blockDim = launch.block;
  shared_memory().begin_launch(launch.dynamic_shared);
  block_executor().begin_launch(launch, args.data());
  for (const std::size_t id : block_order(blocks)) {
    blockIdx = {static_cast<unsigned>(id % g.x), static_cast<unsigned>(id / g.x % g.y),
                static_cast<unsigned>(id / (std::size_t{g.x} * g.y))};
    block_executor().run_block();
  }
}

}  // namespace simcuda
