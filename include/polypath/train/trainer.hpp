#pragma once

#include "polypath/backend/backend.hpp"
#include "polypath/config/config.hpp"
#include "polypath/data/dataset.hpp"
#include "polypath/data/modes.hpp"
#include "polypath/plan/arena.hpp"
#include "polypath/train/observer.hpp"
#include "polypath/train/weights.hpp"

#include <memory>
#include <stop_token>
#include <vector>

namespace polypath {

/// The settings of a training run that do not change memory.
struct TrainerSettings {
  ArenaRequest request;
  Activation activation = Activation::linear;
  bool activation_after_output = true;
  Loss loss = Loss::sum_squares;
  double learning_rate = 0.01;
};

[[nodiscard]] TrainerSettings trainer_settings(const Config& config, const ArenaRequest& request);

/// Full-batch gradient descent of a batch of members of equal shape on one backend: the single
/// trainer of the program. One allocation, made at construction; none later.
class Trainer {
 public:
  virtual ~Trainer() = default;

  /// The weights of a member, to be filled before `run` and read after it.
  [[nodiscard]] virtual AnyMemberWeights weights(Index member) = 0;

  /// Trains through recorded.back() updates. K, loss and `outside` go to `observer` at every
  /// epoch of `recorded` (ascending, from 0), each before that epoch's update. A member whose loss
  /// is not finite, or above 10^6 times the larger of its initial loss and the loss of the zero
  /// network, has diverged: it is recorded no further; training ends early when all have.
  /// Throws Interrupted soon after `stop` is requested.
  virtual void run(const std::vector<Index>& recorded, Observer& observer,
                   const std::stop_token& stop) = 0;

  [[nodiscard]] virtual Index allocated_bytes() const = 0;
};

/// A trainer in the precision of settings.request. Throws OutOfMemory.
[[nodiscard]] std::unique_ptr<Trainer> make_trainer(Backend& backend,
                                                    const TrainerSettings& settings,
                                                    const Dataset& data, const Modes& modes);

}  // namespace polypath
