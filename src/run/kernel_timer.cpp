#include "kernel_timer.hpp"

#include "polypath/backend/machine_limits.hpp"
#include "polypath/core/error.hpp"

#include <algorithm>

namespace polypath {
namespace {

/// Rows of the paper's task.
constexpr Index examples = 8;

/// Filled operands of one layer; `memory` keeps them.
template <class T>
struct Operands {
  BatchView<T> weights;
  BatchView<T> input;
  BatchView<T> delta;
  BatchView<T> output;
  BatchView<T> input_delta;
};

template <class T>
Operands<T> make_operands(Backend& backend, std::vector<Buffer>& memory, Index out, Index in) {
  Index stream = 0;
  const auto filled = [&](Index rows, Index columns, T size) {
    constexpr Index line = Index{64} / static_cast<Index>(sizeof(T));
    const Index leading = round_up(columns, line);
    memory.emplace_back(backend, rows * leading * static_cast<Index>(sizeof(T)));
    const BatchView<T> view{
        reinterpret_cast<T*>(memory.back().data()), rows, columns, leading, 1, 0};
    ++stream;
    backend.operations(T(0)).fill_normal(view[0], {static_cast<std::uint64_t>(stream), 0, 1, 0},
                                         size);
    return view;
  };
  // Updates are so small that the weights stay what they are, however many calls.
  return {filled(out, in, T(0.01)), filled(examples, in, T(0.1)), filled(examples, out, T(1e-6)),
          filled(examples, out, T(0)), filled(examples, in, T(0))};
}

template <class T>
std::function<void()> make_call(Backend& backend, std::vector<Buffer>& memory,
                                const TimedKernel& timed) {
  const Operands<T> at = make_operands<T>(backend, memory, timed.out, timed.in);
  Operations<T>& operations = backend.operations(T(0));
  constexpr T scale = T(-1e-9);
  switch (timed.kernel) {
    case Kernel::forward:
      return [&operations, at] {
        operations.forward(at.weights, {}, at.input, {}, Activation::linear, at.output);
      };
    case Kernel::backward:
      return [&operations, at] {
        operations.backward(at.weights, {}, at.delta, at.input, Activation::linear, at.input_delta);
      };
    case Kernel::backward_update:
      return [&operations, at] {
        operations.backward_update(at.weights, at.delta, at.input, Activation::linear, scale,
                                   at.input_delta);
      };
    case Kernel::update:
      return [&operations, at] { operations.update(at.weights, {at.delta, at.input, scale, {}}); };
  }
  throw InternalError("no such kernel");
}

}  // namespace

const char* to_string(Kernel kernel) {
  switch (kernel) {
    case Kernel::forward:
      return "forward";
    case Kernel::backward:
      return "backward";
    case Kernel::backward_update:
      return "backward_update";
    case Kernel::update:
      break;
  }
  return "update";
}

double TimedKernel::bytes() const {
  return static_cast<double>(out) * static_cast<double>(in) *
         static_cast<double>(bytes_of(precision));
}

double TimedKernel::operations() const {
  const double products = kernel == Kernel::backward_update ? 2.0 : 1.0;
  return products * 2.0 * static_cast<double>(examples) * static_cast<double>(out) *
         static_cast<double>(in);
}

KernelTimer::KernelTimer(const TimedKernel& timed, double block_seconds)
    : backend_(make_backend({BackendKind::cpu, 1})) {
  call_ = timed.precision == Precision::float32 ? make_call<float>(*backend_, memory_, timed)
                                                : make_call<double>(*backend_, memory_, timed);
  (void)time(1);
  // A few calls may be too short for the clock: as many as take a twentieth of a block.
  double seconds = time(calls_);
  while (seconds < block_seconds / 20) {
    calls_ *= 4;
    seconds = time(calls_);
  }
  calls_ =
      std::max<Index>(1, static_cast<Index>(static_cast<double>(calls_) * block_seconds / seconds));
}

double KernelTimer::block() const { return time(calls_) / static_cast<double>(calls_); }

double KernelTimer::time(Index calls) const {
  const double start = thread_seconds();
  for (Index i = 0; i < calls; ++i) {
    call_();
  }
  return thread_seconds() - start;
}

}  // namespace polypath
