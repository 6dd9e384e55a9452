// Whole epochs with updates delayed by 1, 4, 8 and 16 epochs, one thread, alternating in one run:
// what the cost model of src/plan/delay.cpp rests on.

#include "polypath/plan/delay.hpp"

#include "polypath/core/types.hpp"

#include "src/run/epoch_timer.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace polypath {
namespace {

constexpr Index delays[] = {1, 4, 8, 16};

/// Milliseconds per epoch of every round.
using Rounds = std::vector<double>;

/// What the model expects: cost over that of no delay, in the layers that can be delayed.
double expected_ratio(const TimedCase& timed) {
  ArenaRequest request;
  request.shape = timed_shape(timed);
  request.examples = 8;
  request.precision = timed.precision;
  return delay_cost(request, timed.delay) / delay_cost(request, 1);
}

double median(Rounds values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// A second timer of delay 1 stands last: the A/A pair.
void measure(Index width, Index depth, Precision precision, Index rounds) {
  std::vector<TimedCase> cases;
  cases.reserve(std::size(delays) + 1);
  for (const Index delay : delays) {
    cases.push_back({width, depth, Activation::linear, precision, 1, 1, delay});
  }
  cases.push_back(cases.front());
  std::vector<std::unique_ptr<EpochTimer>> timers;
  timers.reserve(cases.size());
  for (const auto& timed : cases) {
    timers.push_back(std::make_unique<EpochTimer>(timed, 0.05));
  }
  std::vector<Rounds> times(cases.size());
  for (Index round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < timers.size(); ++i) {
      const std::size_t turn = (i + static_cast<std::size_t>(round)) % timers.size();
      times[turn].push_back(1e3 * timers[turn]->block().processor);
    }
  }
  for (std::size_t i = 0; i < cases.size(); ++i) {
    Rounds ratios;
    ratios.reserve(times[i].size());
    for (std::size_t round = 0; round < times[i].size(); ++round) {
      ratios.push_back(times[i][round] / times.front()[round]);
    }
    const auto [least, greatest] = std::minmax_element(times[i].begin(), times[i].end());
    fmt::print("{:>6} {:>2} {:>8} {:>6} {:>10.3f} {:>10.3f} {:>10.3f} {:>8.3f} {:>8.3f}\n", width,
               depth, precision == Precision::float32 ? "float32" : "float64",
               i + 1 == cases.size() ? "1 (A)" : std::to_string(cases[i].delay), median(times[i]),
               *least, *greatest, median(ratios), expected_ratio(cases[i]));
  }
  std::fflush(stdout);
}

}  // namespace
}  // namespace polypath

/// Optional arguments: rounds (11), then widths (1000 2000 4000).
int main(int argc, char** argv) {
  using namespace polypath;
  const Index rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 11;
  std::vector<Index> widths;
  for (int i = 2; i < argc; ++i) {
    widths.push_back(std::max(1, std::atoi(argv[i])));
  }
  if (widths.empty()) {
    widths = {1000, 2000, 4000};
  }
  fmt::print("{:>6} {:>2} {:>8} {:>6} {:>10} {:>10} {:>10} {:>8} {:>8}\n", "N", "D", "type",
             "delay", "ms", "least", "most", "ratio", "model");
  for (const Index width : widths) {
    for (const Precision precision : {Precision::float32, Precision::float64}) {
      measure(width, 7, precision, rounds);
    }
  }
  return 0;
}
