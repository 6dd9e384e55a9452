#pragma once

#include "polypath/backend/backend.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace polypath {

/// What a layer of out x in weights goes through in an epoch, with the paper's 8 examples.
enum class Kernel { forward, backward, backward_update, update };

[[nodiscard]] const char* to_string(Kernel kernel);

struct TimedKernel {
  Kernel kernel = Kernel::forward;
  Index out = 1000;
  Index in = 1000;
  Precision precision = Precision::float32;

  /// Of the weights, read once; writing is not counted.
  [[nodiscard]] double bytes() const;
  /// A multiply-add is two.
  [[nodiscard]] double operations() const;
};

/// One operation of the cpu backend on operands of its own, on the calling thread.
class KernelTimer {
 public:
  /// Fills the operands and finds how many calls take about `block_seconds`. Throws OutOfMemory.
  KernelTimer(const TimedKernel& timed, double block_seconds);

  /// Processor time of a call, seconds, the mean over one block.
  [[nodiscard]] double block() const;

 private:
  [[nodiscard]] double time(Index calls) const;

  std::unique_ptr<Backend> backend_;
  std::vector<Buffer> memory_;
  std::function<void()> call_;
  Index calls_ = 1;
};

}  // namespace polypath
