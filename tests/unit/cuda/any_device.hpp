#pragma once

#include <cstdint>
#include <functional>

namespace polypath::testing {

// What tests ask of the device that they meet, be it simulated or a card: `simulated_device.cpp`
// or `found_device.cpp` is linked into a test program.

/// The simulated device as it was before anything ran on it; `seed` is that of its random signs of
/// singular vectors. A card stays as it is.
void fresh_device(std::uint64_t seed = 1);

/// Calls body() on a simulated device that runs threads forward, one that runs them in reverse, and
/// one that runs them in a random order; once on a card, whose order is its own.
void for_each_order(const std::function<void()>& body);

}  // namespace polypath::testing
