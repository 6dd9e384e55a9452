#include "block.hpp"

#include "fiber.hpp"
#include "report.hpp"
#include "runtime.hpp"
#include "sanitizers.hpp"
#include "shared_memory.hpp"

#include <algorithm>
#include <memory>

namespace simcuda {

struct FiberSlot {
  std::unique_ptr<Fiber> fiber;
};

std::uint64_t block_epoch = 0;

namespace {

std::vector<std::unique_ptr<FiberSlot>> fiber_pool;
std::vector<FiberSlot*> idle_fibers;
FiberSlot* current_fiber = nullptr;
std::unique_ptr<Fiber> scheduler_fiber;

// Happens-before edges that ThreadSanitizer cannot see by itself. Every meeting in a barrier has a
// tag of its own: a thread that leaves late must not be ordered after what the others do next.
char launch_tag;
char barrier_tags[1024];
std::size_t barrier_meetings = 0;
char end_tag;

void fiber_main() {
  fiber_entered();
  for (;;) {
    FiberSlot* self = current_fiber;
    block_executor().run_threads_on_this_fiber();
    idle_fibers.push_back(self);
    scheduler_fiber->switch_from(*self->fiber);
  }
}

FiberSlot* take_fiber() {
  if (!idle_fibers.empty()) {
    FiberSlot* slot = idle_fibers.back();
    idle_fibers.pop_back();
#if SIMCUDA_TSAN
    slot->fiber->restart();
#endif
    return slot;
  }
  fiber_pool.push_back(std::make_unique<FiberSlot>());
  FiberSlot* slot = fiber_pool.back().get();
  slot->fiber = std::make_unique<Fiber>(&fiber_main);
  // A fiber adds itself when it is done: were memory moved there, ThreadSanitizer would see a race.
  idle_fibers.reserve(fiber_pool.capacity());
  return slot;
}

void run_fiber(FiberSlot* slot) {
  current_fiber = slot;
  slot->fiber->switch_from(*scheduler_fiber);
}

template <class Iterator>
void shuffle(Iterator first, Iterator last) {
  std::shuffle(first, last, random_engine());
}

}  // namespace

BlockExecutor& block_executor() {
  static BlockExecutor executor;
  return executor;
}

void BlockExecutor::begin_launch(const Launch& launch, void* const* args) {
  kernel_ = launch.kernel;
  args_ = args;
  const dim3 b = launch.block;
  size_ = static_cast<int>(b.x * b.y * b.z);
  thread_indices_.clear();
  for (unsigned z = 0; z < b.z; ++z) {
    for (unsigned y = 0; y < b.y; ++y) {
      for (unsigned x = 0; x < b.x; ++x) {
        thread_indices_.push_back({x, y, z});
      }
    }
  }
  const int warps = (size_ + kWarpSize - 1) / kWarpSize;
  existing_.assign(index(warps), 0xffffffffu);
  if (size_ % kWarpSize != 0) {
    existing_.back() = (1u << (size_ % kWarpSize)) - 1;
  }
  scheduler_fiber = std::make_unique<Fiber>();
  choose_order();
  sanitizer_release(&launch_tag);
}

void BlockExecutor::choose_order() {
  const int warps = static_cast<int>(existing_.size());
  const Order order = config().order;
  std::vector<int> warp_order(existing_.size());
  for (int w = 0; w < warps; ++w) {
    warp_order[index(w)] = order == Order::reverse ? warps - 1 - w : w;
  }
  if (order == Order::random) {
    shuffle(warp_order.begin(), warp_order.end());
  }
  order_.clear();
  warp_starts_.clear();
  for (const int w : warp_order) {
    const auto begin = static_cast<std::ptrdiff_t>(order_.size());
    warp_starts_.push_back(static_cast<int>(begin));
    const int first = w * kWarpSize;
    const int end = std::min(first + kWarpSize, size_);
    for (int t = first; t < end; ++t) {
      order_.push_back(t);
    }
    if (order == Order::reverse) {
      std::reverse(order_.begin() + begin, order_.end());
    } else if (order == Order::random) {
      shuffle(order_.begin() + begin, order_.end());
    }
  }
  warp_starts_.push_back(size_);
}

void BlockExecutor::run_block() {
  ++block_epoch;
  shared_memory().begin_block();
  kernel_->body->begin_block();
  threads_.assign(index(size_), ThreadContext{});
  arrived_.assign(existing_.size(), 0u);
  alive_ = size_;
  waiting_in_barrier_ = 0;
  next_start_ = 0;
  if (config().order == Order::random) {
    choose_order();
  }
  for (std::size_t w = 0; w + 1 < warp_starts_.size(); ++w) {
    start_warp(warp_starts_[w], warp_starts_[w + 1]);
  }
  while (alive_ > 0) {
    bool progress = false;
    for (std::size_t w = 0; w + 1 < warp_starts_.size(); ++w) {
      progress |= step_warp(warp_starts_[w], warp_starts_[w + 1]);
    }
    if (!progress) {
      report_deadlock();
    }
  }
  sanitizer_acquire(&end_tag);
  shared_memory().end_block();
}

void BlockExecutor::start_warp(int first, int end) {
  start_limit_ = end;
  next_start_ = first;
  while (next_start_ < start_limit_) {
    run_fiber(take_fiber());
  }
  step_warp(first, end);
}

bool BlockExecutor::step_warp(int first, int end) {
  bool progress = false;
  bool again = true;
  while (again) {
    again = false;
    for (int i = first; i < end; ++i) {
      const int thread = order_[index(i)];
      if (threads_[index(thread)].state == ThreadState::ready) {
        make_current(thread);
        run_fiber(threads_[index(thread)].fiber);
        progress = again = true;
      }
    }
  }
  return progress;
}

void BlockExecutor::make_current(int thread) {
  current_ = thread;
  threadIdx = thread_indices_[index(thread)];
}

void BlockExecutor::run_threads_on_this_fiber() {
  while (next_start_ < start_limit_) {
    const int thread = order_[index(next_start_++)];
    threads_[index(thread)].fiber = current_fiber;
    threads_[index(thread)].state = ThreadState::ready;
    make_current(thread);
    sanitizer_acquire(&launch_tag);
    kernel_->body->run_thread(args_);
    sanitizer_release(&end_tag);
    finish_current();
#if SIMCUDA_TSAN
    break;  // one fiber a CUDA thread: the order on a shared fiber would hide races
#endif
  }
}

void BlockExecutor::finish_current() {
  threads_[index(current_)].state = ThreadState::finished;
  --alive_;
  const int warp = current_ / kWarpSize;
  const int lane = current_ % kWarpSize;
  for (int other = 0; other < kWarpSize; ++other) {
    if ((arrived_[index(warp)] >> other & 1) == 0) {
      continue;
    }
    const unsigned mask = threads_[index(warp * kWarpSize + other)].mask;
    if ((mask >> lane & 1) != 0) {
      violation("lane %d exits while lane %d waits for it in a warp collective with mask %08x",
                lane, other, mask);
    }
  }
  if (waiting_in_barrier_ > 0) {
    violation("a thread exits while %d others wait in __syncthreads", waiting_in_barrier_);
  }
}

void BlockExecutor::yield() { scheduler_fiber->switch_from(*current_fiber->fiber); }

void BlockExecutor::barrier(std::intptr_t site) {
  ThreadContext& self = threads_[index(current_)];
  if (alive_ < size_) {
    violation("__syncthreads after %d threads of the block have exited", size_ - alive_);
  }
  self.state = ThreadState::in_barrier;
  self.site = site;
  char* const tag = &barrier_tags[barrier_meetings % sizeof barrier_tags];
  sanitizer_release(tag);
  if (++waiting_in_barrier_ == size_) {
    ++barrier_meetings;
    ++mutable_counters().barriers;
    waiting_in_barrier_ = 0;
    for (ThreadContext& thread : threads_) {
      if (thread.site != site) {
        violation("divergent barrier: __syncthreads reached at program points %ld and %ld",
                  static_cast<long>(thread.site), static_cast<long>(site));
      }
      thread.state = ThreadState::ready;
    }
  }
  if (size_ > 1) {
    yield();  // the last to arrive too, so that the chosen order holds after the barrier
  } else {
    self.state = ThreadState::ready;
  }
  sanitizer_acquire(tag);
}

void BlockExecutor::report_deadlock() const {
  violation("deadlock: %d of %d threads wait in __syncthreads, the others never reach it",
            waiting_in_barrier_, alive_);
}

void block_barrier(std::intptr_t site) { block_executor().barrier(site); }
int last_shuffle_source() { return block_executor().last_source_lane(); }
void* dynamic_shared() { return shared_memory().dynamic(); }
void* static_shared(const void* key, std::size_t bytes, std::size_t align) {
  return shared_memory().static_array(key, bytes, align);
}

}  // namespace simcuda
