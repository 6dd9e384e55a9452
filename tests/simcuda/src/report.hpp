// How the simulator speaks of a program that broke a rule.
#pragma once

namespace simcuda {

// Reports on stderr, with the running CUDA thread if there is one, and ends the process with
// kViolationExit: nothing after a broken rule means anything.
[[noreturn]] void violation(const char* format, ...) __attribute__((format(printf, 1, 2)));

// Name of the kernel (or operation) that the device executes, or nullptr.
const char* running_operation();

class RunningOperation {
 public:
  RunningOperation(const char* name, bool has_threads);
  ~RunningOperation();
  RunningOperation(const RunningOperation&) = delete;
  RunningOperation& operator=(const RunningOperation&) = delete;

 private:
  const char* outer_name_;
  bool outer_has_threads_;
};

}  // namespace simcuda
