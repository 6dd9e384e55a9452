#pragma once

#include "polypath/core/types.hpp"
#include "polypath/train/observer.hpp"

#include <vector>

namespace polypath {

/// Tells members whose loss still rises now and then when training ends from those whose loss only
/// falls, or has come to rest. Under the gradient flow no loss rises; under gradient descent one
/// does where the learning rate is beyond the edge of stability. A member that has merely not
/// finished learning is settled.
///
/// Looked at are the last tenth of the epochs: the losses of the last 200 of them one by one (an
/// oscillation at the edge has a period of two epochs, which records at even distances never see),
/// and those of the records, for slower ones. A loss L counts as risen when the next exceeds it by
/// more than 2 sqrt(L L_r) + L_r: by what rounding errors of the outputs can do whose own loss is
/// L_r = (64 epsilon)^2 times the loss of the zero network.
class SettlingWatch {
 public:
  /// `epochs` of training in `precision`.
  SettlingWatch(Index members, Index epochs, Precision precision, double zero_network_loss);

  /// How many of the last epochs' losses it needs one by one.
  [[nodiscard]] Index epochs_watched() const;
  /// Of member `member`, at ascending epochs.
  void record(Index member, Index epoch, double loss);
  /// The same for the epochs that are looked at one by one.
  void epoch(Index member, Index epoch, double loss);
  /// Of a member that finished; unknown where nothing was trained.
  [[nodiscard]] Settled settled(Index member) const;

 private:
  struct Course {
    double record = 0.0;  ///< the last loss recorded; negative: none yet
    double epoch = 0.0;   ///< likewise
    bool risen = false;
  };
  void compare(Course& course, double& last, double loss) const;

  Index epochs_ = 0;
  Index first_ = 0;  ///< epoch of the last tenth
  double rounding_loss_ = 0.0;
  std::vector<Course> courses_;  ///< member
};

}  // namespace polypath
