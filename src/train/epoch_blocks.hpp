#pragma once

#include "polypath/backend/backend.hpp"

#include <deque>
#include <functional>
#include <stop_token>

namespace polypath {

/// Hands epochs to a backend in blocks that it may record and replay, and keeps the host from
/// running far ahead of a device: a request to stop waits for what is on its way.
class EpochBlocks {
 public:
  /// What an epoch does depends on its number modulo `period` only; `epoch_bytes` is about what it
  /// moves.
  EpochBlocks(Backend& backend, Index period, double epoch_bytes);

  /// body(epoch) for the epochs [from, to). Throws Interrupted.
  void run(Index from, Index to, const std::function<void(Index)>& body,
           const std::stop_token& stop);

 private:
  void wait_for_room();

  Backend& backend_;
  RepeatOwner owner_;
  Index period_;
  Index longest_;
  Index since_mark_ = 0;     ///< epochs handed over since the last mark
  std::deque<Index> marks_;  ///< of the blocks on their way, oldest first
};

}  // namespace polypath
