// Warp collectives: every lane that the mask names has to arrive, with the same operation.
#include "block.hpp"
#include "report.hpp"
#include "runtime.hpp"
#include "sanitizers.hpp"

namespace simcuda {
namespace {

constexpr std::uint64_t kUndefined = ~std::uint64_t{0};  // NaN as float and as double
char warp_tags[kWarpSize];

// The lane whose value a shuffle delivers to `lane`, or -1 where the source leaves the segment.
int shuffle_source(const ThreadContext& thread, int lane) {
  const int segment = lane & ~(thread.width - 1);
  const int end = segment + thread.width;
  int source = lane;
  switch (thread.op) {
    case WarpOp::shfl:
      return segment + (thread.argument & (thread.width - 1));
    case WarpOp::shfl_up:
      source = lane - thread.argument;
      return source < segment ? -1 : source;
    case WarpOp::shfl_down:
      source = lane + thread.argument;
      return source >= end ? -1 : source;
    default:
      source = lane ^ thread.argument;
      return source >= end ? -1 : source;
  }
}

bool is_shuffle(WarpOp op) {
  return op == WarpOp::shfl || op == WarpOp::shfl_up || op == WarpOp::shfl_down ||
         op == WarpOp::shfl_xor;
}

}  // namespace

std::uint64_t BlockExecutor::warp_collective(WarpOp op, unsigned mask, std::uint64_t value,
                                             int argument, int width, std::intptr_t site) {
  const int warp = current_ / kWarpSize;
  const int lane = current_ % kWarpSize;
  if ((mask >> lane & 1) == 0) {
    violation("warp collective: the calling lane %d is not in its mask %08x", lane, mask);
  }
  if (width < 1 || width > kWarpSize || (width & (width - 1)) != 0) {
    violation("shuffle width %d is not a power of two up to 32", width);
  }
  ThreadContext& self = threads_[index(current_)];
  self.state = ThreadState::in_warp_collective;
  self.op = op;
  self.mask = mask;
  self.value = value;
  self.argument = argument;
  self.width = width;
  self.site = site;
  if (op == WarpOp::sync) {
    sanitizer_release(&warp_tags[warp]);
  }
  check_agreement(warp, lane);
  arrived_[index(warp)] |= 1u << lane;
  const unsigned lanes = mask & existing_[index(warp)];
  const bool complete = (arrived_[index(warp)] & lanes) == lanes;
  if (complete) {
    complete_collective(warp, lanes);
  }
  if (!complete || lanes != 1u << lane) {
    yield();
  }
  if (op == WarpOp::sync) {
    sanitizer_acquire(&warp_tags[warp]);
  }
  return self.result;
}

void BlockExecutor::check_agreement(int warp, int lane) const {
  const ThreadContext& self = threads_[index(warp * kWarpSize + lane)];
  for (int other = 0; other < kWarpSize; ++other) {
    if ((arrived_[index(warp)] & self.mask) >> other & 1) {
      const ThreadContext& thread = threads_[index(warp * kWarpSize + other)];
      // __syncwarp may meet another __syncwarp; a shuffle has to meet itself.
      const bool same_point = thread.site == self.site || self.op == WarpOp::sync;
      if (thread.op != self.op || thread.mask != self.mask || !same_point) {
        violation(
            "warp collective: lanes %d and %d disagree (masks %08x and %08x, program points %ld "
            "and %ld)",
            lane, other, self.mask, thread.mask, static_cast<long>(self.site),
            static_cast<long>(thread.site));
      }
    }
  }
}

void BlockExecutor::complete_collective(int warp, unsigned lanes) {
  const int base = warp * kWarpSize;
  ++mutable_counters().warp_operations;
  unsigned ballot = 0;
  for (int lane = 0; lane < kWarpSize; ++lane) {
    if ((lanes >> lane & 1) != 0 && threads_[index(base + lane)].value != 0) {
      ballot |= 1u << lane;
    }
  }
  for (int lane = 0; lane < kWarpSize; ++lane) {
    if ((lanes >> lane & 1) == 0) {
      continue;
    }
    ThreadContext& thread = threads_[index(base + lane)];
    if (is_shuffle(thread.op)) {
      thread.source_lane = shuffle_source(thread, lane);
      const int source = thread.source_lane < 0 ? lane : thread.source_lane;
      const bool defined = (lanes >> source & 1) != 0;
      thread.result = defined ? threads_[index(base + source)].value : kUndefined;
    } else if (thread.op == WarpOp::all) {
      thread.result = ballot == lanes;
    } else if (thread.op == WarpOp::any) {
      thread.result = ballot != 0;
    } else {
      thread.result = ballot;
    }
    thread.state = ThreadState::ready;
  }
  arrived_[index(warp)] &= ~lanes;
}

std::uint64_t warp_collective(WarpOp op, unsigned mask, std::uint64_t value, int argument,
                              int width, std::intptr_t site) {
  return block_executor().warp_collective(op, mask, value, argument, width, site);
}

}  // namespace simcuda
