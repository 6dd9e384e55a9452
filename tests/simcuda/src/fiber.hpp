// Stackful coroutines: a CUDA thread that waits in a barrier keeps its stack while others run.
#pragma once

#include <cstddef>

namespace simcuda {

class Fiber {
 public:
  using Entry = void (*)();

  // The stack that is running now, to come back to.
  Fiber();
  // A fiber that starts in `entry` (which never returns) when first switched to.
  explicit Fiber(Entry entry);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Leaves the running fiber `from` and continues this one.
  void switch_from(Fiber& from);
  // Forgets what the fiber did; the next switch starts it anew.
  void restart();

 private:
  void prepare_stack();

  struct Context;
  Context* context_;
  Entry entry_ = nullptr;
  char* stack_ = nullptr;
};

// A fiber calls this first thing: sanitizers have to know that the switch is complete.
void fiber_entered();

}  // namespace simcuda
