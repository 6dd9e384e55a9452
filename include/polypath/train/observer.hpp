#pragma once

#include "polypath/core/types.hpp"
#include "polypath/train/weights.hpp"

#include <span>

namespace polypath {

/// One recorded epoch of one member, in host memory; valid during the call only.
struct Record {
  Index member = 0;  ///< within the trainer's batch
  Index index = 0;   ///< of the record, from 0
  Index epoch = 0;
  double loss = 0.0;                ///< before this epoch's update
  std::span<const double> K;        ///< pathway x mode x mode_in
  std::span<const double> outside;  ///< pathway
};

/// How a member ended.
enum class MemberStatus { finished = 0, diverged = 1, unfinished = 2 };

/// Whether a member's loss had come to rest, or at least only fell, when training ended.
enum class Settled { no = 0, yes = 1, unknown = 2 };

/// Listens to a trainer; knows nothing of how the numbers were made. Exceptions end the training.
class Observer {
 public:
  virtual ~Observer() = default;
  /// Records come in ascending order of epoch for each member; a diverged member sends none from
  /// its stopped epoch on.
  virtual void record(const Record& record) = 0;
  /// Whether weights() is to be called. Needs weights that are complete at every epoch: a delay
  /// of 1.
  [[nodiscard]] virtual bool wants_weights() const { return false; }
  /// The weights of a member at a recorded epoch; comes before that epoch's record, and also where
  /// none will follow, the member having diverged. Valid during the call.
  virtual void weights(Index /*member*/, Index /*epoch*/, const AnyMemberWeights& /*weights*/) {}
  /// How many of the last epochs' losses are to be shown one by one; each makes a device wait.
  [[nodiscard]] virtual Index epochs_watched() const { return 0; }
  /// The loss of a member at one of these epochs, and once at the one before; whether it diverges
  /// or not.
  virtual void watched(Index /*member*/, Index /*epoch*/, double /*loss*/) {}
  /// Called now and then with the epochs done so far by the whole batch.
  virtual void progress(Index epoch) = 0;
  /// `stopped_epoch` is the epoch at which a diverged member stopped, else the last epoch done.
  virtual void member_done(Index member, MemberStatus status, Index stopped_epoch,
                           double final_loss) = 0;
};

/// Where only the time or the final weights matter.
class NoObserver final : public Observer {
 public:
  void record(const Record& /*record*/) override {}
  void progress(Index /*epoch*/) override {}
  void member_done(Index /*member*/, MemberStatus /*status*/, Index /*stopped_epoch*/,
                   double /*final_loss*/) override {}
};

}  // namespace polypath
