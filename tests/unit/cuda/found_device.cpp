#include "unit/cuda/any_device.hpp"

namespace polypath::testing {

void fresh_device(std::uint64_t /*seed*/) {}

void for_each_order(const std::function<void()>& body) { body(); }

}  // namespace polypath::testing
