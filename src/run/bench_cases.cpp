#include "bench_cases.hpp"

#include <algorithm>
#include <utility>

namespace polypath {
namespace {

constexpr Index widest = 10000;

std::vector<Activation> activations_at(Index width) {
  // Where they can matter: wider layers wait for their weights, narrower ones for the calls.
  if (width == 100 || width == 1000) {
    return {Activation::linear, Activation::tanh, Activation::relu};
  }
  return {Activation::linear};
}

std::vector<Precision> precisions_at(Index width) {
  if (width == widest) {
    return {Precision::float32};
  }
  return {Precision::float32, Precision::float64};
}

/// One member, and one a thread; up to 64 where that is quick.
std::vector<Index> members_at(Index width, Index depth, Activation activation, Index threads,
                              bool quick) {
  std::vector<Index> members{1};
  if (threads > 1 && width < widest) {
    members.push_back(threads);
  }
  if (!quick && depth == 3 && width <= 300 && activation == Activation::linear) {
    for (const Index count : {8, 64}) {
      if (count > threads) {
        members.push_back(count);
      }
    }
  }
  return members;
}

}  // namespace

std::vector<TimedCase> epoch_cases(bool quick, Index threads) {
  const std::vector<Index> widths = quick ? std::vector<Index>{100, 1000}
                                          : std::vector<Index>{100, 300, 1000, 3000, 4000, widest};
  const std::vector<Index> depths =
      quick ? std::vector<Index>{2, 3, 7} : std::vector<Index>{2, 3, 4, 7, 13};
  std::vector<TimedCase> cases;
  for (const Index width : widths) {
    for (const Index depth : depths) {
      for (const auto activation : activations_at(width)) {
        for (const auto precision : precisions_at(width)) {
          for (const Index members : members_at(width, depth, activation, threads, quick)) {
            cases.push_back(
                {width, depth, activation, precision, members, std::min(members, threads), 1});
          }
        }
      }
    }
  }
  return cases;
}

std::vector<TimedKernel> kernel_cases(bool quick) {
  // Hidden layers, and the first and the last one of a network with the paper's data.
  std::vector<std::pair<Index, Index>> shapes{{100, 100}, {1000, 1000}, {1000, 8}, {15, 1000}};
  if (!quick) {
    shapes.insert(shapes.end(), {{100, 8}, {15, 100}, {4000, 4000}});
  }
  std::vector<TimedKernel> cases;
  for (const auto& [out, in] : shapes) {
    for (const auto kernel :
         {Kernel::forward, Kernel::backward_update, Kernel::backward, Kernel::update}) {
      if (in == 8 && (kernel == Kernel::backward || kernel == Kernel::update)) {
        continue;  // nothing lies before the first layer
      }
      for (const auto precision : {Precision::float32, Precision::float64}) {
        cases.push_back({kernel, out, in, precision});
      }
    }
  }
  return cases;
}

}  // namespace polypath
