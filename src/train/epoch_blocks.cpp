#include "epoch_blocks.hpp"

#include "polypath/core/error.hpp"

#include <algorithm>

namespace polypath {
namespace {

/// Bounds the memory of a recorded block.
constexpr Index most_epochs = 256;
/// Half a second or so of a large card's work.
constexpr double most_bytes = 1e12;
/// Blocks of the greatest length that may be on their way at once: the device always has work.
constexpr std::size_t most_in_flight = 4;

Index longest_block(Index period, double epoch_bytes) {
  const double fit = most_bytes / std::max(epoch_bytes, 1.0);
  const Index epochs =
      fit < static_cast<double>(most_epochs) ? static_cast<Index>(fit) : most_epochs;
  return round_up(std::max<Index>(epochs, 1), period);
}

}  // namespace

EpochBlocks::EpochBlocks(Backend& backend, Index period, double epoch_bytes)
    : backend_(backend), period_(period), longest_(longest_block(period, epoch_bytes)) {}

void EpochBlocks::wait_for_room() {
  if (since_mark_ < longest_) {
    return;
  }
  marks_.push_back(backend_.mark());
  since_mark_ = 0;
  if (marks_.size() > most_in_flight) {
    backend_.wait(marks_.front());
    marks_.pop_front();
  }
}

void EpochBlocks::run(Index from, Index to, const std::function<void(Index)>& body,
                      const std::stop_token& stop) {
  const auto refuse_to_go_on = [&stop] {
    if (stop.stop_requested()) {
      throw Interrupted("interrupted");
    }
  };
  for (Index start = from; start < to; start += longest_) {
    refuse_to_go_on();
    wait_for_room();
    const Index epochs = std::min(longest_, to - start);
    backend_.repeat(owner_, start, period_, epochs, [&](Index i) {
      refuse_to_go_on();
      body(start + i);
    });
    since_mark_ += epochs;
  }
}

}  // namespace polypath
