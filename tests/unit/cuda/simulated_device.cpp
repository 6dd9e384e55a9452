#include "unit/cuda/any_device.hpp"

#include <simcuda/simcuda.hpp>

namespace polypath::testing {

void fresh_device(std::uint64_t seed) {
  simcuda::Config device;
  device.seed = seed;
  simcuda::reset(device);
}

void for_each_order(const std::function<void()>& body) {
  for (const simcuda::Order order :
       {simcuda::Order::forward, simcuda::Order::reverse, simcuda::Order::random}) {
    simcuda::Config device;
    device.order = order;
    simcuda::reset(device);
    body();
  }
}

}  // namespace polypath::testing
