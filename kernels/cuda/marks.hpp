#pragma once

#include "kernels/cuda/handles.hpp"
#include "polypath/core/types.hpp"

#include <array>

namespace polypath::cuda {

/// Points in a stream, numbered from 1, of which the last `capacity` can be asked for.
class Marks {
 public:
  static constexpr Index capacity = 64;

  explicit Marks(cudaStream_t stream) : stream_(stream) {
    for (Event& event : events_) {
      event = make_event();
    }
  }
  [[nodiscard]] Index set() {
    ++last_;
    check(cudaEventRecord(event(last_), stream_), "cudaEventRecord");
    return last_;
  }
  [[nodiscard]] bool reached(Index mark) const {
    const cudaError_t state = cudaEventQuery(event(mark));
    if (state == cudaErrorNotReady) {
      static_cast<void>(cudaGetLastError());
      return false;
    }
    check(state, "cudaEventQuery");
    return true;
  }
  void wait(Index mark) const { check(cudaEventSynchronize(event(mark)), "cudaEventSynchronize"); }

 private:
  [[nodiscard]] cudaEvent_t event(Index mark) const {
    return events_[static_cast<std::size_t>(mark % capacity)].get();
  }

  cudaStream_t stream_;
  std::array<Event, capacity> events_;
  Index last_ = 0;
};

}  // namespace polypath::cuda
