#include "polypath/train/settling.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace polypath {
namespace {

constexpr Index most_watched = 200;
constexpr double none = -1.0;

double rounding_of_outputs(Precision precision) {
  constexpr double errors = 64.0;  // a few for each layer that a signal passes
  return errors * (precision == Precision::float32
                       ? static_cast<double>(std::numeric_limits<float>::epsilon())
                       : std::numeric_limits<double>::epsilon());
}

}  // namespace

SettlingWatch::SettlingWatch(Index members, Index epochs, Precision precision,
                             double zero_network_loss)
    : epochs_(epochs),
      first_(epochs - (epochs + 9) / 10),
      rounding_loss_(zero_network_loss * rounding_of_outputs(precision) *
                     rounding_of_outputs(precision)),
      courses_(static_cast<std::size_t>(members), Course{none, none, false}) {}

Index SettlingWatch::epochs_watched() const { return std::min(most_watched, epochs_ - first_); }

void SettlingWatch::record(Index member, Index epoch, double loss) {
  auto& course = courses_[static_cast<std::size_t>(member)];
  if (epoch >= first_) {
    compare(course, course.record, loss);
  }
}

void SettlingWatch::epoch(Index member, Index /*epoch*/, double loss) {
  auto& course = courses_[static_cast<std::size_t>(member)];
  compare(course, course.epoch, loss);
}

void SettlingWatch::compare(Course& course, double& last, double loss) const {
  if (last >= 0.0) {
    const double rounding = 2.0 * std::sqrt(last * rounding_loss_) + rounding_loss_;
    course.risen = course.risen || loss - last > rounding;
  }
  last = loss;
}

Settled SettlingWatch::settled(Index member) const {
  if (epochs_ == 0) {
    return Settled::unknown;
  }
  return courses_[static_cast<std::size_t>(member)].risen ? Settled::no : Settled::yes;
}

}  // namespace polypath
