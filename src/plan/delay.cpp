#include "polypath/plan/delay.hpp"

#include <algorithm>

namespace polypath {
namespace {

/// Nanoseconds per weight on one core, far beyond the caches: polypath_bench_kernels_cpu at
/// N = 4000 with 8 examples (bench/README.md has the table).
struct KernelCosts {
  double read;          ///< one pass of forward or backward
  double read_and_add;  ///< backward_update: backward and the update in one pass
  double add;           ///< update of rank 8
  double multiply_add;  ///< update, of every further rank
};
constexpr KernelCosts float32_costs{0.335, 0.443, 0.582, 0.0171};
constexpr KernelCosts float64_costs{0.713, 0.900, 1.195, 0.0403};
constexpr double rank_of_add = 8.0;

/// A gain must be worth other bits and more memory.
constexpr double least_gain = 0.1;
/// Three launches more an epoch too, which counts where layers are small.
constexpr double least_gain_on_device = 0.3;

double layer_cost(const KernelCosts& costs, double examples, double out, double in, Index delay) {
  const double weights = out * in;
  const double read = std::max(costs.read, examples * costs.multiply_add);
  if (delay == 1) {
    return weights * (read + std::max(costs.read_and_add, 2.0 * examples * costs.multiply_add));
  }
  const auto epochs = static_cast<double>(delay);
  const double further_ranks = std::max(0.0, epochs * examples - rank_of_add);
  const double add = (costs.add + further_ranks * costs.multiply_add) / epochs;
  // Forward and backward each multiply every example with the factors kept so far, on average
  // (delay - 1) / 2 epochs of them.
  const double pending = (epochs - 1.0) / 2.0 * examples;
  const double thin = 2.0 * examples * pending * (out + in) * costs.multiply_add;
  return weights * (2.0 * read + add) + thin;
}

Index cheapest(const ArenaRequest& request, double (*cost_of)(const ArenaRequest&, Index),
               double gain) {
  Index best = 1;
  double least = (1.0 - gain) * cost_of(request, 1);
  for (const Index delay : {4, 8, 16}) {
    const double cost = cost_of(request, delay);
    if (cost < least) {
      best = delay;
      least = cost;
    }
  }
  return best;
}

}  // namespace

double delay_cost(const ArenaRequest& request, Index delay) {
  const KernelCosts& costs =
      request.precision == Precision::float32 ? float32_costs : float64_costs;
  const auto examples = static_cast<double>(request.examples);
  double cost = 0.0;
  for (const auto& pathway : request.shape.pathways) {
    for (std::size_t d = 2; d + 1 < pathway.units.size(); ++d) {
      cost += layer_cost(costs, examples, static_cast<double>(pathway.units[d]),
                         static_cast<double>(pathway.units[d - 1]), delay);
    }
  }
  return cost;
}

double device_delay_bytes(const ArenaRequest& request, Index delay) {
  const auto epochs = static_cast<double>(delay);
  const auto examples = static_cast<double>(request.examples);
  double elements = 0.0;
  for (const auto& pathway : request.shape.pathways) {
    for (std::size_t d = 2; d + 1 < pathway.units.size(); ++d) {
      const auto out = static_cast<double>(pathway.units[d]);
      const auto in = static_cast<double>(pathway.units[d - 1]);
      // The kept epochs, (delay - 1) / 2 of them on average, are read by forward and by backward;
      // every epoch's own factors are written once and read once by the update.
      elements += 2.0 * out * in * (1.0 + 1.0 / epochs) + (epochs + 1.0) * examples * (out + in);
    }
  }
  return elements * static_cast<double>(bytes_of(request.precision));
}

Index choose_delay(const ArenaRequest& request) {
  return cheapest(request, delay_cost, least_gain);
}

Index choose_device_delay(const ArenaRequest& request) {
  return cheapest(request, device_delay_bytes, least_gain_on_device);
}

}  // namespace polypath
