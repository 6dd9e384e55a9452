// One thread block: fibers for its threads, and the rules of barriers and warp collectives.
#pragma once

#include "kernel.hpp"
#include "simcuda/builtins.hpp"

#include <cstdint>
#include <vector>

#include <cuda_runtime.h>

namespace simcuda {

inline constexpr int kWarpSize = 32;

enum class ThreadState : std::uint8_t { fresh, ready, in_warp_collective, in_barrier, finished };

struct FiberSlot;

struct ThreadContext {
  FiberSlot* fiber = nullptr;
  ThreadState state = ThreadState::fresh;
  // Of the collective or barrier that the thread waits in:
  WarpOp op = WarpOp::sync;
  int width = kWarpSize;
  unsigned mask = 0;
  int argument = 0;
  std::uint64_t value = 0;
  std::uint64_t result = 0;
  int source_lane = -1;
  std::intptr_t site = 0;
};

// The block that runs. A warp goes on as far as it can before the next one is stepped: that, in
// forward, reverse and random order, makes a missing barrier visible.
class BlockExecutor {
 public:
  void begin_launch(const Launch& launch, void* const* args);
  void run_block();

  // Called on the fiber of a CUDA thread.
  void barrier(std::intptr_t site);
  std::uint64_t warp_collective(WarpOp op, unsigned mask, std::uint64_t value, int argument,
                                int width, std::intptr_t site);
  int last_source_lane() const { return threads_[index(current_)].source_lane; }
  // Runs threads on the calling fiber until one blocks; the body of every fiber.
  void run_threads_on_this_fiber();

 private:
  static std::size_t index(int i) { return static_cast<std::size_t>(i); }
  void choose_order();
  void start_warp(int first, int count);
  bool step_warp(int first, int count);
  void make_current(int thread);
  void yield();
  void finish_current();
  void complete_collective(int warp, unsigned lanes);
  void check_agreement(int warp, int lane) const;
  [[noreturn]] void report_deadlock() const;

  Kernel* kernel_ = nullptr;
  void* const* args_ = nullptr;
  int size_ = 0;
  int current_ = -1;
  int alive_ = 0;
  int waiting_in_barrier_ = 0;
  int next_start_ = 0;   // position in order_ of the next thread to start
  int start_limit_ = 0;  // threads before this position may start now
  std::vector<ThreadContext> threads_;
  std::vector<int> order_;        // warp after warp
  std::vector<int> warp_starts_;  // position in order_ of each warp, as stepped
  std::vector<uint3> thread_indices_;
  std::vector<unsigned> arrived_;   // per warp: lanes waiting in a collective
  std::vector<unsigned> existing_;  // per warp: lanes that the block has
};

BlockExecutor& block_executor();

}  // namespace simcuda
