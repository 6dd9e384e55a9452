#pragma once

#include "polypath/backend/backend.hpp"
#include "polypath/train/trainer.hpp"

#include <memory>
#include <vector>

namespace polypath {

/// A network to be timed: the paper's data (8 examples, 8 inputs, 15 outputs), two pathways of
/// equal width, sigma sqrt(N) = 0.316. Every thread trains its members one after the other.
struct TimedCase {
  Index width = 1000;
  Index depth = 3;
  Activation activation = Activation::linear;
  Precision precision = Precision::float32;
  Index members = 1;
  Index threads = 1;  ///< at most one a member
  Index delay = 1;
};

[[nodiscard]] NetworkShape timed_shape(const TimedCase& timed);
/// Memory of all members, bytes.
[[nodiscard]] Index timed_bytes(const TimedCase& timed);

/// Least time of an epoch of one member (seconds): each phase takes the longer of reading its bytes
/// and doing its operations. Every weight is read once in each direction; the update finds it in
/// the cache that the backward pass left, except in the first layer, which has no backward pass.
/// Writing is not counted.
struct EpochFloor {
  double bytes = 0.0;       ///< read in an epoch, all phases
  double operations = 0.0;  ///< in an epoch, a multiply-add being two
  double forward = 0.0;
  double backward = 0.0;
  double update = 0.0;
  [[nodiscard]] double seconds() const { return forward + backward + update; }
};

/// `bandwidth` in bytes/s, `peak` in operations/s, of one thread.
[[nodiscard]] EpochFloor epoch_floor(const TimedCase& timed, double bandwidth, double peak);

/// Seconds per epoch and member.
struct EpochTime {
  double processor = 0.0;  ///< mean over the members; what others take of the cores is left out
  double wall = 0.0;       ///< of the slowest thread, over the number of members
};

/// The real trainers of a case, kept warm.
class EpochTimer {
 public:
  /// Draws the weights and finds how many epochs take about `block_seconds`. Throws OutOfMemory.
  EpochTimer(const TimedCase& timed, double block_seconds);

  /// Trains one block on all members at once; set-up and the first forward pass are not counted.
  [[nodiscard]] EpochTime block();
  [[nodiscard]] Index epochs() const { return epochs_; }

 private:
  struct Member {
    std::unique_ptr<Backend> backend;
    std::unique_ptr<Trainer> trainer;
  };
  /// Trains a block on members thread, thread + threads, ...; sums over them.
  [[nodiscard]] EpochTime share(Index thread);

  Index threads_ = 1;
  std::vector<Member> members_;
  Index epochs_ = 2;
};

}  // namespace polypath
